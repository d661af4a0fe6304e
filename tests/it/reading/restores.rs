//! Restored rows equal the deleted ones, and only values of the entry are used.

mod numbers;

use audit_runtime::{Changes, Entry, Error, prelude::*};
use sea_orm::{DatabaseBackend, DatabaseConnection};
use serde_json::json;

use crate::{
    backend::{Database, on_every_backend},
    entities::{context, document, entries, install, new_user, user},
};

on_every_backend!(
    only_what_the_entry_could_not_say_is_filled_in,
    what_the_log_does_not_say_is_not_taken_back,
    what_the_database_computes_is_computed_again
);

async fn last(db: &DatabaseConnection) -> Entry {
    entries(db).await.pop().unwrap()
}

async fn only_what_the_entry_could_not_say_is_filled_in(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    let john = audit.insert(new_user("john")).await.unwrap();
    audit.delete::<user::Entity>(john.id).await.unwrap();
    let restoration = last(db).await.restoration::<user::Entity>().unwrap();
    let known: Vec<_> = restoration.values().map(|(field, _)| field).collect();
    assert_eq!(known, ["id", "username", "role", "logins"]);
    for (column, value) in [
        (user::Column::Id, 99.into()),
        (user::Column::Username, "eve".into()),
        (user::Column::Role, sea_orm::Value::from("admin")),
        (user::Column::Phone, 5.into()),
    ] {
        let refused = restoration.clone().fill(column, value).unwrap_err();
        assert!(matches!(refused, Error::Irreversible { .. }), "{refused}");
    }
    let restoration = restoration.fill(user::Column::Phone, "555").unwrap();
    let restoration = restoration
        .fill(user::Column::PasswordHash, "reset")
        .unwrap();
    let restored = audit.restore(restoration).await.unwrap();
    assert_eq!(
        (restored.id, &*restored.role, restored.phone.as_deref()),
        (john.id, "user", Some("555"))
    );
}

async fn what_the_log_does_not_say_is_not_taken_back(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    audit
        .insert(document::Draft::new().id("d").title("one"))
        .await
        .unwrap();
    audit
        .update("d", document::Patch::new().title("two"))
        .await
        .unwrap();
    let changed = last(db).await;
    audit.delete::<document::Entity>("d").await.unwrap();
    let deleted = last(db).await;
    let forge =
        |changes: serde_json::Value| -> Changes { serde_json::from_value(changes).unwrap() };

    let mut forgeries = vec![deleted.clone(); 4];
    forgeries[0].id = changed.id;
    forgeries[1].id = 4711;
    forgeries[2].entity_id = Some("e".to_owned());
    forgeries[3].changes =
        forge(json!({ "title": { "before": "forged" }, "revision": { "before": 1 } }));
    let tx = audit.begin().await.unwrap();
    for forged in forgeries {
        let restoration = forged.restoration::<document::Entity>().unwrap();
        let refused = tx.restore(restoration).await.unwrap_err();
        assert!(matches!(refused, Error::Irreversible { .. }), "{refused}");
    }
    // These are refusals, so the unit stays usable.
    tx.restore(deleted.restoration::<document::Entity>().unwrap())
        .await
        .unwrap();
    let mut forged = changed.clone();
    forged.changes = forge(json!({ "title": { "before": "forged", "after": "two" } }));
    let inverse = forged
        .inverse_of::<document::Patch>(&[document::Column::Title])
        .unwrap();
    let refused = tx.revert(inverse).await.unwrap_err();
    assert!(matches!(refused, Error::Irreversible { .. }), "{refused}");
    let inverse = changed
        .inverse_of::<document::Patch>(&[document::Column::Title])
        .unwrap();
    assert_eq!(tx.revert(inverse).await.unwrap().title, "one");
    tx.commit().await.unwrap();
}

mod line {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "order \"lines\"")]
    #[audited(no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[audited(update)]
        #[sea_orm(column_name = "a\") VALUES (b")]
        pub price: i32,
        #[audited(record)]
        pub total: i32,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
}

async fn what_the_database_computes_is_computed_again(database: &Database) {
    let db = &database.db;
    audit_runtime::schema::install(db).await.unwrap();
    let (id, quote) = match database.backend() {
        DatabaseBackend::Sqlite => ("integer PRIMARY KEY", '"'),
        DatabaseBackend::MySql => ("integer AUTO_INCREMENT PRIMARY KEY", '`'),
        _ => ("integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY", '"'),
    };
    let quoted = |name: &str| {
        format!(
            "{quote}{}{quote}",
            name.replace(quote, &format!("{quote}{quote}"))
        )
    };
    let price = quoted("a\") VALUES (b");
    let sql = format!(
        "CREATE TABLE {} (id {id}, {price} integer NOT NULL, total integer GENERATED ALWAYS AS ({price} * 2) STORED)",
        quoted("order \"lines\"")
    );
    database.execute(&sql).await;
    let context = context();
    let audit = db.audited(&context);
    let draft = || {
        let mut row = line::ActiveModel {
            price: Set(5),
            ..Default::default()
        };
        row.id = sea_orm::ActiveValue::NotSet;
        row
    };
    audit.insert(draft()).await.unwrap();
    let row = audit.insert(draft()).await.unwrap();
    assert_eq!(row.total, 10);
    audit.delete::<line::Entity>(row.id).await.unwrap();
    let deleted = last(db).await;
    let restored = audit
        .restore(deleted.restoration::<line::Entity>().unwrap())
        .await
        .unwrap();
    assert_eq!(restored, row);
    let entry = last(db).await;
    assert_eq!(
        (entry.entity_id.as_deref(), entry.reverts),
        (Some(&*row.id.to_string()), Some(deleted.id))
    );
    assert_eq!(entry.after(), json!({ "price": 5, "total": 10 }));
}
