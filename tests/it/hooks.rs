//! Hooks: what they must not do, and what they may rely on.

use audit_runtime::prelude::*;
use sea_orm::{DbBackend, EntityTrait};
use serde_json::json;

use crate::{
    backend::{Database, Server, on_every_backend},
    entities::{context, create_table, entries},
};

on_every_backend!(
    a_hook_cannot_write_another_row,
    what_a_hook_writes_to_its_row_is_an_entry,
    a_hook_sees_the_task_locals_of_its_caller,
    what_is_stored_is_read_where_it_is_locked,
);

tokio::task_local! {
    static TENANT: String;
}

mod note {
    use audit_runtime::Audited;
    use sea_orm::{ActiveValue::Set, entity::prelude::*};

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "notes")]
    #[audited(entity_type = "Note", others = record)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        #[audited(update)]
        pub title: String,
        pub tenant: String,
        pub saves: i32,
    }

    #[sea_orm::prelude::async_trait::async_trait]
    impl ActiveModelBehavior for ActiveModel {
        async fn before_save<C: ConnectionTrait>(
            mut self,
            _db: &C,
            _insert: bool,
        ) -> Result<Self, DbErr> {
            if self.title.as_ref() == "hijack" {
                self.id = Set(2);
            }
            self.tenant = Set(super::TENANT.try_with(Clone::clone).unwrap_or_default());
            Ok(self)
        }

        async fn after_save<C: ConnectionTrait>(
            model: Model,
            db: &C,
            _insert: bool,
        ) -> Result<Model, DbErr> {
            if model.title == "count" {
                db.execute_unprepared("UPDATE notes SET saves = saves + 1")
                    .await?;
            }
            Ok(model)
        }

        async fn before_delete<C: ConnectionTrait>(mut self, _db: &C) -> Result<Self, DbErr> {
            if self.title.as_ref() == "kidnap" {
                self.id = Set(2);
            }
            Ok(self)
        }
    }
}

fn row(id: i32, title: &str) -> note::ActiveModel {
    note::ActiveModel {
        id: Set(id),
        title: Set(title.to_owned()),
        tenant: Set(String::new()),
        saves: Set(0),
    }
}

async fn install(database: &Database) {
    audit_runtime::schema::install(&database.db).await.unwrap();
    create_table(&database.db, note::Entity).await.unwrap();
}

async fn a_hook_cannot_write_another_row(database: &Database) {
    install(database).await;
    let db = &database.db;
    let context = context();
    let audit = db.audited(&context);
    audit.insert(row(1, "kidnap")).await.unwrap();
    audit.insert(row(2, "bystander")).await.unwrap();
    let rows = note::Entity::find().all(db).await.unwrap();

    for refused in [
        audit
            .update(1, note::Patch::new().title("hijack"))
            .await
            .map(drop),
        audit.delete::<note::Entity>(1).await,
    ] {
        let refused = refused.unwrap_err();
        assert!(refused.to_string().contains("primary key"), "{refused}");
    }
    assert_eq!(note::Entity::find().all(db).await.unwrap(), rows);
    assert_eq!(entries(db).await.len(), 2);
}

async fn what_a_hook_writes_to_its_row_is_an_entry(database: &Database) {
    install(database).await;
    let db = &database.db;
    let context = context();
    let audit = db.audited(&context);
    audit.insert(row(1, "count")).await.unwrap();
    audit
        .update(1, note::Patch::new().title("quiet"))
        .await
        .unwrap();
    audit
        .update(1, note::Patch::new().title("count"))
        .await
        .unwrap();

    let entries = entries(db).await;
    assert_eq!(entries[0].after()["saves"], 0);
    let counted = |from: i32| json!([{"field": "saves", "before": from, "after": from + 1}]);
    assert_eq!(entries[1].diff(), counted(0));
    assert_eq!(entries[1].changeset_id, entries[0].changeset_id);
    assert_eq!(
        entries[2].diff(),
        json!([{"field": "title", "before": "count", "after": "quiet"}])
    );
    assert_eq!(entries[3].after(), json!({"title": "count"}));
    assert_eq!(entries[4].diff(), counted(1));
    assert_eq!(entries.len(), 5);
}

async fn a_hook_sees_the_task_locals_of_its_caller(database: &Database) {
    install(database).await;
    let db = &database.db;
    let context = context();
    let audit = db.audited(&context);
    let inserted = TENANT
        .scope("acme".to_owned(), audit.insert(row(1, "a")))
        .await
        .unwrap();
    assert_eq!(inserted.tenant, "acme");
    let tx = audit.begin().await.unwrap();
    let update = tx.update(1, note::Patch::new().title("b"));
    assert_eq!(
        TENANT
            .scope("other".to_owned(), update)
            .await
            .unwrap()
            .tenant,
        "other"
    );
    tx.commit().await.unwrap();
}

/// MySQL reads an old snapshot of a row that its own UPDATE left unchanged.
async fn what_is_stored_is_read_where_it_is_locked(database: &Database) {
    if database.backend() == DbBackend::Sqlite {
        // No other connection writes between a unit's read and its write.
        return;
    }
    install(database).await;
    let db = &database.db;
    if database.backend() == DbBackend::MySql {
        database
            .execute(
                "CREATE TRIGGER stubborn BEFORE UPDATE ON notes FOR EACH ROW \
                 SET NEW.title = IF(NEW.title = 'lost', OLD.title, NEW.title)",
            )
            .await;
    }
    let context = context();
    let audit = db.audited(&context);
    audit.insert(row(1, "first")).await.unwrap();
    let tx = audit.begin().await.unwrap();
    note::Entity::find().all(&tx).await.unwrap();
    audit
        .update(1, note::Patch::new().title("second"))
        .await
        .unwrap();
    let late = tx.update(1, note::Patch::new().title("lost")).await;
    if database.server() == Server::NewerMariaDb {
        // `innodb_snapshot_isolation` is on, so the write is refused.
        assert!(late.unwrap_err().is_retryable());
        return;
    }
    late.unwrap();
    tx.commit().await.unwrap();

    let titles: Vec<_> = entries(db)
        .await
        .iter()
        .map(|entry| {
            (
                entry.before()["title"].clone(),
                entry.after()["title"].clone(),
            )
        })
        .collect();
    let lost = match database.backend() {
        DbBackend::MySql => vec![],
        _ => vec![(json!("second"), json!("lost"))],
    };
    let expected = [
        (json!(null), json!("first")),
        (json!("first"), json!("second")),
    ];
    assert_eq!(titles, [&expected[..], &lost].concat());
}
