//! Values of every type, through a database and back from the log.

pub mod check;
pub mod entities;
mod range;
pub mod rows;

use audit_runtime::prelude::*;
use chrono::FixedOffset;
use sea_orm::{
    DatabaseBackend::{MySql, Postgres},
    IntoActiveModel,
    prelude::Decimal,
    sea_query::value::prelude::time,
};
use serde_json::json;

pub use crate::entities::create_precise_table as create_table;
use crate::{
    backend::{self, Database, Server, on_every_backend},
    entities::context,
};
use check::{ID, Taken, check, count, last};
pub use check::{plain_numbers, whole};
use entities::*;

on_every_backend!(
    numbers_read_back,
    texts_read_back,
    moments_read_back,
    another_notation_is_no_change,
    the_log_holds_what_the_database_made_of_it,
    a_column_may_change_its_type,
    enums_and_newtypes_are_stored_as_in_the_database,
);

async fn numbers_read_back(database: &Database) {
    let db = &database.db;
    audit_runtime::schema::install(db).await.unwrap();
    create_table(db, number::Entity).await;
    let taken = check::<number::Entity>(db, &rows::numbers()).await;
    let (refused, altered): (&[_], &[_]) = match database.server() {
        Server::Postgres => (&["29 digits"], &[]),
        Server::MySql => (&["NaN", "infinity", "-infinity", "29 digits"], &[]),
        Server::MariaDb | Server::NewerMariaDb => {
            (&["NaN", "infinity", "-infinity", "29 digits"], &["-0"])
        }
        // A decimal is a double, NaN is NULL, and a whole double is stored as an integer.
        Server::Sqlite => (&["NaN", "29 digits"], &["-0", "digits"]),
    };
    assert_eq!((&*taken.refused, &*taken.altered), (refused, altered));

    if database.backend() != Postgres {
        create_table(db, unsigned::Entity).await;
        let taken = check::<unsigned::Entity>(db, &rows::unsigned()).await;
        assert_eq!(taken, Taken::default());
    }
    if database.backend() == MySql {
        create_table(db, huge::Entity).await;
        let taken = check::<huge::Entity>(db, &rows::huge()).await;
        assert_eq!(taken, Taken::default());
    }
}

async fn texts_read_back(database: &Database) {
    let db = &database.db;
    audit_runtime::schema::install(db).await.unwrap();
    create_table(db, text::Entity).await;
    let taken = check::<text::Entity>(db, &rows::texts()).await;
    let (refused, altered): (&[_], &[_]) = match database.server() {
        // Only `char(n)` is altered.
        Server::Postgres => (
            &["NUL", "NUL in JSON", "NUL in binary JSON"],
            &["empty", "padded"],
        ),
        Server::MariaDb | Server::NewerMariaDb => (&["nested JSON"], &[]),
        Server::MySql | Server::Sqlite => (&[], &[]),
    };
    assert_eq!((&*taken.refused, &*taken.altered), (refused, altered));
}

async fn moments_read_back(database: &Database) {
    let db = &database.db;
    audit_runtime::schema::install(db).await.unwrap();
    create_table(db, moment::Entity).await;
    let taken = check::<moment::Entity>(db, &rows::moments()).await;
    let (refused, altered): (&[_], &[_]) = match database.server() {
        Server::Postgres | Server::MySql => (&["leap second"], &["nanoseconds"]),
        Server::MariaDb | Server::NewerMariaDb => (
            &["1969", "1000", "9999", "leap second", "1"],
            &["nanoseconds"],
        ),
        Server::Sqlite => (&[], &[]),
    };
    assert_eq!((&*taken.refused, &*taken.altered), (refused, altered));
}

#[test]
fn what_only_postgres_has_reads_back() {
    backend::run(Postgres, async |database| {
        let db = &database.db;
        audit_runtime::schema::install(db).await.unwrap();
        database
            .execute(r#"CREATE TYPE "mood" AS ENUM ('so so', 'it''s "fine"')"#)
            .await;
        create_table(db, postgres::Entity).await;
        let taken = check::<postgres::Entity>(db, &rows::postgres()).await;
        assert_eq!(taken.refused, ["NUL"]);
        assert!(taken.altered.is_empty());
        assert_eq!(last(db).await.before()["mood"], "so so");
    });
}

async fn another_notation_is_no_change(database: &Database) {
    let db = &database.db;
    audit_runtime::schema::install(db).await.unwrap();
    create_table(db, number::Entity).await;
    create_table(db, text::Entity).await;
    create_table(db, moment::Entity).await;
    let context = context();
    let audit = db.audited(&context);

    let number = state(rows::numbers(), "nothing is NULL");
    audit
        .insert(number.clone().into_active_model())
        .await
        .unwrap();
    let text = state(rows::texts(), "padded");
    audit
        .insert(text.clone().into_active_model())
        .await
        .unwrap();
    let moment = state(rows::moments(), "ordinary");
    audit
        .insert(moment.clone().into_active_model())
        .await
        .unwrap();
    assert_eq!(count(db).await, 3);

    let number = number::Model {
        decimal: Decimal::new(110, 2),
        big_decimal: rows::big("-1250e-2"),
        money_or_null: Some(Decimal::new(-15, 1)),
        big_decimal_or_null: Some(rows::big("0.00")),
        ..number
    };
    audit.update(ID, whole(&number)).await.unwrap();

    let text = text::Model {
        json: json!({ "a": { "after_is": "redacted" }, "b": [1.0, 15e-1, null] }),
        json_binary: json!([{ "a": 1.0, "b": 2 }]),
        ..text
    };
    audit.update(ID, whole(&text)).await.unwrap();

    let west = FixedOffset::west_opt(3_600).unwrap();
    let east = time::UtcOffset::from_hms(9, 0, 0).unwrap();
    let moment = moment::Model {
        zoned: moment.zoned.with_timezone(&west),
        zoned_or_null: moment.zoned_or_null.map(|zoned| zoned.with_timezone(&west)),
        zoned_2: moment.zoned_2.to_offset(east),
        ..moment
    };
    audit.update(ID, whole(&moment)).await.unwrap();
    assert_eq!(count(db).await, 3);

    // The order of an array is significant.
    let text = text::Model {
        json: json!({ "a": { "after_is": "redacted" }, "b": [1.5, 1, null] }),
        ..text
    };
    audit.update(ID, whole(&text)).await.unwrap();
    let entry = last(db).await;
    assert_eq!((count(db).await, entry.changes.len()), (4, 1));
}

async fn the_log_holds_what_the_database_made_of_it(database: &Database) {
    let db = &database.db;
    audit_runtime::schema::install(db).await.unwrap();
    create_table(db, number::Entity).await;
    create_table(db, text::Entity).await;
    create_table(db, moment::Entity).await;
    let context = context();
    let audit = db.audited(&context);
    let by_backend = |postgres, mysql, sqlite| match database.backend() {
        Postgres => postgres,
        MySql => mysql,
        _ => sqlite,
    };

    let number = number::Model {
        money_or_null: Some(Decimal::new(12_345, 3)),
        ..state(rows::numbers(), "ordinary")
    };
    audit.insert(number.into_active_model()).await.unwrap();
    let after = last(db).await.after();
    let rounded = by_backend("12.35", "12.35", "12.345");
    assert_eq!(after["money_or_null"], rounded);

    let text = text::Model {
        char_or_null: Some("de ".to_owned()),
        ..state(rows::texts(), "ordinary")
    };
    audit.insert(text.into_active_model()).await.unwrap();
    let after = last(db).await.after();
    let padded = by_backend("de      ", "de", "de ");
    assert_eq!(after["char_or_null"], padded);

    let moment = state(rows::moments(), "nanoseconds");
    audit.insert(moment.into_active_model()).await.unwrap();
    let after = last(db).await.after();
    let cut = by_backend(
        "2024-03-01T12:34:56.123456Z",
        "2024-03-01T12:34:56.123456Z",
        "2024-03-01T12:34:56.123456789Z",
    );
    assert_eq!(after["utc"], cut);
}

async fn a_column_may_change_its_type(database: &Database) {
    mod number_later {
        use audit_runtime::Audited;
        use sea_orm::entity::prelude::*;

        #[derive(Clone, Debug, PartialEq, DeriveEntityModel, Audited)]
        #[sea_orm(table_name = "numbers")]
        #[audited(no_hooks, others = record)]
        pub struct Model {
            #[sea_orm(primary_key)]
            pub id: i32,
            pub bool: i64,
            pub i16: i64,
            pub i32: Option<i32>,
            pub i64: String,
            pub added: Option<String>,
        }

        #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
        pub enum Relation {}
    }
    use number_later::{Column, Entity};

    let db = &database.db;
    audit_runtime::schema::install(db).await.unwrap();
    create_table(db, number::Entity).await;
    let number = state(rows::numbers(), "ordinary");
    db.audited(&context())
        .insert(number.into_active_model())
        .await
        .unwrap();

    let entry = last(db).await;
    let after = |column| entry.values::<Entity>(column).map(|(_, after)| after);
    assert_eq!(after(Column::I16), Ok(Some(7_i64.into())));
    assert_eq!(after(Column::I32), Ok(Some((-7).into())));
    assert_eq!(after(Column::I64), Ok(Some("42".into())));
    assert_eq!(
        after(Column::Bool).unwrap_err().to_string(),
        "a boolean does not read as BigInt"
    );
    assert_eq!(after(Column::Added), Ok(None));
    assert_eq!(
        entry.after()["double"],
        0.1,
        "a removed column is still told"
    );
}

async fn enums_and_newtypes_are_stored_as_in_the_database(database: &Database) {
    let db = &database.db;
    audit_runtime::schema::install(db).await.unwrap();
    create_table(db, text::Entity).await;
    let text = state(rows::texts(), "ordinary");
    let audited = db
        .audited(&context())
        .insert(text.into_active_model())
        .await;
    let (after, text) = (last(db).await.after(), audited.unwrap());
    assert_eq!(after["size"], "S");
    assert_eq!(after["color"], -1);
    assert_eq!(after["name"], "jane");
    assert_eq!(after["address"], json!(text.address));
    assert_eq!(after["size_or_null"], json!(null));
}

fn state<M: Clone>(states: Vec<(&'static str, M)>, name: &str) -> M {
    let state = states.into_iter().find(|(other, _)| *other == name);
    state.unwrap().1
}
