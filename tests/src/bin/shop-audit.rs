//! The command line `audit` of an application.

use std::process::ExitCode;

use audit_runtime::{cli, entities};

mod user {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    // As in `tests/it/entities.rs`.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "users")]
    #[audited(entity_type = "User", no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[sea_orm(unique)]
        #[audited(label, record, erasable)]
        pub username: String,
        #[audited(record)]
        pub role: String,
        #[audited(record)]
        pub logins: i32,
        #[audited(redact)]
        pub phone: Option<String>,
        #[audited(redact)]
        pub password_hash: String,
        #[audited(skip)]
        pub last_seen_at: Option<DateTimeUtc>,
    }
}

mod job {
    use sea_orm::entity::prelude::*;

    // Without audit, as the command line finds.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "jobs")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

fn main() -> ExitCode {
    cli::run(entities![user::Entity])
}
