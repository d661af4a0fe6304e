//! Keys with more than one text: each part is compared by the rules of its own column.

use audit_runtime::{Reason, prelude::*};
use sea_orm::{DatabaseBackend, DatabaseConnection, EntityTrait, IntoActiveModel};

use crate::{
    backend::{Database, on_every_backend},
    entities::{context, entries},
    types::whole,
};

on_every_backend!(
    each_part_of_a_key_has_its_own_spellings,
    what_came_without_the_log_under_another_spelling_is_not_guessed,
);

keyed!(by_parts, "by_parts", #[sea_orm(column_type = "custom(\"loose\")")] a: String, n: i64,
    #[sea_orm(column_type = "custom(\"loose\")")] b: String);

use by_parts::{Column, Entity, Model};

type Key = (String, i64, String);

/// Two text columns, their stored values, and the values that each treats as the same or as different.
struct Case {
    types: [&'static str; 2],
    stored: [&'static str; 2],
    same: [&'static [&'static str]; 2],
    others: [&'static [&'static str]; 2],
}

fn cases(backend: DatabaseBackend) -> Vec<Case> {
    // A quote, a backslash and brackets, because ids of such keys are JSON.
    let stored = ["jane\"\\", "[B]"];
    let case = |types, same, others| Case {
        types,
        stored,
        same,
        others,
    };
    let (upper, lower): (&[_], &[_]) = (&["JANE\"\\"], &["[b]"]);
    match backend {
        DatabaseBackend::Postgres => vec![
            case(["text", "text"], [&[], &[]], [upper, lower]),
            case(["citext", "text"], [upper, &[]], [&["x"], lower]),
            case(["text", "citext"], [&[], lower], [upper, &["x"]]),
            case(
                ["citext", "text COLLATE loose"],
                [upper, lower],
                [&["jane"], &["B"]],
            ),
        ],
        DatabaseBackend::MySql => vec![
            case(
                [
                    "varchar(40) COLLATE utf8mb4_bin",
                    "varchar(40) COLLATE utf8mb4_general_ci",
                ],
                [&["jane\"\\ "], &["[b]", "[B] ", "[b]  "]],
                [upper, &["B"]],
            ),
            case(
                [
                    "varchar(40) CHARACTER SET latin1",
                    "char(9) COLLATE utf8mb4_bin",
                ],
                [upper, &["[B] "]],
                [&["jane"], lower],
            ),
        ],
        _ => vec![
            case(["text", "text"], [&[], &[]], [upper, lower]),
            case(
                ["text COLLATE NOCASE", "text"],
                [upper, &[]],
                [&["x"], lower],
            ),
            case(
                ["text COLLATE RTRIM", "text COLLATE NOCASE"],
                [&["jane\"\\  "], lower],
                [upper, &["[B] "]],
            ),
        ],
    }
}

impl Case {
    async fn table(&self, database: &Database) -> DatabaseConnection {
        audit_runtime::schema::install(&database.db).await.unwrap();
        if database.backend() == DatabaseBackend::Postgres {
            for statement in [
                "CREATE EXTENSION IF NOT EXISTS citext",
                "CREATE COLLATION IF NOT EXISTS loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
            ] {
                database.execute(statement).await;
            }
        }
        database.execute("DROP TABLE IF EXISTS by_parts").await;
        let [a, b] = self.types;
        let columns =
            format!("a {a} NOT NULL, n bigint NOT NULL, b {b} NOT NULL, value integer NOT NULL");
        database
            .execute(&format!(
                "CREATE TABLE by_parts ({columns}, PRIMARY KEY (a, n, b))"
            ))
            .await;
        // A new pool, because prepared statements refer to the previous table.
        database.connect(|_| {}).await
    }

    /// The keys that the table treats as equal to the stored key with this number.
    fn same(&self, n: i64) -> Vec<Key> {
        let [stored_a, stored_b] = self.stored;
        let of = |stored: &'static str, same: &'static [&str]| [&[stored], same].concat();
        let mut keys = Vec::new();
        for a in of(stored_a, self.same[0]) {
            for b in of(stored_b, self.same[1]) {
                keys.push((a.to_owned(), n, b.to_owned()));
            }
        }
        keys
    }

    /// Keys that the table treats as different.
    fn others(&self, n: i64) -> Vec<Key> {
        let [stored_a, stored_b] = self.stored;
        let key = |a: &str, n, b: &str| (a.to_owned(), n, b.to_owned());
        let mut keys = vec![key(stored_a, n + 1, stored_b)];
        keys.extend(self.others[0].iter().map(|a| key(a, n, stored_b)));
        keys.extend(self.others[1].iter().map(|b| key(stored_a, n, b)));
        keys
    }

    fn row(&self, n: i64, value: i32) -> Model {
        let [a, b] = self.stored.map(str::to_owned);
        Model { a, n, b, value }
    }

    fn key(&self, n: i64) -> Key {
        let [a, b] = self.stored.map(str::to_owned);
        (a, n, b)
    }
}

async fn each_part_of_a_key_has_its_own_spellings(database: &Database) {
    let context = context();
    for (number, case) in (0..).zip(cases(database.backend())) {
        let db = &case.table(database).await;
        let audit = db.audited(&context);
        let what = case.types;

        // A row that is older than the log.
        let old = 1_000 + number * 10;
        let row = case.row(old, 1).into_active_model();
        Entity::insert(row)
            .exec_without_returning(db)
            .await
            .unwrap();
        for key in case.same(old) {
            let past = Entity::state_at(key.clone(), 0, db).await.unwrap().unwrap();
            assert_eq!(past.model().unwrap(), case.row(old, 1), "{what:?} {key:?}");
        }
        for key in case.others(old) {
            let past = Entity::state_at(key.clone(), 0, db).await.unwrap();
            assert_eq!(past, None, "{what:?} {key:?}");
        }

        // Beyond the precision of a double, such a part of an id is a string.
        let n = i64::MAX - 1_000 + number * 10;
        audit
            .insert(case.row(n, 1).into_active_model())
            .await
            .unwrap();
        let patch = whole(&case.row(n, 2));
        audit.update(case.key(n), patch).await.unwrap();
        for is_deleted in [false, true] {
            if is_deleted {
                audit.delete::<Entity>(case.key(n)).await.unwrap();
            }
            let mut log = entries(db).await;
            let log = log.split_off(log.len() - 2 - usize::from(is_deleted));
            for key in case.same(n) {
                let page = History::of::<Entity>(key.clone()).page(db, None, 9).await;
                assert_eq!(page.unwrap().entries, log, "{what:?} {key:?}");
                for (entry, value) in log.iter().zip([1, 2]) {
                    let past = Entity::state_at(key.clone(), entry, db).await.unwrap();
                    let past = past.unwrap().model().unwrap();
                    assert_eq!(past, case.row(n, value), "{what:?} {key:?}");
                }
                let before = Moment::before(&log[0]);
                let past = Entity::state_at(key.clone(), before, db).await.unwrap();
                assert_eq!(past, None, "{what:?} {key:?}");
                let tenures = Entity::timeline(key, Column::Value, db).await.unwrap();
                assert_eq!(tenures.len(), log.len());
            }
            for key in case.others(n) {
                let page = History::of::<Entity>(key.clone()).page(db, None, 9).await;
                assert!(page.unwrap().entries.is_empty(), "{what:?} {key:?}");
                let past = Entity::state_at(key.clone(), &log[0], db).await.unwrap();
                assert_eq!(past, None, "{what:?} {key:?}");
            }
        }
    }
}

async fn what_came_without_the_log_under_another_spelling_is_not_guessed(database: &Database) {
    let context = context();
    for (n, case) in (0..).zip(cases(database.backend())) {
        for by in case.same(n).into_iter().skip(1) {
            let db = &case.table(database).await;
            let audit = db.audited(&context);
            audit
                .insert(case.row(n, 1).into_active_model())
                .await
                .unwrap();
            audit.delete::<Entity>(case.key(n)).await.unwrap();
            let mut log = entries(db).await;
            let log = log.split_off(log.len() - 2);
            let (a, n, b) = by.clone();
            let row = Model { a, n, b, value: 9 }.into_active_model();
            Entity::insert(row)
                .exec_without_returning(db)
                .await
                .unwrap();
            let stored = Entity::find().one(db).await.unwrap().unwrap();
            if (stored.a, stored.n, stored.b) == case.key(n) {
                // Blanks that the column removes are not another spelling.
                continue;
            }
            for key in case.same(n) {
                let what = format!("{:?} {by:?} {key:?}", case.types);
                let at = async |moment: Moment| {
                    let past = Entity::state_at(key.clone(), moment, db).await.unwrap();
                    past.map(|past| past.get(Column::Value).clone())
                };
                let known = Some(audit_runtime::PastValue::Known(1.into()));
                let unknown = audit_runtime::PastValue::Unknown(Reason::ChangedOutside);
                assert_eq!(at(Moment::before(&log[0])).await, None, "{what}");
                assert_eq!(at(Moment::after(&log[0])).await, known, "{what}");
                assert_eq!(at(Moment::after(&log[1])).await, Some(unknown), "{what}");
            }
        }
    }
}
