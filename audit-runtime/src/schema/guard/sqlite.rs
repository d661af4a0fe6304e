//! The guard on SQLite: each change of a row leaves a note, and its entry removes the note.
//!
//! With `Enforce`, a note refers to a row that never exists, by a foreign key that the database checks when the
//! transaction commits.

use std::slice;

use sea_orm::{ConnectionTrait, Statement};

use super::GuardMode;
use crate::{
    Error,
    audit_log::FORMAT,
    audited::{Audited, entity_type::entity_type},
    encode::entity_id::capped,
    layout::{
        side::Side,
        sqlite::{Row, SqliteLayout, constant, quoted},
        template::fill,
    },
};

/// Creates the guard, or replaces it. The error is the field that prevents it.
pub(super) fn statements<E: Audited>(mode: GuardMode) -> Result<Vec<String>, &'static str> {
    let layout = match (SqliteLayout::<E>::of_entity(), mode) {
        (Err(_), GuardMode::Enforce) => SqliteLayout::of_key()?,
        (layout, _) => layout?,
    };
    let mut statements: Vec<_> = SHARED.iter().map(|sql| shared(sql)).collect();
    statements.extend(removal::<E>());
    let changes = |changes: String| match layout.opaque_field() {
        None => changes,
        Some(_) => "NULL".to_owned(),
    };
    let note = |action: &str, row: Row, labelled: Row, changes: &str| {
        let (id, label) = (layout.entity_id(row), layout.label(labelled));
        // A change that cannot be recorded is refused, even in a marked transaction.
        let never = match (mode, layout.opaque_field()) {
            (GuardMode::Capture, _) => "NULL",
            (GuardMode::Enforce, None) => "CASE WHEN m.n IS NULL THEN 1 END",
            (GuardMode::Enforce, Some(_)) => "1",
        };
        fill(
            NOTE,
            &[
                ("{context}", of_mark()),
                ("{columns}", CONTEXT.join(", ")),
                ("{type}", constant(&entity_type::<E>())),
                ("{id}", id),
                ("{label}", label),
                ("{action}", constant(action)),
                ("{changes}", changes.to_owned()),
                ("{never}", never.to_owned()),
                ("{now}", NOW.to_owned()),
            ],
        )
    };
    let created = note(
        "CREATE",
        Row::New,
        Row::New,
        &changes(layout.whole_row(Side::After, Row::New)),
    );
    let deleted = note(
        "DELETE",
        Row::Old,
        Row::Old,
        &changes(layout.whole_row(Side::Before, Row::Old)),
    );
    let updated = note("UPDATE", Row::New, Row::Old, &changes(layout.changes()));
    let (moved, differs) = (layout.key_differs(), layout.differ());
    let triggers = [
        ("insert", String::new(), created.clone()),
        ("delete", String::new(), deleted.clone()),
        ("update", format!("WHEN NOT {moved} AND {differs}"), updated),
        ("move", format!("WHEN {moved}"), deleted + &created),
    ];
    for (what, when, body) in triggers {
        let event = if what == "move" { "update" } else { what };
        statements.push(format!(
            "CREATE TRIGGER main.{} AFTER {event} ON {} {when}\nBEGIN\n    -- audit-runtime guard {VERSION}, {mode:?}\n{body}END",
            trigger::<E>(what),
            quoted(E::default().table_name()),
        ));
    }
    Ok(statements)
}

/// Removes the guard, if there is one.
pub(super) fn removal<E: Audited>() -> Vec<String> {
    let drop = |what| format!("DROP TRIGGER IF EXISTS main.{}", trigger::<E>(what));
    ["insert", "update", "move", "delete"].map(drop).to_vec()
}

/// Turns at most this number of notes into entries, and returns their number. The caller holds the lock.
pub(super) async fn collect<C: ConnectionTrait>(db: &C, limit: u64) -> Result<u64, Error> {
    let backend = db.get_database_backend();
    let there = Statement::from_string(backend, IS_THERE);
    if db.query_one_raw(there).await?.is_none() {
        return Ok(0);
    }
    // A committed mark belongs to a transaction that has ended.
    db.execute_unprepared("UPDATE main.audit_guard_pending SET mark = NULL WHERE mark IS NOT NULL")
        .await?;
    db.execute_unprepared("DELETE FROM main.audit_guard_mark")
        .await?;
    let long = Statement::from_sql_and_values(backend, LONG, [limit.into()]);
    for note in db.query_all_raw(long).await? {
        let (n, id): (i64, String) = (note.try_get("", "n")?, note.try_get("", "id")?);
        let values = [capped(id).into(), n.into()];
        db.execute_raw(Statement::from_sql_and_values(backend, CAP, values))
            .await?;
    }
    let batch = Statement::from_sql_and_values(backend, BATCH, [limit.into()]);
    db.execute_raw(batch).await?;
    // In a trigger, names belong to its own database. Here, a temporary table could have the same name.
    let entries = shared(MOVE).replace(" audit_", " main.audit_");
    let moved = db.execute_unprepared(&entries).await?.rows_affected();
    db.execute_unprepared(MOVED).await?;
    Ok(moved)
}

/// The columns of a table that a guard can be installed on.
pub(super) const COLUMNS: &str = "SELECT columns.name AS name FROM main.sqlite_master AS tables, pragma_table_xinfo(tables.name, 'main') AS columns \
    WHERE tables.type = 'table' AND lower(tables.name) = lower(?1) AND tables.sql NOT LIKE 'CREATE VIRTUAL%'";

#[cfg(feature = "migration")]
pub(super) const DROP_SHARED: [&str; 3] = [
    "DROP TABLE IF EXISTS main.audit_guard_pending",
    "DROP TABLE IF EXISTS main.audit_guard_mark",
    "DROP TABLE IF EXISTS main.audit_guard_never",
];

/// The version of the bodies. A later one replaces those of an earlier version of this crate.
const VERSION: i32 = 1;

/// The columns of the log that a note takes from the mark.
const CONTEXT: [&str; 14] = [
    "changeset_id",
    "tenant",
    "service",
    "actor_kind",
    "actor_id",
    "actor_name",
    "on_behalf_of",
    "ip",
    "user_agent",
    "session_id",
    "request_id",
    "trace_id",
    "reason",
    "metadata",
];

const NOW: &str = "strftime('%Y-%m-%dT%H:%M:%f', 'now') || '000+00:00'";

const SHARED: [&str; 15] = [
    "CREATE TABLE IF NOT EXISTS main.audit_guard_never (id integer PRIMARY KEY)",
    "CREATE TRIGGER IF NOT EXISTS main.audit_guard_never_is_empty BEFORE INSERT ON audit_guard_never
BEGIN SELECT RAISE(ABORT, 'audit_guard_never stays empty'); END",
    include_str!("sqlite/pending.sql"),
    "CREATE INDEX IF NOT EXISTS main.audit_guard_pending_entity ON audit_guard_pending (entity_type, entity_id, n)",
    "CREATE INDEX IF NOT EXISTS main.audit_guard_pending_moving ON audit_guard_pending (n) WHERE is_moving",
    "CREATE INDEX IF NOT EXISTS main.audit_guard_pending_mark ON audit_guard_pending (mark) WHERE mark IS NOT NULL",
    include_str!("sqlite/mark.sql"),
    "DROP TRIGGER IF EXISTS main.audit_guard_marked",
    include_str!("sqlite/marked.sql"),
    "DROP TRIGGER IF EXISTS main.audit_guard_unmarked",
    include_str!("sqlite/unmarked.sql"),
    "DROP TRIGGER IF EXISTS main.audit_guard_earlier",
    include_str!("sqlite/earlier.sql"),
    "DROP TRIGGER IF EXISTS main.audit_guard_settle",
    include_str!("sqlite/settle.sql"),
];

const NOTE: &str = include_str!("sqlite/note.sql");
const COVERED: &str = include_str!("sqlite/covered.sql");
const MOVE: &str = include_str!("sqlite/move.sql");
const MOVED: &str = "DELETE FROM main.audit_guard_pending WHERE is_moving";
const IS_THERE: &str =
    "SELECT 1 FROM main.sqlite_master WHERE type = 'table' AND name = 'audit_guard_pending'";
const LONG: &str = "SELECT n, whole_id AS id FROM main.audit_guard_pending WHERE whole_id IS NOT NULL ORDER BY n LIMIT ?1";
const CAP: &str =
    "UPDATE main.audit_guard_pending SET entity_id = ?1, whole_id = NULL WHERE n = ?2";
const BATCH: &str = "UPDATE main.audit_guard_pending SET is_moving = 1 WHERE n IN \
    (SELECT n FROM main.audit_guard_pending WHERE whole_id IS NULL ORDER BY n LIMIT ?1)";

/// A text that is the same for all entities.
fn shared(template: &str) -> String {
    let own = fill(OWN, &[("{row}", ROW.to_owned())]);
    let columns = ("{columns}", CONTEXT.join(", "));
    let context = CONTEXT.map(|column| format!("NEW.{column}"));
    fill(
        template,
        &[
            ("{move}", fill(MOVE, slice::from_ref(&columns))),
            columns,
            ("{format}", FORMAT.to_string()),
            ("{now}", NOW.to_owned()),
            ("{context}", context.join(", ")),
            ("{row}", ROW.to_owned()),
            ("{covered}", fill(COVERED, &[("{own}", own.clone())])),
            ("{own}", own),
        ],
    )
}

/// The values that a note takes from the mark, and those without a mark.
fn of_mark() -> String {
    let columns = CONTEXT.map(|column| match column {
        "changeset_id" => "coalesce(m.changeset_id, randomblob(16))".to_owned(),
        "actor_kind" => "coalesce(m.actor_kind, 'Database')".to_owned(),
        "actor_id" => "coalesce(m.actor_id, 'SQLite')".to_owned(),
        _ => format!("m.{column}"),
    });
    columns.join(", ")
}

/// The notes of the row of the entry NEW. The log has the start and a hash of a long key, which is found by its start.
const ROW: &str = "entity_type = NEW.entity_type AND entity_id = CASE WHEN length(NEW.entity_id) < 512 THEN NEW.entity_id \
    ELSE rtrim(substr(NEW.entity_id, 1, instr(substr(NEW.entity_id, 1, 446) || char(65533), char(65533)) - 1), '…') END";

/// The note of the change of the entry NEW: the last one of its action, because the row is locked in between.
const OWN: &str = "(SELECT max(n) FROM audit_guard_pending WHERE {row} AND action = NEW.action)";

/// The name of a trigger of the entity.
fn trigger<E: Audited>(what: &str) -> String {
    quoted(&format!("audit_guard_{}_{what}", E::default().table_name()))
}
