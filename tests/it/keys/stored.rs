//! Keys as the database stores them, whatever the caller's spelling.

use audit_runtime::prelude::*;
use sea_orm::{DatabaseBackend, IntoActiveModel, prelude::DateTimeUtc};

use super::{by_char, by_instant, create_binary_table};
use crate::{
    backend::{Database, on_every_backend},
    entities::{context, entries},
    types::whole,
};

on_every_backend!(
    a_char_key_has_one_history,
    a_key_in_another_spelling_is_that_of_the_row,
    a_key_is_what_is_stored_of_it
);

keyed!(by_any_case, "by_any_case", #[sea_orm(column_type = "custom(\"loose\")")] id: String);

async fn a_char_key_has_one_history(database: &Database) {
    let db = &database.db;
    audit_runtime::schema::install(db).await.unwrap();
    create_binary_table(db, by_char::Entity).await;
    let context = context();
    let audit = db.audited(&context);
    let row = by_char::Model {
        id: "de".to_owned(),
        value: 1,
    };
    audit.insert(row.into_active_model()).await.unwrap();

    // On SQLite the blanks are part of the key.
    let is_one = database.backend() != DatabaseBackend::Sqlite;
    let patch = whole(&by_char::Model {
        id: String::new(),
        value: 2,
    });
    let updated = audit.update("de  ".to_owned(), patch).await;
    assert_eq!(updated.is_ok(), is_one);
    for (id, entries) in [
        ("de", 1 + usize::from(is_one)),
        ("de  ", 2 * usize::from(is_one)),
    ] {
        let history = History::of::<by_char::Entity>(id);
        let page = history.page(db, None, 200).await.unwrap();
        assert_eq!(page.entries.len(), entries, "{id:?}");
    }
}

/// A table that treats `JANE` and `jane` as the same key.
async fn create_loose_table(database: &Database, id: &str) {
    database.execute("DROP TABLE IF EXISTS by_any_case").await;
    let sql =
        format!("CREATE TABLE by_any_case (id {id} NOT NULL PRIMARY KEY, value integer NOT NULL)");
    database.execute(&sql).await;
}

async fn a_key_in_another_spelling_is_that_of_the_row(database: &Database) {
    let db = &database.db;
    let columns: &[&str] = match database.backend() {
        DatabaseBackend::Sqlite => &["text COLLATE NOCASE", "text COLLATE RTRIM"],
        DatabaseBackend::MySql => &[
            "varchar(64) COLLATE utf8mb4_general_ci",
            "varchar(64) CHARACTER SET latin1 COLLATE latin1_swedish_ci",
        ],
        _ => &["citext", "text COLLATE loose"],
    };
    audit_runtime::schema::install(db).await.unwrap();
    if database.backend() == DatabaseBackend::Postgres {
        database.execute("CREATE EXTENSION citext").await;
        database
            .execute("CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false)")
            .await;
    }
    let context = context();
    for (number, column) in columns.iter().enumerate() {
        create_loose_table(database, column).await;
        // A new pool, because prepared statements refer to the previous table.
        let db = &database.connect(|_| {}).await;
        let audit = db.audited(&context);
        let name = format!("jane{number}");
        let blanks = column.contains("RTRIM");
        let spelled = if blanks {
            format!("{name}  ")
        } else {
            name.to_uppercase()
        };
        let nobody = || format!("nobody{number}");

        // A row that is older than the log.
        database
            .execute(&format!(
                "INSERT INTO by_any_case (id, value) VALUES ('old{number}', 1)"
            ))
            .await;
        let old = format!("old{number}");
        let old_spelled = if blanks {
            format!("{old} ")
        } else {
            old.to_uppercase()
        };
        let expected = by_any_case::Entity::state_at(old, 0, db)
            .await
            .unwrap()
            .unwrap();
        let past = by_any_case::Entity::state_at(old_spelled, 0, db).await;
        assert_eq!(past.unwrap().unwrap(), expected, "{column}");

        let row = by_any_case::Model {
            id: name.clone(),
            value: 1,
        };
        audit.insert(row.clone().into_active_model()).await.unwrap();
        audit
            .update(
                name.clone(),
                whole(&by_any_case::Model {
                    value: 2,
                    ..row.clone()
                }),
            )
            .await
            .unwrap();
        let ids: Vec<_> = entries(db)
            .await
            .into_iter()
            .rev()
            .take(2)
            .map(|entry| entry.id)
            .collect();
        let check = async |moments: &[Moment], count: usize| {
            for moment in moments {
                let expected = by_any_case::Entity::state_at(name.clone(), *moment, db)
                    .await
                    .unwrap();
                let past = by_any_case::Entity::state_at(spelled.clone(), *moment, db)
                    .await
                    .unwrap();
                assert_eq!(past, expected, "{column} {moment:?}");
                let past = by_any_case::Entity::state_at(nobody(), *moment, db)
                    .await
                    .unwrap();
                assert_eq!(past, None, "{column} {moment:?}");
            }
            let history = History::of::<by_any_case::Entity>(spelled.clone());
            let page = history.page(db, None, 200).await.unwrap();
            assert_eq!(page.entries.len(), count, "{column}");
            let history = History::of::<by_any_case::Entity>(nobody());
            assert!(
                history
                    .page(db, None, 200)
                    .await
                    .unwrap()
                    .entries
                    .is_empty()
            );
            let column_value = by_any_case::Column::Value;
            let timeline = by_any_case::Entity::timeline(spelled.clone(), column_value, db);
            assert_eq!(timeline.await.unwrap().len(), count);
        };
        let moments = [
            Moment::Before(ids[1]),
            Moment::After(ids[1]),
            Moment::After(ids[0]),
        ];
        check(&moments, 2).await;
        let past = by_any_case::Entity::state_at(spelled.clone(), ids[1], db)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(past.value(by_any_case::Column::Value), Some(&1.into()));
        let stored = past.value(by_any_case::Column::Id).unwrap().clone();
        assert_eq!(stored.unwrap::<String>().trim_end(), name);
        // After the deletion, the key is the one in the log.
        audit
            .delete::<by_any_case::Entity>(name.clone())
            .await
            .unwrap();
        check(&moments, 3).await;
    }
}

async fn a_key_is_what_is_stored_of_it(database: &Database) {
    let db = &database.db;
    audit_runtime::schema::install(db).await.unwrap();
    crate::types::create_table(db, by_instant::Entity).await;
    let context = context();
    let audit = db.audited(&context);
    for given in [
        "2024-03-01T12:34:56.123456789Z",
        "1999-12-31T23:59:59.000000001Z",
        "1985-10-26T01:21:00.999999999Z",
    ] {
        let given: DateTimeUtc = given.parse().unwrap();
        let row = by_instant::Model {
            id: given,
            value: 1,
        };
        let stored = audit.insert(row.into_active_model()).await.unwrap().id;
        let patch = whole(&by_instant::Model {
            id: given,
            value: 2,
        });
        audit.update(stored, patch).await.unwrap();
        let created = entries(db).await.into_iter().rev().nth(1).unwrap();
        for is_deleted in [false, true] {
            if is_deleted {
                audit.delete::<by_instant::Entity>(stored).await.unwrap();
            }
            for key in [given, stored] {
                let past = by_instant::Entity::state_at(key, &created, db)
                    .await
                    .unwrap()
                    .unwrap();
                assert_eq!(
                    past.value(by_instant::Column::Value),
                    Some(&1.into()),
                    "{key}"
                );
                assert_eq!(
                    past.value(by_instant::Column::Id),
                    Some(&stored.into()),
                    "{key}"
                );
                let before = Moment::before(&created);
                assert_eq!(
                    by_instant::Entity::state_at(key, before, db).await.unwrap(),
                    None,
                    "{key}"
                );
                let page = History::of::<by_instant::Entity>(key)
                    .page(db, None, 9)
                    .await
                    .unwrap();
                assert_eq!(page.entries.len(), 2 + usize::from(is_deleted), "{key}");
            }
        }
    }
}
