//! Every policy, every allowlist, one field.

mod user {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "users")]
    #[audited(entity_type = "User", no_hooks, reason, others = redact)]
    pub struct Model {
        #[sea_orm(primary_key)]
        #[audited(create(Import))]
        pub id: i32,
        #[audited(record, label)]
        pub username: String,
        #[audited(create(SignUp, Import), update(Profile, Admin))]
        pub email: String,
        #[audited(update(Admin))]
        #[audited(redact)]
        pub phone: String,
        #[audited(create, update, record)]
        pub token_count: i64,
        #[audited(skip)]
        pub last_seen_at: DateTimeUtc,
        #[audited(redact)]
        pub password_hash: String,
        pub birthday: Option<Date>,
    }
}

fn main() {
    use audit_runtime::audited::{Audited, FieldPolicy};
    use user::{Column, Entity};

    let policies = [
        (Column::Id, FieldPolicy::Key),
        (Column::Username, FieldPolicy::Record),
        (Column::Email, FieldPolicy::Record),
        (Column::Phone, FieldPolicy::Redact),
        (Column::TokenCount, FieldPolicy::Record),
        (Column::LastSeenAt, FieldPolicy::Skip),
        (Column::PasswordHash, FieldPolicy::Redact),
        (Column::Birthday, FieldPolicy::Redact),
    ];
    for (column, policy) in policies {
        assert_eq!(Entity::field(column).policy, policy);
    }
    assert_eq!(Entity::ENTITY_TYPE, Some("User"));
    assert!(!Entity::HOOKED && Entity::REASON_REQUIRED);
    assert!(matches!(Entity::label(), Some(Column::Username)));
}
