//! Attacks of a raw writer on MySQL and MariaDB: which are recorded, and which are not seen.

mod unseen;

use audit_runtime::{Error, prelude::*, schema};
use sea_orm::{ConnectionTrait, DatabaseConnection};

use super::guarded;
use crate::{
    backend::{Database, on_mysql_and_mariadb},
    entities::{context, document, entries, new_user, order, user},
    invariants::{assert_none, violations},
};

on_mysql_and_mariadb!(every_attack_is_recorded);

#[derive(Clone, Copy, Debug)]
enum Step {
    Raw(&'static str),
    /// An audited update of the role of the user.
    Update(i32, &'static str),
    Delete(i32),
}
use Step::{Delete, Raw, Update};

const NEW: &str =
    "INSERT INTO users (id, username, role, logins, password_hash) VALUES (7, 'g', 'user', 0, 'h')";
const RAISE: &str = "UPDATE users SET role = 'admin' WHERE id = 1";
const REMOVE: &str = "DELETE FROM users WHERE id = 3";
const AGAIN: &str = "INSERT INTO users (id, username, role, logins, password_hash) VALUES (3, 'again', 'user', 0, 'h')";

/// A name, the steps of one transaction, and the number of changes that are not audited.
const ATTACKS: &[(&str, &[Step], usize)] = &[
    ("insert", &[Raw(NEW)], 1),
    ("update", &[Raw(RAISE)], 1),
    ("delete", &[Raw(REMOVE)], 1),
    (
        "a redacted field",
        &[Raw("UPDATE users SET password_hash = 'mine' WHERE id = 1")],
        1,
    ),
    (
        "what is not recorded",
        &[Raw("UPDATE users SET last_seen_at = NOW()")],
        0,
    ),
    (
        "bulk",
        &[
            Raw(
                "INSERT INTO users (id, username, role, logins, password_hash) \
                  WITH RECURSIVE s (n) AS (SELECT 100 UNION ALL SELECT n + 1 FROM s WHERE n < 149) SELECT n, n, 'user', 0, '' FROM s",
            ),
            Raw("UPDATE users SET logins = logins + 1"),
            Raw("DELETE FROM users WHERE id >= 100"),
        ],
        50 + 53 + 50,
    ),
    (
        "upsert",
        &[Raw(
            "INSERT INTO users (id, username, role, logins, password_hash) VALUES (1, 'g', 'admin', 0, 'h'), (8, 'i', 'user', 0, 'h') \
              ON DUPLICATE KEY UPDATE role = VALUES(role)",
        )],
        2,
    ),
    (
        "upsert of one row twice",
        &[Raw(
            "INSERT INTO users (id, username, role, logins, password_hash) VALUES (8, 'i', 'user', 0, 'h'), (8, 'i', 'admin', 0, 'h') \
              ON DUPLICATE KEY UPDATE role = VALUES(role)",
        )],
        2,
    ),
    (
        "a row in place of others",
        &[Raw(
            "REPLACE INTO users (id, username, role, logins, password_hash) VALUES (1, 'c', 'admin', 0, 'h')",
        )],
        3,
    ),
    (
        "without errors",
        &[
            Raw("UPDATE IGNORE users SET role = 'admin' WHERE id = 1"),
            Raw(
                "INSERT IGNORE INTO users (id, username, role, logins, password_hash) VALUES (1, 'g', 'admin', 0, 'h'), (8, 'i', 'user', 0, 'h')",
            ),
            Raw("DELETE IGNORE FROM users WHERE id = 8"),
        ],
        3,
    ),
    (
        "by a join",
        &[
            Raw(
                "UPDATE users JOIN orders ON orders.user_id = users.id SET users.role = 'admin', orders.total = 7",
            ),
            Raw("DELETE users, orders FROM orders JOIN users ON orders.user_id = users.id"),
        ],
        4,
    ),
    ("before an audited one", &[Raw(RAISE), Update(1, "user")], 1),
    (
        "after an audited one",
        &[Update(1, "editor"), Raw(RAISE)],
        1,
    ),
    (
        "around an audited one",
        &[Raw(RAISE), Update(1, "editor"), Raw(RAISE), Raw(REMOVE)],
        3,
    ),
    (
        "after an audited one of many rows",
        &[
            Update(1, "editor"),
            Raw("UPDATE users SET role = 'admin' WHERE id IN (1, 2)"),
        ],
        2,
    ),
    (
        "in place of an audited one that was rolled back",
        &[
            Raw("SAVEPOINT a"),
            Update(1, "admin"),
            Raw("ROLLBACK TO a"),
            Raw(RAISE),
        ],
        1,
    ),
    (
        "of a row that was deleted",
        &[Delete(3), Raw(AGAIN), Raw(REMOVE)],
        2,
    ),
    ("a key", &[Raw("UPDATE users SET id = 9 WHERE id = 3")], 2),
    (
        "all keys",
        &[
            Raw("DELETE FROM orders"),
            Raw("UPDATE users SET id = id + 1 ORDER BY id DESC"),
        ],
        7,
    ),
    (
        "a key and back",
        &[
            Raw("UPDATE users SET id = 9 WHERE id = 3"),
            Raw("UPDATE users SET id = 3 WHERE id = 9"),
        ],
        4,
    ),
    (
        "with other settings",
        &[
            Raw("SET SESSION sql_mode = 'ANSI,NO_BACKSLASH_ESCAPES,PAD_CHAR_TO_FULL_LENGTH'"),
            Raw("SET SESSION foreign_key_checks = 0, unique_checks = 0, timestamp = 1"),
            Raw("SET @audit_guard = 1, SESSION time_zone = '+10:00', NAMES latin1"),
            Raw(RAISE),
        ],
        1,
    ),
    (
        "with another table of the log's name",
        &[
            Raw("CREATE TEMPORARY TABLE audit_log (n int)"),
            Raw(RAISE),
            Raw("DROP TEMPORARY TABLE audit_log"),
        ],
        1,
    ),
];

async fn every_attack_is_recorded(database: &Database) {
    prepare(database).await;
    for (name, steps, count) in ATTACKS {
        restore(database).await;
        let before = entries(&database.db).await.len();
        let audited = steps.iter().filter(|step| !matches!(step, Raw(_))).count();
        let is_rolled_back = steps
            .iter()
            .any(|step| matches!(step, Raw("ROLLBACK TO a")));
        attack(database, steps).await.expect(name);
        schema::collect(&database.db).await.unwrap();
        let entries = entries(&database.db).await.split_off(before);
        let captured = entries
            .iter()
            .filter(|entry| entry.actor.kind() == "Database");
        assert_eq!(captured.count(), *count, "{name}: {entries:#?}");
        let audited = if is_rolled_back { 0 } else { audited };
        assert_eq!(entries.len(), count + audited, "{name}: {entries:#?}");
        assert_none(&violations(&database.db).await, name);
    }
}

/// Installs a guard on each table, and a table of orders that are deleted with their user.
async fn prepare(database: &Database) {
    guarded(database).await;
    database.execute("DROP TABLE orders").await;
    database
        .execute(
            "CREATE TABLE orders (id int PRIMARY KEY AUTO_INCREMENT, user_id int NOT NULL, total bigint NOT NULL, \
             FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE ON UPDATE CASCADE)",
        )
        .await;
    schema::install_guard::<order::Entity>(&database.db, schema::GuardMode::Capture)
        .await
        .unwrap();
}

/// Restores three users, an order and two documents.
async fn restore(database: &Database) {
    let (db, context) = (&database.db, context());
    for table in ["orders", "users", "documents"] {
        database.execute(&format!("DELETE FROM {table}")).await;
    }
    schema::collect(db).await.unwrap();
    let audit = db.audited(&context);
    for (name, id) in ["a", "b", "c"].into_iter().zip(1..) {
        let row = user::ActiveModel {
            id: Set(id),
            ..new_user(name)
        };
        audit.insert(row).await.unwrap();
    }
    let order = order::ActiveModel {
        id: Set(1),
        user_id: Set(2),
        total: Set(1),
    };
    audit.insert(order).await.unwrap();
    for id in ["x", "y"] {
        let draft = document::Draft::new()
            .id(id)
            .title(format!("document {id}"));
        audit.insert(draft).await.unwrap();
    }
}

/// A pool of one new connection, so that its settings do not persist.
async fn single(database: &Database) -> DatabaseConnection {
    let one = database.connect(|options| {
        options.max_connections(1);
    });
    one.await
}

async fn attack(database: &Database, steps: &[Step]) -> Result<(), Error> {
    let db = single(database).await;
    let context = context();
    let unit = db.audited(&context).begin().await?;
    for step in steps {
        match *step {
            Raw(sql) => {
                unit.execute_unprepared(sql).await?;
            }
            Update(id, role) => {
                unit.update(id, user::AdminPatch::new().role(role)).await?;
            }
            Delete(id) => unit.delete::<user::Entity>(id).await?,
        }
    }
    unit.commit().await?;
    db.close().await.map_err(Error::from)
}
