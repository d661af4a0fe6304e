//! Reads a guard on PostgreSQL: functions, and the triggers that call them on the table and each partition.

use sea_orm::DatabaseConnection;

use super::{
    super::{
        ask::{NONE, ask},
        tables::place,
    },
    Expected, Found, Object, Part,
};
use crate::{Error, dialect::Dialect, schema::entities::AuditedTable};

pub(super) async fn found(db: &DatabaseConnection, table: &AuditedTable) -> Result<Found, Error> {
    let place = || place(Dialect::Postgres, table);
    let parts: Vec<[String; 1]> = ask(db, PARTS, place()).await?;
    let triggers: Vec<[String; 4]> = ask(db, TRIGGERS, place()).await?;
    let functions: Vec<[String; 3]> = ask(db, FUNCTIONS, place()).await?;
    let settles: Vec<[String; 3]> = ask(db, SETTLES, NONE).await?;
    let names: Vec<[String; 2]> = ask(db, NAMES, place()).await?;
    let log: Vec<[String; 1]> = ask(db, LOG, NONE).await?;
    let parts = parts.into_iter().map(|[part]| {
        let of_part = triggers.iter().filter(|[of, ..]| *of == part);
        let triggers = of_part
            .cloned()
            .map(|[_, name, body, how]| Object { name, body, how });
        Part {
            triggers: triggers.collect(),
            name: part,
        }
    });
    let beside = functions.into_iter().chain(settles);
    let log = log.into_iter().map(|[log]| ("@log@", log));
    let names = names
        .into_iter()
        .flat_map(|[table, schema]| [("@table@", table), ("@schema@", schema)]);
    Ok(Found {
        parts: parts.collect(),
        beside: beside
            .map(|[name, body, how]| Object { name, body, how })
            .collect(),
        unseen: Vec::new(),
        places: log.chain(names).collect(),
    })
}

pub(super) fn expected(statements: &[String], places: &[(&'static str, String)]) -> Expected {
    let mut beside: Vec<_> = statements.iter().flat_map(|text| functions(text)).collect();
    for function in &mut beside {
        for (place, name) in places {
            function.body = function.body.replace(place, name);
        }
    }
    let triggers = TRIGGER_TYPES.map(|(action, kind)| {
        let end = format!("_{action}");
        let function = beside.iter().find(|function| function.name.ends_with(&end));
        Object {
            name: format!("audit_guard_{action}"),
            body: function
                .map(|function| function.name.clone())
                .unwrap_or_default(),
            how: format!("A {kind}"),
        }
    });
    beside.push(Object {
        name: "audit_guard_settle on audit_guard_pending".to_owned(),
        body: "audit_guard_settle".to_owned(),
        how: "A 5 deferred".to_owned(),
    });
    Expected {
        triggers: triggers.into(),
        beside,
    }
}

/// By timing and event (`tgtype`): AFTER each statement, BEFORE TRUNCATE.
const TRIGGER_TYPES: [(&str, u8); 4] = [
    ("insert", 4),
    ("update", 16),
    ("delete", 8),
    ("truncate", 34),
];

/// The functions that a statement creates, with placeholders.
fn functions(statement: &str) -> impl Iterator<Item = Object> {
    let functions = statement.split("CREATE OR REPLACE FUNCTION ").skip(1);
    functions.filter_map(|function| {
        let (name, rest) = function.split_once('(')?;
        let (head, rest) = rest.split_once("$guard$")?;
        let (body, _) = rest.split_once("$guard$")?;
        let name = name.rsplit_once("@.").map_or(name, |(_, name)| name);
        let (_, path) = head.split_once("SET search_path = ")?;
        let path = path.split(" AS").next().unwrap_or(path).trim();
        let is_definer = head.contains("SECURITY DEFINER");
        Some(Object {
            name: name.trim_matches('"').replace("\"\"", "\""),
            body: body.to_owned(),
            how: format!("{is_definer} search_path={path}"),
        })
    })
}

/// The log that guards write to, not a temporary table of its name.
macro_rules! log {
    ($what:literal) => {
        concat!(
            "SELECT ",
            $what,
            " FROM unnest(current_schemas(false)) WITH ORDINALITY AS path(name, place)
JOIN pg_namespace ON nspname = path.name JOIN pg_class ON relnamespace = pg_namespace.oid
WHERE relname = 'audit_log' AND relkind IN ('r', 'p') ORDER BY place LIMIT 1"
        )
    };
}

const LOG: &str = log!("quote_ident(nspname)");

const NAMES: &str = "SELECT format('%I.%I', nspname, relname), quote_ident(nspname)
FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace WHERE pg_class.oid = to_regclass($1)";

const PARTS: &str = "SELECT relid::regclass::text FROM pg_partition_tree(to_regclass($1))
UNION SELECT to_regclass($1)::text ORDER BY 1";

const TRIGGERS: &str = "SELECT tgrelid::regclass::text, tgname::text, proname::text, tgenabled::text || ' ' || tgtype ||
    CASE WHEN tgqual IS NULL AND tgattr::text = '' THEN '' ELSE ' some' END
FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid
WHERE tgrelid IN (SELECT relid FROM pg_partition_tree(to_regclass($1)) UNION SELECT to_regclass($1))
AND tgname LIKE 'audit\\_guard\\_%' AND NOT tgisinternal";

const SETTLES: &str = concat!(
    "SELECT 'audit_guard_settle on audit_guard_pending', proname::text, tgenabled::text || ' ' || tgtype ||
    CASE WHEN tgdeferrable AND tginitdeferred AND tgqual IS NULL THEN ' deferred' ELSE '' END
FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid
WHERE tgname = 'audit_guard_settle' AND tgrelid IN (
    SELECT oid FROM pg_class WHERE relname = 'audit_guard_pending' AND relnamespace IN (",
    log!("relnamespace"),
    "))"
);

const FUNCTIONS: &str = concat!(
    "SELECT proname::text, prosrc, concat_ws(' ', prosecdef::text, array_to_string(proconfig, ' '))
FROM pg_proc WHERE (proname LIKE 'audit\\_guard\\_%' OR proname = 'audit_raw_sql')
AND pronamespace IN (SELECT relnamespace FROM pg_class WHERE oid = to_regclass($1)
    UNION ALL (",
    log!("relnamespace"),
    "))"
);
