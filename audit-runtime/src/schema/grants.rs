//! The rights of those who own, write, read and purge the log.

use sea_orm::{Iden, Iterable};

use super::purge_only::ERASED;
use crate::{audit_log::Column, dialect::Dialect};

/// The accounts, or roles of the database, that [`grants`] is about. They must exist.
///
/// On MySQL and MariaDB an account may be of a host: `app@10.0.0.5`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roles {
    owner: Option<String>,
    writers: Vec<String>,
    readers: Vec<String>,
    purgers: Vec<String>,
    schema: Option<String>,
    is_guarded: bool,
}

impl Roles {
    /// Nobody, and the log where the connection finds it.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Who owns the log: installs it, decides on retention, places holds. No account of an application.
    #[must_use]
    pub fn owner(mut self, name: impl Into<String>) -> Self {
        self.owner = Some(name.into());
        self
    }

    /// An application: it writes entries, and cannot read, change or delete any. On MariaDB it can read them, for the
    /// library has to.
    #[must_use]
    pub fn writer(mut self, name: impl Into<String>) -> Self {
        self.writers.push(name.into());
        self
    }

    /// Who reads entries. An application that shows the trail is a writer and a reader.
    #[must_use]
    pub fn reader(mut self, name: impl Into<String>) -> Self {
        self.readers.push(name.into());
        self
    }

    /// Who runs purges, where retention is installed: it writes, reads and deletes entries
    /// and erases values, as far as holds and floors let it.
    #[must_use]
    pub fn purger(mut self, name: impl Into<String>) -> Self {
        self.purgers.push(name.into());
        self
    }

    /// The schema of the log; on MySQL and MariaDB its database.
    #[must_use]
    pub fn in_schema(mut self, name: impl Into<String>) -> Self {
        self.schema = Some(name.into());
        self
    }

    /// On MySQL and MariaDB, where guards are installed: writers may mark their transactions and collect notes.
    /// Elsewhere that takes no right.
    #[must_use]
    pub fn with_guards(mut self) -> Self {
        self.is_guarded = true;
        self
    }

    fn all_writers(&self) -> impl Iterator<Item = &String> {
        self.writers.iter().chain(&self.purgers)
    }

    fn all_readers(&self) -> impl Iterator<Item = &String> {
        self.readers.iter().chain(&self.purgers)
    }
}

/// The statements that give each role its rights to the log; on PostgreSQL they also take those of everybody else.
///
/// Run them as a superuser, or as an account that may grant, after [`install`](super::install), and again after guards
/// or retention are installed. They may run again. What an application may do with its own tables is not among them.
///
/// ```
/// use audit_runtime::schema::{Dialect, Roles, grants};
///
/// let roles = Roles::new().reader("auditor").in_schema("shop");
/// assert_eq!(
///     grants(Dialect::MariaDb, &roles),
///     [
///         "GRANT SELECT ON `shop`.`audit_log` TO 'auditor'",
///         "GRANT SELECT ON `shop`.`audit_entries` TO 'auditor'",
///         "GRANT SELECT ON `shop`.`audit_log_version` TO 'auditor'",
///     ],
/// );
/// // It has no accounts.
/// assert!(grants(Dialect::Sqlite, &roles).is_empty());
/// ```
///
/// On PostgreSQL the owner becomes that of all that belongs to the log, guards and retention among it, and gets `SELECT`
/// on the tables that have guards, which the guards need.
pub fn grants(dialect: Dialect, roles: &Roles) -> Vec<String> {
    match dialect {
        Dialect::Postgres => on_postgres(roles),
        Dialect::MySql | Dialect::MariaDb => on_mysql(dialect, roles),
        Dialect::Sqlite => Vec::new(),
    }
}

fn on_postgres(roles: &Roles) -> Vec<String> {
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
    // Which files an archive has. Without a purger, there is no retention.
    let archive = named("audit_archive");
    let readers = roles.readers.iter().filter(|_| !roles.purgers.is_empty());
    statements.extend(readers.map(|role| format!("GRANT SELECT ON {archive} TO {}", quoted(role))));
    statements
}

/// A temporary table or a table of the same name in front of the log would take what raw SQL means for it.
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

/// All that belongs to the log becomes the owner's, as far as it is there.
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

fn on_mysql(dialect: Dialect, roles: &Roles) -> Vec<String> {
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
    // The library looks for each entry where it was written: a temporary table may have the log's name.
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
        // Whose row it locks.
        grant("SELECT, UPDATE", &named("audit_mutex"), purger);
    }
    // Which files an archive has. Without a purger, there is no retention.
    for reader in roles.readers.iter().filter(|_| !roles.purgers.is_empty()) {
        grant("SELECT", &named("audit_archive"), reader);
    }
    statements
}

const RETENTION: [&str; 5] = [
    "audit_floor",
    "audit_hold",
    "audit_purge",
    "audit_archive",
    "audit_erase_id",
];
const RELATIONS: [&str; 3] = ["audit_log", "audit_entries", "audit_log_version"];

/// All that an application gives a value: the database gives the others.
fn columns(quote: char) -> String {
    let columns =
        Column::iter().filter(|column| !matches!(column, Column::Id | Column::RecordedAt));
    quoted_names(&columns.collect::<Vec<_>>(), quote)
}

fn quoted_names(columns: &[Column], quote: char) -> String {
    let columns = columns.iter();
    let columns = columns.map(|column| format!("{quote}{}{quote}", column.to_string()));
    columns.collect::<Vec<_>>().join(", ")
}

/// A name on PostgreSQL, in quotes if it needs them.
fn quoted(name: &str) -> String {
    let is_plain = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '_';
    // `public`, `user` and the like are words of the language.
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

/// An account on MySQL, which may be of a host.
fn account(name: &str) -> String {
    let text = |part: &str| format!("'{}'", part.replace('\\', "\\\\").replace('\'', "''"));
    match name.rsplit_once('@') {
        Some((name, host)) => format!("{}@{}", text(name), text(host)),
        None => text(name),
    }
}
