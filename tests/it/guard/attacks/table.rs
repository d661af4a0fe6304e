//! The attacks, each with its steps and the number of changes.

mod sqlite;

use Step::{Delete, Raw, Update, UpdateLocked};
use sea_orm::{DatabaseBackend::Postgres, DbBackend};

use self::sqlite::OF_SQLITE;
use super::Step;

pub(super) const NEW: &str =
    "INSERT INTO users (id, username, role, logins, password_hash) VALUES (7, 'g', 'user', 0, 'h')";

const RAISE: &str = "UPDATE users SET role = 'admin' WHERE id = 1";

const REMOVE: &str = "DELETE FROM users WHERE id = 3";

const LATER: &str = "SELECT set_config('audit_guard.later', 'on', true)";

const NO_LATER: &str = "SELECT set_config('audit_guard.later', 'off', true)";

/// A name, the steps of one transaction, and the number of changes that are not audited.
const ATTACKS: &[Attack] = &[
    ("insert", &[Raw(NEW)], 1),
    ("update", &[Raw(RAISE)], 1),
    ("delete", &[Raw(REMOVE)], 1),
    (
        "a redacted field",
        &[Raw("UPDATE users SET password_hash = 'mine' WHERE id = 1")],
        1,
    ),
    (
        "bulk",
        &[
            Raw(
                "WITH RECURSIVE s (n) AS (VALUES (100) UNION ALL SELECT n + 1 FROM s WHERE n < 149) \
                  INSERT INTO users (id, username, role, logins, password_hash) SELECT n, 'g' || n, 'user', 0, '' FROM s",
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
              ON CONFLICT (id) DO UPDATE SET role = excluded.role",
        )],
        2,
    ),
    ("before an audited one", &[Raw(RAISE), Update(1, "user")], 1),
    (
        "after an audited one",
        &[Update(1, "editor"), Raw(RAISE)],
        1,
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
        "before a locked one",
        &[Raw(RAISE), UpdateLocked(1, "user")],
        1,
    ),
    (
        "after a locked one",
        &[UpdateLocked(1, "editor"), Raw(RAISE)],
        1,
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
        "in place of a locked one that was rolled back",
        &[
            Raw("SAVEPOINT a"),
            UpdateLocked(1, "admin"),
            Raw("ROLLBACK TO a"),
            Raw(RAISE),
        ],
        1,
    ),
    (
        "of a row that was deleted",
        &[
            Delete(3),
            Raw(
                "INSERT INTO users (id, username, role, logins, password_hash) VALUES (3, 'again', 'user', 0, 'h')",
            ),
            Raw(REMOVE),
        ],
        2,
    ),
    ("a key", &[Raw("UPDATE users SET id = 9 WHERE id = 3")], 2),
    ("a cascade", &[Raw("DELETE FROM users WHERE id = 2")], 2),
];

const OF_POSTGRES: &[Attack] = &[
    (
        "merge",
        &[Raw(
            "MERGE INTO users USING (VALUES (1), (3), (8)) AS v (id) ON v.id = users.id \
              WHEN MATCHED AND v.id = 1 THEN UPDATE SET role = 'admin' WHEN MATCHED THEN DELETE \
              WHEN NOT MATCHED THEN INSERT (id, username, role, logins, password_hash) VALUES (v.id, 'h', 'user', 0, '')",
        )],
        3,
    ),
    (
        "a change in a WITH",
        &[Raw(
            "WITH d AS (DELETE FROM users WHERE id = 3 RETURNING *) UPDATE users SET role = 'admin' FROM d WHERE users.id = 1",
        )],
        2,
    ),
    (
        "of a row that was deleted, announced",
        &[
            Delete(3),
            Raw(LATER),
            Raw(
                "INSERT INTO users (id, username, role, logins, password_hash) VALUES (3, 'again', 'user', 0, 'h')",
            ),
            Raw(REMOVE),
        ],
        2,
    ),
    (
        "keys that change places",
        &[Raw(
            "UPDATE documents SET id = CASE id WHEN 'x' THEN 'y' ELSE 'x' END",
        )],
        2,
    ),
    ("truncate", &[Raw("TRUNCATE users CASCADE")], 4),
    (
        "with constraints immediate",
        &[Raw("SET CONSTRAINTS ALL IMMEDIATE"), Raw(LATER), Raw(RAISE)],
        1,
    ),
    (
        "as a replica",
        &[
            Raw("SET LOCAL session_replication_role = replica"),
            Raw(RAISE),
        ],
        1,
    ),
    ("announced", &[Raw(LATER), Raw(RAISE)], 1),
    (
        "announced, in a savepoint",
        &[Raw("SAVEPOINT a"), Raw(LATER), Raw(RAISE), Raw("RELEASE a")],
        1,
    ),
    (
        "announced, with an audited one after it",
        &[Raw(LATER), Raw(RAISE), Update(1, "user")],
        1,
    ),
    (
        "announced and taken back, with an audited one after it",
        &[Raw(LATER), Raw(RAISE), Raw(NO_LATER), Update(1, "user")],
        1,
    ),
    (
        "announced, with a locked one after it",
        &[Raw(LATER), Raw(RAISE), UpdateLocked(1, "user")],
        1,
    ),
    (
        "announced, with an audited one before it",
        &[Update(1, "editor"), Raw(LATER), Raw(RAISE)],
        1,
    ),
    (
        "announced, with audited ones around it",
        &[
            Update(1, "editor"),
            Raw(LATER),
            Raw(RAISE),
            Raw("UPDATE users SET role = 'user' WHERE id = 1"),
            Update(1, "admin"),
            UpdateLocked(1, "user"),
        ],
        2,
    ),
    (
        "with another table of the note's name",
        &[
            Raw("CREATE TEMPORARY TABLE audit_guard_pending (n int) ON COMMIT DROP"),
            Raw(LATER),
            Raw(RAISE),
        ],
        1,
    ),
    (
        "with another table of the log's name",
        &[
            Raw("CREATE TEMPORARY TABLE audit_log (n int) ON COMMIT DROP"),
            Raw(RAISE),
        ],
        1,
    ),
];

pub(super) type Attack = (&'static str, &'static [Step], usize);

/// The attacks for every database, and those for this one.
pub(super) fn attacks(backend: DbBackend) -> impl Iterator<Item = &'static Attack> {
    let own = match backend {
        Postgres => OF_POSTGRES,
        _ => OF_SQLITE,
    };
    ATTACKS.iter().chain(own)
}
