//! Attacks that are possible only on SQLite.

use Step::{Raw, Update};

use super::super::Step;
use super::{Attack, RAISE};

const IGNORED: &str = "INSERT OR IGNORE INTO audit_log \
    (kind, format, changeset_id, entity_type, entity_id, action, outcome, actor_kind, actor_id, timestamp) \
    VALUES (1, NULL, x'', 'User', '1', 'UPDATE', 'SUCCESS', 'Admin', '7', '2026-11-23T09:19:08.123456+00:00')";

pub(super) const OF_SQLITE: &[Attack] = &[
    (
        "a row in place of another of its key",
        &[Raw(
            "REPLACE INTO users (id, username, role, logins, password_hash) VALUES (1, 'a', 'admin', 0, 'h')",
        )],
        1,
    ),
    (
        "with an entry that is ignored",
        &[Raw(RAISE), Raw(IGNORED)],
        1,
    ),
    (
        "with an entry that is ignored, after an audited one",
        &[Update(1, "editor"), Raw(RAISE), Raw(IGNORED)],
        1,
    ),
    (
        "with another table of the note's name",
        &[
            Raw("CREATE TEMPORARY TABLE audit_guard_pending (n int)"),
            Raw(RAISE),
        ],
        1,
    ),
    (
        "with another table of the log's name",
        &[
            Raw("CREATE TEMPORARY TABLE audit_log (n int)"),
            Raw(RAISE),
            Raw("DROP TABLE temp.audit_log"),
        ],
        1,
    ),
    (
        "with deferred constraints",
        &[Raw("PRAGMA defer_foreign_keys = ON"), Raw(RAISE)],
        1,
    ),
    (
        "of a key and back",
        &[
            Raw("UPDATE users SET id = 9 WHERE id = 3"),
            Raw("UPDATE users SET id = 3 WHERE id = 9"),
        ],
        4,
    ),
    (
        "there and back, before an audited one that is the same",
        &[
            Raw(RAISE),
            Raw("UPDATE users SET role = 'user' WHERE id = 1"),
            Update(1, "admin"),
        ],
        2,
    ),
];
