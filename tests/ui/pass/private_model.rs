//! The allowlists are as visible as the model.

mod outer {
    pub(crate) mod user {
        use audit_runtime::Audited;
        use sea_orm::entity::prelude::*;

        #[sea_orm::model]
        #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
        #[sea_orm(table_name = "users")]
        #[audited(no_hooks)]
        pub(crate) struct Model {
            #[sea_orm(primary_key)]
            pub(crate) id: i32,
            #[audited(create, update(Admin))]
            pub(crate) name: String,
        }
    }
}

fn main() {
    let _ = outer::user::AdminPatch::new().name("john");
}
