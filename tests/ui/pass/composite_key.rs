//! A key of two columns; a draft may set it.

mod seat {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "seats")]
    #[audited(no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        #[audited(create)]
        pub flight: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        #[audited(create, label)]
        pub number: String,
        #[audited(update, create)]
        pub passenger: Option<String>,
    }
}

fn book(audit: &impl audit_runtime::Writer) {
    drop(seat::Draft::new().flight(7).number("12A").insert(audit));
    drop(seat::Patch::new().passenger("jane").update((7, "12A".to_owned()), audit));
}

fn main() {
    let _ = book::<Nobody>;
}

use audit_runtime::{Pending, audited::*};

struct Nobody;

impl audit_runtime::Writer for Nobody {
    fn update<P: Patch>(
        &self,
        _: impl Into<KeyOf<P::Entity>>,
        _: P,
    ) -> Pending<'_, ModelOf<P::Entity>> {
        unimplemented!()
    }

    fn insert<R: NewRow>(&self, _: R) -> Pending<'_, ModelOf<R::Entity>> {
        unimplemented!()
    }

    fn delete<E: Audited>(&self, _: impl Into<KeyOf<E>>) -> Pending<'_, ()> {
        unimplemented!()
    }
}
