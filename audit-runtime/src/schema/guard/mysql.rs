//! The guard on MySQL and MariaDB: AFTER row triggers, which note each change in `audit_guard_pending`, and a trigger on
//! the log, which removes the note of an entry.
//!
//! A row has one note at most: before its next change, the note becomes an entry. So entries are in the order of
//! events, and a change and its entry cancel out, even if changes in between were rolled back.

mod catalog;
mod names;

use sea_orm::ConnectionTrait;

pub(super) use self::{
    catalog::{COLUMNS, name},
    names::table,
};
use crate::{
    Error, audit_log,
    audited::{Audited, entity_type::entity_type},
    dialect::Dialect,
    layout::{
        mysql::{MySqlLayout, Row, capped, constant, quoted, spelled, stored::Stored},
        side::Side,
        template::fill,
    },
};
use catalog::{Columns, IS_COLLECT_THERE, are_there, columns, count, database, is_shared_there};
use names::{in_schema, trigger};

/// Creates the guard, or replaces it. The error is the field that prevents it.
///
/// The types of columns are assumed to be those that SeaORM creates.
pub(super) fn statements<E: Audited>(dialect: Dialect) -> Result<Vec<String>, &'static str> {
    Ok(all::<E>(dialect, triggers::<E>(dialect, None, None)?))
}

/// The same, for the actual columns of the table.
pub(super) async fn statements_here<E: Audited, C: ConnectionTrait>(
    db: &C,
    dialect: Dialect,
) -> Result<Result<Vec<String>, &'static str>, Error> {
    let triggers = triggers_here::<E, C>(db, dialect).await?;
    Ok(triggers.map(|triggers| all::<E>(dialect, triggers)))
}

fn all<E: Audited>(dialect: Dialect, triggers: Triggers) -> Vec<String> {
    let all = shared(dialect).into_iter().chain(removal::<E>());
    all.chain(triggers.map(|(_, statement)| statement))
        .collect()
}

/// Installs the guard on the table, unless it exists. The table is locked for writes meanwhile.
///
/// The inner error is the field that prevents it.
pub(super) async fn put<E: Audited, C: ConnectionTrait>(
    db: &C,
    dialect: Dialect,
) -> Result<Result<(), &'static str>, Error> {
    let triggers = match triggers_here::<E, C>(db, dialect).await? {
        Ok(triggers) => triggers,
        Err(field) => return Ok(Err(field)),
    };
    if !is_shared_there(db).await? {
        for statement in shared(dialect) {
            db.execute_unprepared(&statement).await?;
        }
    }
    if are_there::<E, C>(db, &triggers).await? {
        return Ok(Ok(()));
    }
    let lock = format!("LOCK TABLES {} WRITE", table::<E>());
    db.execute_unprepared(&lock).await?;
    let replaced = replace::<E, C>(db, &triggers).await;
    db.execute_unprepared("UNLOCK TABLES").await?;
    replaced?;
    Ok(Ok(()))
}

/// Turns at most this number of notes into entries, and returns their number.
pub(super) async fn collect<C: ConnectionTrait>(db: &C, limit: u64) -> Result<u64, Error> {
    if count(db, IS_COLLECT_THERE).await? == 0 {
        return Ok(0);
    }
    db.execute_unprepared(&format!(
        "CALL audit_guard_collect(NULL, 0, {limit}, @audit_guard_collected)"
    ))
    .await?;
    let collected = count(
        db,
        "SELECT CAST(@audit_guard_collected AS signed) AS `found`",
    )
    .await?;
    Ok(u64::try_from(collected).unwrap_or(0))
}

/// The statements for the shared objects of guards, in order. Each may run again: existing objects are kept.
fn shared(dialect: Dialect) -> Vec<String> {
    let collation = match dialect {
        Dialect::MariaDb => "utf8mb4_nopad_bin",
        Dialect::MySql | Dialect::Postgres | Dialect::Sqlite => "utf8mb4_0900_bin",
    };
    let places = [
        ("{context}", CONTEXT.trim_end().to_owned()),
        ("{collation}", collation.to_owned()),
        ("{format}", audit_log::FORMAT.to_string()),
        ("{capped}", capped("row_key")),
        ("{spelled}", spelled("spelled")),
        ("{ellipsis}", constant("…")),
        ("{now}", NOW.to_owned()),
        ("{user}", USER.to_owned()),
        ("{ip}", IP.to_owned()),
    ];
    SHARED
        .map(|statement| fill(&without_comments(statement), &places))
        .to_vec()
}

/// Removes comments, because a restored dump lacks them, and the doctor would find a different text.
fn without_comments(statement: &str) -> String {
    let lines = statement.lines();
    let lines = lines.filter(|line| !line.trim_start().starts_with("/*"));
    lines.collect::<Vec<_>>().join("\n")
}

/// The triggers by their names.
type Triggers = [(String, String); 3];

/// The triggers for the actual columns of the table.
async fn triggers_here<E: Audited, C: ConnectionTrait>(
    db: &C,
    dialect: Dialect,
) -> Result<Result<Triggers, &'static str>, Error> {
    let log = match E::default().schema_name() {
        Some(_) => Some(database(db).await?),
        None => None,
    };
    let columns = columns::<E, C>(db).await?;
    Ok(triggers::<E>(dialect, log.as_deref(), Some(&columns)))
}

/// The triggers of the entity, by their names. The error is the field that prevents them.
///
/// `columns` has the types of the table's columns; without it they are those that SeaORM creates.
fn triggers<E: Audited>(
    dialect: Dialect,
    log: Option<&str>,
    columns: Option<&Columns>,
) -> Result<Triggers, &'static str> {
    let layout = MySqlLayout::<E>::new(dialect, |column| {
        Some(columns?.get(column).and_then(|of| Stored::called(of)))
    })?;
    let log = log.map_or_else(String::new, |log| format!("{}.", quoted(log)));
    let places = [
        (
            "{version}",
            constant(&format!("audit-runtime guard {VERSION}, Capture")),
        ),
        ("{table}", table::<E>()),
        ("{log}", log),
        ("{type}", constant(&entity_type::<E>())),
        ("{old_id}", layout.entity_id(Row::Old)),
        ("{new_id}", layout.entity_id(Row::New)),
        ("{old_label}", layout.label(Row::Old)),
        ("{new_label}", layout.label(Row::New)),
        ("{created}", layout.whole_row(Side::After, Row::New)),
        ("{deleted}", layout.whole_row(Side::Before, Row::Old)),
        ("{changes}", layout.changes()),
        ("{differs}", layout.differ()),
        ("{key_differs}", layout.key_differs()),
    ];
    Ok(ACTIONS.map(|(action, statement)| {
        let name = trigger::<E>(action);
        let statement = statement.replace("{trigger}", &in_schema::<E>(&name));
        (name, fill(&statement, &places))
    }))
}

/// The version of the bodies. A later one replaces those of an earlier version of this crate.
const VERSION: i32 = 2;

async fn replace<E: Audited, C: ConnectionTrait>(
    db: &C,
    triggers: &[(String, String)],
) -> Result<(), Error> {
    for removal in removal::<E>() {
        db.execute_unprepared(&removal).await?;
    }
    for (_, statement) in triggers {
        db.execute_unprepared(statement).await?;
    }
    Ok(())
}

/// Removes the triggers, if there are any.
pub(super) fn removal<E: Audited>() -> [String; 3] {
    ACTIONS.map(|(action, _)| {
        let name = in_schema::<E>(&trigger::<E>(action));
        format!("DROP TRIGGER IF EXISTS {name}")
    })
}

const ACTIONS: [(&str, &str); 3] = [
    ("insert", include_str!("mysql/insert.sql")),
    ("update", include_str!("mysql/update.sql")),
    ("delete", include_str!("mysql/delete.sql")),
];

const SHARED: [&str; 10] = [
    include_str!("mysql/pending.sql"),
    include_str!("mysql/mark.sql"),
    include_str!("mysql/move.sql"),
    include_str!("mysql/collect.sql"),
    include_str!("mysql/note.sql"),
    include_str!("mysql/settle.sql"),
    include_str!("mysql/marked.sql"),
    include_str!("mysql/mark_event.sql"),
    include_str!("mysql/unmarked.sql"),
    include_str!("mysql/mark_stays.sql"),
];
/// The columns of notes and marks for actor and source.
const CONTEXT: &str = include_str!("mysql/context.sql");

#[cfg(feature = "migration")]
pub(super) const DROP_SHARED: [&str; 5] = [
    "DROP TABLE IF EXISTS audit_guard_mark",
    "DROP TABLE IF EXISTS audit_guard_pending",
    "DROP PROCEDURE IF EXISTS audit_guard_note",
    "DROP PROCEDURE IF EXISTS audit_guard_move",
    "DROP PROCEDURE IF EXISTS audit_guard_collect",
];

// The server's clock, as in the log's own trigger.
const NOW: &str = "CONVERT_TZ(SYSDATE(6), @@SESSION.time_zone, '+00:00')";
// Not CURRENT_USER, which is the creator of the trigger.
const USER: &str = "COALESCE(NULLIF(LEFT(USER(), CHAR_LENGTH(USER()) - CHAR_LENGTH(SUBSTRING_INDEX(USER(), '@', -1)) - 1), ''), 'anonymous')";
const IP: &str = "CASE WHEN IS_IPV4(SUBSTRING_INDEX(USER(), '@', -1)) OR IS_IPV6(SUBSTRING_INDEX(USER(), '@', -1)) \
    THEN SUBSTRING_INDEX(USER(), '@', -1) END";
