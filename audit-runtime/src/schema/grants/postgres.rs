//! The rights on PostgreSQL.

use super::{super::purge_only::ERASED, RELATIONS, RETENTION, columns, quoted_names, roles::Roles};

pub(super) fn on_postgres(roles: &Roles) -> Vec<String> {
    let named = |name: &str| match &roles.schema {
        Some(schema) => format!("{}.{name}", quoted(schema)),
        None => name.to_owned(),
    };
    let [log, entries, version] = RELATIONS.map(named);
    let schema = match &roles.schema {
        Some(schema) => text(schema),
        None => "current_schema()".to_owned(),
    };
    let mut statements = vec![
        format!("REVOKE ALL ON {log}, {entries}, {version} FROM PUBLIC"),
        surroundings(roles, &schema),
    ];
    if let Some(owner) = &roles.owner {
        statements.push(ownership(&schema, &quoted(owner)));
    }
    for writer in roles.all_writers().map(|role| quoted(role)) {
        let columns = columns('"');
        statements.push(format!("GRANT SELECT ON {version} TO {writer}"));
        statements.push(format!("GRANT INSERT ({columns}) ON {log} TO {writer}"));
    }
    for reader in roles.all_readers().map(|role| quoted(role)) {
        statements.push(format!(
            "GRANT SELECT ON {log}, {entries}, {version} TO {reader}"
        ));
    }
    for purger in roles.purgers.iter().map(|role| quoted(role)) {
        let [floor, hold, purge, archive, erase] = RETENTION.map(named);
        let erased = quoted_names(&ERASED, '"');
        statements.push(format!(
            "GRANT DELETE, UPDATE ({erased}) ON {log} TO {purger}"
        ));
        statements.push(format!("GRANT SELECT ON {floor}, {hold} TO {purger}"));
        statements.push(format!("GRANT SELECT, INSERT ON {purge} TO {purger}"));
        statements.push(format!(
            "GRANT SELECT, INSERT, UPDATE ON {archive} TO {purger}"
        ));
        statements.push(format!(
            "GRANT SELECT, INSERT, DELETE ON {erase} TO {purger}"
        ));
    }
    // Readers need the list of archive files. Without a purger, there is no retention.
    let archive = named("audit_archive");
    let readers = roles.readers.iter().filter(|_| !roles.purgers.is_empty());
    statements.extend(readers.map(|role| format!("GRANT SELECT ON {archive} TO {}", quoted(role))));
    statements
}

/// Prevents temporary tables and tables of the same name before the log, which raw SQL would use instead of it.
fn surroundings(roles: &Roles, schema: &str) -> String {
    let mut body = format!(
        "    EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('REVOKE CREATE ON SCHEMA %I FROM PUBLIC', {schema});\n"
    );
    let others = roles.all_writers().chain(&roles.readers);
    let others: Vec<_> = others.map(|role| quoted(role)).collect();
    let owner = roles.owner.iter().map(|role| quoted(role)).collect();
    for (rights, roles) in [("USAGE", others), ("USAGE, CREATE", owner)] {
        if !roles.is_empty() {
            let grant = format!("GRANT {rights} ON SCHEMA %I TO {}", roles.join(", "));
            body += &format!("    EXECUTE format({}, {schema});\n", text(&grant));
        }
    }
    format!("DO $audit_grants$\nBEGIN\n{body}END $audit_grants$")
}

/// Makes this role the owner of all existing objects of the log.
fn ownership(schema: &str, owner: &str) -> String {
    let to = |statement: &str| text(&format!("{statement} {owner}"));
    OWNERSHIP
        .replace("{schema}", schema)
        .replace("{relation}", &to("ALTER TABLE %s OWNER TO"))
        .replace("{function}", &to("ALTER FUNCTION %s OWNER TO"))
        .replace("{usage}", &to("GRANT USAGE ON SCHEMA %I TO"))
        .replace("{select}", &to("GRANT SELECT ON %s TO"))
}

const OWNERSHIP: &str = r"DO $audit_grants$
DECLARE object record;
BEGIN
    FOR object IN SELECT pg_class.oid FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
        WHERE nspname = {schema} AND relkind IN ('r', 'p', 'v') AND relname IN ('audit_log', 'audit_log_version',
            'audit_entries', 'audit_guard_pending', 'audit_floor', 'audit_hold', 'audit_purge',
            'audit_archive', 'audit_erase_id')
    LOOP
        EXECUTE format({relation}, object.oid::regclass);
    END LOOP;
    FOR object IN SELECT pg_proc.oid FROM pg_proc JOIN pg_namespace ON pg_namespace.oid = pronamespace
        WHERE nspname = {schema} AND (proname LIKE 'audit\_guard\_%' OR proname LIKE 'audit\_retention\_%'
            OR proname IN ('audit_log_append_only', 'audit_log_purge_only', 'audit_log_erase_only', 'audit_hold_change',
                'audit_archive_change', 'audit_raw_sql'))
        UNION SELECT tgfoid FROM pg_trigger WHERE tgname LIKE 'audit\_guard\_%' AND NOT tgisinternal
    LOOP
        EXECUTE format({function}, object.oid::regprocedure);
    END LOOP;
    FOR object IN SELECT pg_class.oid, nspname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
        WHERE pg_class.oid IN (SELECT tgrelid FROM pg_trigger WHERE tgname = 'audit_guard_update')
    LOOP
        EXECUTE format({usage}, object.nspname);
        EXECUTE format({select}, object.oid::regclass);
    END LOOP;
END $audit_grants$";

/// A name on PostgreSQL, in quotes if it needs them.
fn quoted(name: &str) -> String {
    let is_plain = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '_';
    // `public`, `user` and the like are keywords.
    let is_word = matches!(
        name,
        "public" | "user" | "current_user" | "session_user" | "current_role" | "all" | "group"
    );
    if name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(is_plain)
        && !is_word
    {
        return name.to_owned();
    }
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn text(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
