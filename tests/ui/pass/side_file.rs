//! The list of columns of an entity in another file: by path, by name, by an alias.

#![deny(warnings)]

use audit_runtime::Audited;

mod user {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "users")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub name: String,
        pub role: Option<String>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

#[derive(Audited)]
#[audited(entity = user::Entity, others = update)]
pub struct Columns {
    #[sea_orm(primary_key)]
    id: i32,
    #[audited(label, update(Profile))]
    name: String,
    role: Option<String>,
}

mod imported {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    mod _entities {
        use sea_orm::entity::prelude::*;

        #[sea_orm::model]
        #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
        #[sea_orm(table_name = "teams")]
        pub struct Model {
            #[sea_orm(primary_key)]
            pub user_id: i32,
            #[sea_orm(primary_key)]
            pub r#type: String,
            #[sea_orm(column_name = "the_title", enum_name = "Heading")]
            pub title: String,
            #[sea_orm(ignore)]
            pub size: i64,
            pub updated_at: DateTimeUtc,
            #[sea_orm(belongs_to, from = "user_id", to = "id")]
            pub user: HasOne<super::super::user::Entity>,
        }
    }

    use _entities::Entity;

    #[derive(Audited)]
    #[audited(entity = Entity, entity_type = "Team", no_hooks)]
    struct Team {
        #[sea_orm(primary_key)]
        #[audited(parent = super::user::Entity)]
        user_id: i32,
        #[sea_orm(primary_key)]
        r#type: String,
        #[sea_orm(enum_name = "Heading")]
        #[audited(create, update)]
        title: String,
        #[audited(touch)]
        updated_at: DateTimeUtc,
    }

    pub fn lists() -> String {
        let _ = Patch::new().title("A");
        let _ = Draft::new().title("A");
        format!("{:?}", <Entity as audit_runtime::Audited>::allowlists())
    }
}

mod aliased {
    use audit_runtime::Audited;

    use super::order::Entity as Order;

    #[derive(Audited)]
    #[audited(entity = Order, others = record)]
    struct _Order {
        #[sea_orm(primary_key)]
        id: sea_orm::prelude::Uuid,
    }
}

mod order {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "orders")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

fn main() {
    use audit_runtime::audited::Audited;

    let lists = format!("{:?}", user::Entity::allowlists());
    assert_eq!(lists, r#"[("ProfilePatch", [Name]), ("Patch", [Role])]"#);
    let _ = ProfilePatch::new().name("jane");
    let _ = Patch::new().role(None);
    let lists = imported::lists();
    assert_eq!(lists, r#"[("Patch", [Heading]), ("Draft", [Heading])]"#);
    assert_eq!(order::Entity::ENTITY_TYPE, None);
}
