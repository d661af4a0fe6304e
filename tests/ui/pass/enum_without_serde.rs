//! A column whose type has neither serde nor `Debug`: its patch is no JSON, and that is all.

mod user {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, PartialEq, Eq, Debug, EnumIter, DeriveActiveEnum)]
    #[sea_orm(rs_type = "String", db_type = "String(StringLen::N(8))")]
    pub enum Role {
        #[sea_orm(string_value = "user")]
        User,
        #[sea_orm(string_value = "admin")]
        Admin,
    }

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "users")]
    #[audited(no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[audited(update)]
        pub role: Role,
        #[audited(update)]
        pub former_role: Option<Role>,
    }
}

fn main() {
    let _ = user::Patch::new()
        .role(user::Role::Admin)
        .former_role(user::Role::User);
}
