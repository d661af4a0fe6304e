//! What comes back is what was there, and what the entry says is what is signed.

use audit_runtime::{Changes, Entry, Error, PastValue, prelude::*};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseBackend, DatabaseConnection, IntoActiveModel, Statement,
};
use serde_json::json;

use crate::{
    backend::{Database, Server, on_every_backend},
    entities::{context, document, entries, install, new_user, user},
    types::create_table,
};

on_every_backend!(
    only_what_the_entry_could_not_say_is_filled_in,
    what_the_log_does_not_say_is_not_taken_back,
    what_the_database_computes_is_computed_again,
    numbers_in_json_come_back_exactly_or_not_at_all,
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
    // They are refusals: the unit goes on.
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

mod sheet {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "sheets")]
    #[audited(no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        #[sea_orm(column_type = "JsonBinary")]
        #[audited(update)]
        pub data: Json,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
}

async fn numbers_in_json_come_back_exactly_or_not_at_all(database: &Database) {
    let db = &database.db;
    audit_runtime::schema::install(db).await.unwrap();
    create_table(db, sheet::Entity).await;
    let context = context();
    let audit = db.audited(&context);
    // What an application writes itself is what it reads.
    for (id, number) in (0..).zip([
        json!(0.1),
        json!(1e300),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(5e-324),
    ]) {
        let row = sheet::Model {
            id,
            data: json!({ "n": [number] }),
        };
        audit.insert(row.clone().into_active_model()).await.unwrap();
        audit
            .update(id, sheet::Patch::new().data(json!(1)))
            .await
            .unwrap();
        let inverse = last(db).await.inverse::<sheet::Patch>().unwrap();
        assert_eq!(audit.revert(inverse).await.unwrap(), row);
        audit.delete::<sheet::Entity>(id).await.unwrap();
        let restoration = last(db).await.restoration::<sheet::Entity>().unwrap();
        assert_eq!(audit.restore(restoration).await.unwrap(), row);
    }
    // What others have written may be more than is read.
    let decimal = "CAST('12345678901234567890.5' AS DECIMAL(40, 1))";
    let mut numbers = vec![
        "12345678901234567890.5",
        "0.12345678901234567890",
        "18446744073709551616",
    ];
    if database.server() == Server::MySql {
        numbers.push(decimal);
    }
    let locked = audit_runtime::__private::locked(context.clone());
    let contexts = [(100, &context), (200, &locked)];
    for (id, (number, (first, context))) in (0..).zip(
        numbers
            .iter()
            .flat_map(|number| contexts.map(|context| (number, context))),
    ) {
        let id = first + id;
        let audit = db.audited(context);
        let json = match *number == decimal {
            true => format!("JSON_OBJECT('n', {number})"),
            false => format!("'{{\"n\": {number}}}'"),
        };
        let insert = format!("INSERT INTO sheets (id, data) VALUES ({id}, {json})");
        database.execute(&insert).await;
        // MySQL makes doubles of them itself, but for its own decimals.
        let is_double = database.server() == Server::MySql && *number != decimal;
        let stored = text(db, id).await;
        for by_many in [false, true] {
            let patch = sheet::Patch::new().data(json!(by_many));
            if by_many {
                let row = sheet::Column::Id.eq(id);
                assert_eq!(audit.update_many(row, patch).await.unwrap(), 1);
            } else {
                audit.update(id, patch).await.unwrap();
            }
            let entry = last(db).await;
            let reverted = match entry.inverse::<sheet::Patch>() {
                Ok(inverse) => audit.revert(inverse).await.map(drop),
                Err(error) => Err(error),
            };
            if is_double {
                reverted.unwrap();
                assert_eq!(text(db, id).await, stored, "{number}");
            } else {
                let refused = reverted.unwrap_err();
                assert!(matches!(refused, Error::Irreversible { .. }), "{refused}");
                let before = sheet::Entity::state_at(id, Moment::before(&entry), db).await;
                let before = before.unwrap().unwrap();
                let value = before.get(sheet::Column::Data);
                let is_exact = database.backend() != DatabaseBackend::Postgres;
                assert!(
                    !is_exact || !matches!(value, PastValue::Known(_)),
                    "{value:?}"
                );
            }
            database
                .execute(&format!("DELETE FROM sheets WHERE id = {id}"))
                .await;
            database.execute(&insert).await;
            if by_many {
                let row = sheet::Column::Id.eq(id);
                assert_eq!(audit.delete_many::<sheet::Entity>(row).await.unwrap(), 1);
            } else {
                audit.delete::<sheet::Entity>(id).await.unwrap();
            }
            let restored = match last(db).await.restoration::<sheet::Entity>() {
                Ok(restoration) => audit.restore(restoration).await.map(drop),
                Err(error) => Err(error),
            };
            if is_double {
                restored.unwrap();
                assert_eq!(text(db, id).await, stored, "{number}");
            } else {
                let refused = restored.unwrap_err();
                assert!(matches!(refused, Error::Irreversible { .. }), "{refused}");
                database.execute(&insert).await;
            }
        }
    }
}

/// What is stored, whatever is read of it.
async fn text(db: &DatabaseConnection, id: i32) -> String {
    let text = match db.get_database_backend() {
        DatabaseBackend::MySql => "char",
        _ => "text",
    };
    let sql = format!("SELECT CAST(data AS {text}) AS data FROM sheets WHERE id = {id}");
    let row = db
        .query_one_raw(Statement::from_string(db.get_database_backend(), sql))
        .await;
    row.unwrap().unwrap().try_get("", "data").unwrap()
}
