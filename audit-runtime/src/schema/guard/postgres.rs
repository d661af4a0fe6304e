//! The guard on PostgreSQL: AFTER STATEMENT triggers, which look for the entries of the changed rows.
//!
//! A row and its entry have the same `xmin` and `cmin` exactly when one statement wrote both. For an entry of a later
//! statement, a note is kept in `audit_guard_pending`, and the guard looks for it at the end of the transaction.

use sea_orm::{
    Iterable, PrimaryKeyToColumn,
    sea_query::{Expr, PostgresQueryBuilder, Query},
};

use super::GuardMode;
use crate::{
    audit_log,
    audited::{Audited, entity_type::entity_type},
    error::UNAUDITED,
    layout::{Layout, form::Form, row::RowAlias, side::Side, template::fill},
    text::sha256,
};

/// Creates the guard, or replaces it. The error is the field that prevents it.
pub(super) fn statement<E: Audited>(mode: GuardMode) -> Result<String, &'static str> {
    let layout = match (Layout::<E>::of_entity(Form::Full), mode) {
        (Err(_), GuardMode::Enforce) => Layout::of_key(Form::Full)?,
        (layout, _) => layout?,
    };
    let places = places::<E>(&layout, mode);
    let functions = ACTIONS.map(|(action, body)| {
        let verb = if action == "insert" {
            "CREATE"
        } else {
            "UPDATE"
        };
        let written = fill(WRITTEN, &[("{action}", verb.to_owned())]);
        let parts = [("{account}", ACCOUNT.to_owned()), ("{written}", written)];
        let body = fill(body, &parts);
        // `format` inserts the table's name.
        let places = places.clone().map(|(place, text)| match action {
            "truncate" if place != "{account}" => (place, text.replace('%', "%%")),
            _ => (place, text),
        });
        let (function, body) = (function::<E>(action), fill(&body, &places));
        format!(
            "CREATE OR REPLACE FUNCTION @schema@.{function}() RETURNS trigger LANGUAGE plpgsql \
             SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $guard$\n{body}$guard$;\n\
             REVOKE EXECUTE ON FUNCTION @schema@.{function}() FROM PUBLIC;\n"
        )
    });
    let triggers = ACTIONS.map(|(action, _)| {
        let rows = match action {
            "insert" => "REFERENCING NEW TABLE AS audit_new",
            "update" => "REFERENCING OLD TABLE AS audit_old NEW TABLE AS audit_new",
            "delete" => "REFERENCING OLD TABLE AS audit_old",
            _ => "",
        };
        let when = if action == "truncate" {
            "BEFORE"
        } else {
            "AFTER"
        };
        format!(
            "CREATE OR REPLACE TRIGGER audit_guard_{action} {when} {action} ON @part@ {rows}
FOR EACH STATEMENT EXECUTE FUNCTION @schema@.{}();
ALTER TABLE @part@ ENABLE ALWAYS TRIGGER audit_guard_{action};\n",
            function::<E>(action)
        )
    });
    let shared = fill(
        SHARED,
        &[
            ("{format}", audit_log::FORMAT.to_string()),
            ("{sqlstate}", UNAUDITED.to_owned()),
            ("{mine}", MINE.to_owned()),
        ],
    );
    Ok(fill(
        INSTALL,
        &[
            ("{table_name}", text(&table::<E>())),
            ("{shared}", shared),
            ("{functions}", functions.concat()),
            ("{triggers}", triggers.concat()),
        ],
    ))
}

/// Removes the guard, if there is one.
pub(super) fn removal<E: Audited>() -> String {
    let drop = |(action, _)| {
        let drop = format!("DROP FUNCTION IF EXISTS %s.{}()", function::<E>(action));
        format!("EXECUTE format({}, schema);", text(&drop))
    };
    fill(
        REMOVE,
        &[
            ("{table_name}", text(&table::<E>())),
            ("{functions}", ACTIONS.map(drop).join("\n        ")),
        ],
    )
}

/// The table's name in the entity.
pub(super) fn table<E: Audited>() -> String {
    let entity = E::default();
    let table = quoted(entity.table_name());
    match entity.schema_name() {
        Some(schema) => format!("{}.{table}", quoted(schema)),
        None => table,
    }
}

/// The columns of a table that a guard can be installed on.
pub(super) const COLUMNS: &str = "SELECT attname::text AS name FROM pg_catalog.pg_attribute JOIN pg_catalog.pg_class ON pg_class.oid = attrelid \
    WHERE attrelid = to_regclass($1) AND relkind IN ('r', 'p') AND relpersistence <> 't' AND attnum > 0 AND NOT attisdropped";

const ACTIONS: [(&str, &str); 4] = [
    ("insert", include_str!("postgres/insert.sql")),
    ("update", include_str!("postgres/update.sql")),
    ("delete", include_str!("postgres/delete.sql")),
    ("truncate", include_str!("postgres/truncate.sql")),
];
/// The start of the first two: returns at once if each row has its entry.
const WRITTEN: &str = include_str!("postgres/written.sql");
const ACCOUNT: &str = include_str!("postgres/account.sql");
const SHARED: &str = include_str!("postgres/shared.sql");
const INSTALL: &str = include_str!("postgres/install.sql");
const REMOVE: &str = include_str!("postgres/remove.sql");

#[cfg(feature = "migration")]
pub(super) const DROP_SHARED: [&str; 5] = [
    "DROP TABLE IF EXISTS audit_guard_pending",
    "DROP FUNCTION IF EXISTS audit_guard_settle()",
    "DROP FUNCTION IF EXISTS audit_guard_unaudited(boolean, boolean, audit_log, text, text, text, text, jsonb)",
    "DROP FUNCTION IF EXISTS audit_guard_mark()",
    "DROP FUNCTION IF EXISTS audit_raw_sql(text, text, text)",
];

/// Whether the entry `l` is of this transaction, not of one that began later and has already committed.
const MINE: &str = "CASE WHEN age(l.xmin) <= 0 AND l.recorded_at >= transaction_timestamp() \
    THEN pg_xact_status((pg_current_xact_id()::text::bigint - age(l.xmin))::text::xid8) = 'in progress' ELSE false END";

/// The values of the entity in the bodies of the functions.
fn places<E: Audited>(layout: &Layout<E>, mode: GuardMode) -> [(&'static str, String); 14] {
    let (old, new, stored) = (
        RowAlias::Named("o"),
        RowAlias::Named("n"),
        RowAlias::Named("u"),
    );
    let entity_type = entity_type::<E>();
    let version = format!("audit-runtime guard {VERSION}, {mode:?}");
    let same_key = E::PrimaryKey::iter().map(|key| {
        let [stored, new] = [&stored, &new].map(|row| row.column::<E>(key.into_column()));
        format!("{} = {}", sql(stored), sql(new))
    });
    let changes = |changes: Expr| match layout.opaque_field() {
        None => sql(changes),
        Some(_) => "NULL::jsonb".to_owned(),
    };
    [
        ("{version}", version),
        ("{type}", text(&entity_type)),
        ("{is_enforced}", (mode == GuardMode::Enforce).to_string()),
        ("{same_key}", same_key.collect::<Vec<_>>().join(" AND ")),
        ("{mine}", MINE.to_owned()),
        ("{old_id}", sql(layout.entity_id(&old))),
        ("{new_id}", sql(layout.entity_id(&new))),
        ("{old_label}", sql(layout.label(&old))),
        ("{new_label}", sql(layout.label(&new))),
        ("{created}", changes(layout.whole_row(Side::After, &new))),
        ("{deleted}", changes(layout.whole_row(Side::Before, &old))),
        ("{difference}", changes(layout.changes(&old, &new))),
        ("{differs}", sql(layout.differ(&old, &new))),
        (
            "{changed_again}",
            sql(layout.any_byte_differs(&stored, &new)),
        ),
    ]
}

/// The version of the bodies. A later one replaces those of an earlier version of this crate.
const VERSION: i32 = 1;

/// The name of a function of the entity. PostgreSQL truncates longer names.
fn function<E: Audited>(action: &str) -> String {
    let entity = E::default();
    let table = entity.table_name();
    let name = if table.len() <= 40 {
        table.to_owned()
    } else {
        sha256(table)[..40].to_owned()
    };
    quoted(&format!("audit_guard_{name}_{action}"))
}

fn sql(expression: Expr) -> String {
    let select = Query::select()
        .expr(expression)
        .to_string(PostgresQueryBuilder);
    let expression = select.strip_prefix("SELECT ").unwrap_or(&select);
    format!("({expression})")
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn text(text: &str) -> String {
    sql(Expr::Constant(text.into()))
}
