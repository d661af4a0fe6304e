//! Numbers in JSON.

use audit_runtime::{Error, PastValue, prelude::*};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseBackend, DatabaseConnection, IntoActiveModel, Statement,
};
use serde_json::json;

use super::last;
use crate::{
    backend::{Database, Server, on_every_backend},
    entities::context,
    types::create_table,
};

on_every_backend!(numbers_in_json_come_back_exactly_or_not_at_all);

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
    // An application reads the numbers that it wrote.
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
    // Other writers may store more digits than SeaORM reads.
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
        // MySQL converts them to doubles, except for its own decimals.
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

/// The stored text, whatever SeaORM reads.
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
