//! The runtime under other names.

extern crate audit_runtime as trail;

pub mod facade {
    pub use audit_runtime as audit;
}

mod user {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, trail::Audited)]
    #[sea_orm(table_name = "users")]
    #[audited(crate = ::trail, no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[audited(create, update)]
        pub name: String,
    }
}

mod post {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, crate::facade::audit::Audited)]
    #[sea_orm(table_name = "posts")]
    #[audited(crate = crate::facade::audit, no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[audited(create, update)]
        pub title: String,
    }
}

fn main() {
    let _ = user::Patch::new().name("john");
    let _ = post::Draft::new().title("a title");
}
