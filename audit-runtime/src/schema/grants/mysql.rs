//! The rights on MySQL and MariaDB.

use super::{super::purge_only::ERASED, RELATIONS, columns, quoted_names, roles::Roles};
use crate::dialect::Dialect;

pub(super) fn on_mysql(dialect: Dialect, roles: &Roles) -> Vec<String> {
    let named = |name: &str| match &roles.schema {
        Some(schema) => format!("`{}`.`{name}`", schema.replace('`', "``")),
        None => format!("`{name}`"),
    };
    let [log, entries, version] = RELATIONS.map(named);
    let mut statements = Vec::new();
    let mut grant = |rights: &str, object: &str, role: &str| {
        statements.push(format!("GRANT {rights} ON {object} TO {}", account(role)));
    };
    if let Some(owner) = &roles.owner {
        for table in [&log, &entries, &version] {
            grant("ALL", table, owner);
        }
    }
    // The library checks where each entry was written, because a temporary table may have the log's name.
    let found = match dialect {
        Dialect::MariaDb => "SELECT",
        Dialect::MySql | Dialect::Postgres | Dialect::Sqlite => "SELECT (`id`)",
    };
    let insert = format!("{found}, INSERT ({})", columns('`'));
    for writer in roles.all_writers() {
        grant("SELECT", &version, writer);
        grant(&insert, &log, writer);
        if dialect == Dialect::MariaDb {
            grant("SELECT", &entries, writer);
        }
        if roles.is_guarded {
            grant("SELECT, INSERT, DELETE", &named("audit_guard_mark"), writer);
            let collect = format!("PROCEDURE {}", named("audit_guard_collect"));
            grant("EXECUTE", &collect, writer);
        }
    }
    for reader in roles.all_readers() {
        for table in [&log, &entries, &version] {
            grant("SELECT", table, reader);
        }
    }
    for purger in &roles.purgers {
        let erased = quoted_names(&ERASED, '`');
        grant(&format!("DELETE, UPDATE ({erased})"), &log, purger);
        for table in ["audit_floor", "audit_hold"] {
            grant("SELECT", &named(table), purger);
        }
        for table in ["audit_purge", "audit_purge_id", "audit_erase_id"] {
            grant("SELECT, INSERT", &named(table), purger);
        }
        grant("SELECT, INSERT, UPDATE", &named("audit_archive"), purger);
        // To lock its row.
        grant("SELECT, UPDATE", &named("audit_mutex"), purger);
    }
    // Readers need the list of archive files. Without a purger, there is no retention.
    for reader in roles.readers.iter().filter(|_| !roles.purgers.is_empty()) {
        grant("SELECT", &named("audit_archive"), reader);
    }
    statements
}

/// An account on MySQL, with or without a host.
fn account(name: &str) -> String {
    let text = |part: &str| format!("'{}'", part.replace('\\', "\\\\").replace('\'', "''"));
    match name.rsplit_once('@') {
        Some((name, host)) => format!("{}@{}", text(name), text(host)),
        None => text(name),
    }
}
