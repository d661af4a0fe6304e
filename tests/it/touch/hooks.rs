//! Timestamps that a hook sets are ignored.

use audit_runtime::{__private::locked, prelude::*};
use sea_orm::{DatabaseConnection, EntityTrait};
use serde_json::json;

use super::past;
use crate::{
    backend::{Database, on_every_backend},
    entities::{context, create_precise_table, entries},
};

on_every_backend!(
    a_hook_does_not_set_them,
    a_change_that_a_hook_takes_back_is_none,
);

mod memo {
    use audit_runtime::Audited;
    use sea_orm::{
        ActiveValue::{NotSet, Set},
        entity::prelude::*,
    };

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "memos")]
    #[audited(entity_type = "Memo")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        #[audited(create)]
        pub id: i32,
        #[audited(create, update)]
        pub title: String,
        #[audited(touch = create)]
        pub created_at: DateTimeUtc,
        #[audited(touch)]
        pub updated_at: DateTimeUtc,
    }

    #[sea_orm::prelude::async_trait::async_trait]
    impl ActiveModelBehavior for ActiveModel {
        async fn before_save<C: ConnectionTrait>(
            mut self,
            _db: &C,
            _insert: bool,
        ) -> Result<Self, DbErr> {
            self.created_at = Set(super::past());
            self.updated_at = Set(super::past());
            if self.title.as_ref() == "as before" {
                self.title = NotSet;
            }
            Ok(self)
        }
    }
}

fn patch(title: &str) -> memo::Patch {
    memo::Patch::new().title(title)
}

/// Whether each of the two timestamps was set.
fn touched(row: &memo::Model) -> (bool, bool) {
    (row.created_at != past(), row.updated_at != past())
}

async fn age(db: &DatabaseConnection) {
    let rows = memo::Entity::update_many().set(memo::ActiveModel {
        created_at: Set(past()),
        updated_at: Set(past()),
        ..Default::default()
    });
    rows.exec(db).await.unwrap();
}

async fn a_hook_does_not_set_them(database: &Database) {
    let db = &database.db;
    audit_runtime::schema::install(db).await.unwrap();
    create_precise_table(db, memo::Entity).await;
    for (id, context) in (1..).zip([context(), locked(context())]) {
        let audit = db.audited(&context);
        let row = memo::Draft::new().id(id).title("first");
        assert_eq!(touched(&audit.insert(row).await.unwrap()), (true, true));
        age(db).await;
        let same = audit.update(id, patch("first")).await.unwrap();
        assert_eq!(touched(&same), (false, false));
        let updated = audit.update(id, patch("second")).await.unwrap();
        assert_eq!(touched(&updated), (false, true));
        let stored = memo::Entity::find_by_id(id).one(db).await.unwrap();
        assert_eq!(stored, Some(updated));
        let entry = entries(db).await.pop().unwrap();
        assert_eq!(entry.after(), json!({ "title": "second" }));
    }
}

async fn a_change_that_a_hook_takes_back_is_none(database: &Database) {
    let db = &database.db;
    audit_runtime::schema::install(db).await.unwrap();
    create_precise_table(db, memo::Entity).await;
    for (id, context) in (1..).zip([context(), locked(context())]) {
        let audit = db.audited(&context);
        let row = memo::Draft::new().id(id).title("first");
        audit.insert(row).await.unwrap();
        age(db).await;
        let written = entries(db).await.len();
        let row = audit.update(id, patch("as before")).await.unwrap();
        assert_eq!(row.title, "first");
        assert_eq!(touched(&row), (false, false));
        let stored = memo::Entity::find_by_id(id).one(db).await.unwrap();
        assert_eq!(stored, Some(row));
        assert_eq!(entries(db).await.len(), written);
    }
}
