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

#[expect(dead_code)]
fn book(audit: &impl audit_runtime::Writer) {
    drop(seat::Draft::new().flight(7).number("12A").insert(audit));
    drop(
        seat::Patch::new()
            .passenger("jane")
            .update((7, "12A".to_owned()), audit),
    );
}

fn main() {}
