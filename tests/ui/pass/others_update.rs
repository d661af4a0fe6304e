//! One attribute on the struct: what says nothing itself is in the patch without a name.

mod user {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "users")]
    #[audited(no_hooks, others = update)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[audited(label)]
        pub username: String,
        pub bio: Option<String>,
        #[audited(update(Admin))]
        pub role: String,
        #[audited(create(SignUp))]
        pub invited_by: Option<i32>,
        #[audited(record)]
        pub logins: i32,
        #[audited(redact)]
        pub password_hash: String,
        #[audited(skip)]
        pub last_seen_at: Option<DateTimeUtc>,
        #[audited(touch)]
        pub updated_at: DateTimeUtc,
        #[sea_orm(has_many)]
        pub orders: HasMany<super::order::Entity>,
    }
}

mod order {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "orders")]
    #[audited(no_hooks, others = update)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[audited(parent = super::user::Entity)]
        pub user_id: i32,
        #[sea_orm(belongs_to, from = "user_id", to = "id")]
        pub user: HasOne<super::user::Entity>,
    }
}

fn main() {
    use audit_runtime::audited::{Audited, FieldPolicy};
    use user::{Column, Entity};

    let lists = Entity::allowlists();
    let of = |name: &str| {
        let list = lists.iter().find(|(list, _)| *list == name);
        list.map(|(_, columns)| format!("{columns:?}"))
            .unwrap_or_default()
    };
    assert_eq!(of("Patch"), "[Username, Bio]");
    assert_eq!(of("AdminPatch"), "[Role]");
    assert_eq!(of("SignUpDraft"), "[InvitedBy]");
    assert_eq!(lists.len(), 3);
    assert_eq!(Entity::field(Column::Bio).policy, FieldPolicy::Record);
    assert_eq!(
        Entity::field(Column::PasswordHash).policy,
        FieldPolicy::Redact
    );
    let _ = user::Patch::new().username("jane").bio(None);
    let _ = order::Patch::new().user_id(7);
}
