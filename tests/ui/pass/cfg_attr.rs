//! The derive behind a condition.

mod user {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[cfg_attr(all(), derive(audit_runtime::Audited))]
    #[sea_orm(table_name = "users")]
    #[cfg_attr(all(), audited(no_hooks))]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[cfg_attr(all(), audited(update))]
        pub name: String,
        #[cfg(any())]
        pub never: Never,
    }
}

fn main() {
    let _ = user::Patch::new().name("john");
}
