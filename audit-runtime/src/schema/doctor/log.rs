//! The log itself: what belongs to it and what does not.

use sea_orm::ConnectionTrait;

use super::{
    super::{
        append_only,
        hidden::{self, Hiding},
        installed,
        privilege::may,
        tables, view,
    },
    ask::{NONE, ask},
    report::{Code, Finding, Severity},
};
use crate::{Error, dialect::Dialect};

/// Looks at the log, and tells whether there is one.
pub(super) async fn examine<C: ConnectionTrait>(
    db: &C,
    dialect: Dialect,
    findings: &mut Vec<Finding>,
) -> Result<bool, Error> {
    if is_hidden(db, dialect, findings).await? {
        // The catalog's answers would be about that one.
        return Ok(false);
    }
    let relations = installed::relations(db).await?;
    if !relations.contains_key("audit_log") {
        let missing = Finding::new(
            Code::LogMissing,
            Severity::Error,
            "audit_log",
            "is not there",
            "Nothing audited can be written",
        );
        let missing = missing.mended_by(super::super::statements(dialect));
        findings.push(missing.or_by(INSTALL));
        return Ok(false);
    }
    if !identity(db, dialect, findings).await? {
        return Ok(true);
    }
    if dialect.hides_triggers() && !may(db, "TRIGGER").await? {
        findings.push(Finding::new(
            Code::Unseen,
            Severity::Note,
            "audit_log",
            "has triggers and indexes that this account does not see",
            "Examine once more by the account that installs the log: Doctor::by_owner",
        ));
        return Ok(true);
    }
    for trigger in append_only::defects(db, dialect).await? {
        let mend = append_only::creation(dialect, std::slice::from_ref(&trigger));
        let defect = Finding::new(
            Code::LogProtection,
            Severity::Error,
            trigger,
            "is missing, disabled or changed",
            "Entries can be changed or deleted",
        );
        findings.push(defect.mended_by(mend).or_by(INSTALL));
    }
    indexes(db, dialect, findings).await?;
    foreign(db, dialect, findings).await?;
    storage(db, dialect, findings).await?;
    Ok(true)
}

const INSTALL: &str = "audit_runtime::schema::install(&db)";

/// Whether the relations are this crate's, in their version.
async fn identity<C: ConnectionTrait>(
    db: &C,
    dialect: Dialect,
    findings: &mut Vec<Finding>,
) -> Result<bool, Error> {
    let why = "Entries are not stored or not read as this crate means them";
    let finding = match installed::state(db).await {
        Ok(installed::State::Incomplete) => {
            let rest = [view::statement(dialect)]
                .into_iter()
                .chain(installed::statements(dialect));
            Finding::new(
                Code::LogMissing,
                Severity::Error,
                "audit_entries or audit_log_version",
                "is not there",
                "The log is there, and not all that belongs to it: an installation was cut short, or something was dropped",
            )
            .mended_by(rest)
            .or_by(INSTALL)
        }
        Ok(installed::State::Unprotected(_) | installed::State::Complete) => return Ok(true),
        Err(Error::ForeignTable {
            table: "audit_entries",
            missing,
        }) => {
            let what = format!("has no column {}", missing.join(", "));
            let mend = [
                "DROP VIEW audit_entries".to_owned(),
                view::statement(dialect),
            ];
            Finding::new(
                Code::LogForeign,
                Severity::Error,
                "audit_entries",
                what,
                why,
            )
            .mended_by(mend)
        }
        Err(Error::ForeignTable { table, missing }) => {
            let what = format!("has no column {}", missing.join(", "));
            findings.push(Finding::new(
                Code::LogForeign,
                Severity::Error,
                table,
                what,
                why,
            ));
            return Ok(false);
        }
        Err(Error::DifferentColumns { differences }) => {
            let what = format!("differs: {}", differences.join(", "));
            Finding::new(Code::LogColumns, Severity::Error, "audit_log", what, why)
        }
        Err(Error::NewerSchema { installed, known }) => Finding::new(
            Code::LogNewer,
            Severity::Note,
            "audit_log_version",
            format!("is {installed}, and this build knows {known}"),
            "A later version of this crate runs beside this one: upgrade",
        ),
        Err(Error::HiddenColumns { table, .. }) => Finding::new(
            Code::Unseen,
            Severity::Warning,
            table,
            "is hidden from this account",
            "It cannot check the log: grant it SELECT on audit_log_version",
        ),
        Err(error) => return Err(error),
    };
    findings.push(finding);
    Ok(true)
}

/// Whether this session finds a temporary table or view in place of the log.
async fn is_hidden<C: ConnectionTrait>(
    db: &C,
    dialect: Dialect,
    findings: &mut Vec<Finding>,
) -> Result<bool, Error> {
    let Some(Hiding { kind, drop }) = hidden::hiding(db, dialect).await? else {
        return Ok(false);
    };
    let hidden = Finding::new(
        Code::LogHidden,
        Severity::Error,
        "audit_log",
        format!("is hidden by a temporary {kind} of this session"),
        "What raw SQL means for the log goes there, and audited writes fail",
    );
    findings.push(hidden.mended_by([drop]));
    Ok(true)
}

/// The indexes of the statements that create the log, and on PostgreSQL others that are invalid.
async fn indexes<C: ConnectionTrait>(
    db: &C,
    dialect: Dialect,
    findings: &mut Vec<Finding>,
) -> Result<(), Error> {
    let catalog = match dialect {
        Dialect::Postgres => INDEXES_POSTGRES,
        Dialect::MySql | Dialect::MariaDb => INDEXES_MYSQL,
        Dialect::Sqlite => INDEXES_SQLITE,
    };
    let found: Vec<[String; 3]> = ask(db, catalog, NONE).await?;
    for (name, columns, create) in expected_indexes(dialect) {
        let is_found = |[found, of, state]: &&[String; 3]| {
            *found == name && *of == columns && state.is_empty()
        };
        if found.iter().any(|index| is_found(&index)) {
            continue;
        }
        let drop = found.iter().any(|[found, ..]| *found == name);
        let drop = drop.then(|| match dialect {
            Dialect::Postgres | Dialect::Sqlite => format!(r#"DROP INDEX "{name}""#),
            Dialect::MySql | Dialect::MariaDb => format!("DROP INDEX `{name}` ON `audit_log`"),
        });
        let defect = Finding::new(
            Code::LogIndex,
            Severity::Warning,
            &*name,
            "is missing, invalid or of other columns",
            "Histories are read slowly",
        );
        findings.push(defect.mended_by(drop.into_iter().chain([create])));
    }
    Ok(())
}

/// Name, columns and statement, read from the statements that create the log.
fn expected_indexes(dialect: Dialect) -> Vec<(String, String, String)> {
    let statements = tables::statements(dialect);
    let lines = statements.iter().flat_map(|statement| statement.lines());
    let lines = lines.filter_map(|line| {
        let line = line.trim().trim_end_matches(',');
        let create = match line.strip_prefix("INDEX ") {
            Some(_) => format!("ALTER TABLE `audit_log` ADD {line}"),
            None if line.starts_with("CREATE INDEX") => line.to_owned(),
            None => return None,
        };
        let (head, columns) = line.rsplit_once('(')?;
        let name = head.split(['"', '`']).nth(1)?.to_owned();
        let columns = columns.trim_end_matches(')').replace(['"', '`', ' '], "");
        Some((name, columns, create))
    });
    lines.collect()
}

// One that `CREATE INDEX CONCURRENTLY` is building is invalid for now.
const INDEXES_POSTGRES: &str =
    "SELECT relname::text, (SELECT string_agg(attname, ',' ORDER BY attnum)
    FROM pg_attribute WHERE attrelid = indexrelid),
    CASE WHEN indisvalid AND indisready OR EXISTS (SELECT FROM pg_stat_progress_create_index
        WHERE index_relid = indexrelid) THEN '' ELSE 'invalid' END
FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid WHERE indrelid = to_regclass('audit_log')";

const INDEXES_MYSQL: &str = "SELECT CAST(index_name AS char), CAST(GROUP_CONCAT(column_name ORDER BY seq_in_index) AS char), ''
FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = 'audit_log' GROUP BY index_name";

const INDEXES_SQLITE: &str = "SELECT indexes.name, (SELECT group_concat(columns.name) FROM (
    SELECT name FROM pragma_index_info(indexes.name) ORDER BY seqno) AS columns), ''
FROM pragma_index_list('audit_log') AS indexes";

/// Triggers and rules on the log that are not this crate's.
async fn foreign<C: ConnectionTrait>(
    db: &C,
    dialect: Dialect,
    findings: &mut Vec<Finding>,
) -> Result<(), Error> {
    let catalog = match dialect {
        Dialect::Postgres => FOREIGN_POSTGRES,
        Dialect::MySql | Dialect::MariaDb => FOREIGN_MYSQL,
        Dialect::Sqlite => FOREIGN_SQLITE,
    };
    let found: Vec<[String; 3]> = ask(db, catalog, NONE).await?;
    for [name, kind, drop] in found {
        let ours = |statement: &String| statement.split(['"', '`']).nth(1) == Some(&*name);
        if append_only::statements(dialect).iter().any(ours) || is_of_this_crate(&name) {
            continue;
        }
        let foreign = Finding::new(
            Code::LogTrigger,
            Severity::Warning,
            name,
            format!("is a {kind} on audit_log that this crate has not created"),
            "It can change or suppress entries, and then audited writes fail",
        );
        findings.push(foreign.mended_by([drop]));
    }
    Ok(())
}

/// Of guards, or of retention.
fn is_of_this_crate(trigger: &str) -> bool {
    trigger.starts_with("audit_guard_") || trigger == "audit_log_purge_only"
}

const FOREIGN_POSTGRES: &str =
    "SELECT tgname::text, 'trigger', format('DROP TRIGGER %I ON %s', tgname, tgrelid::regclass)
    FROM pg_trigger WHERE tgrelid = to_regclass('audit_log') AND NOT tgisinternal
UNION ALL SELECT rulename::text, 'rule', format('DROP RULE %I ON %s', rulename, ev_class::regclass)
    FROM pg_rewrite WHERE ev_class = to_regclass('audit_log') AND rulename <> '_RETURN'";

const FOREIGN_MYSQL: &str = "SELECT CAST(trigger_name AS char), 'trigger', CAST(CONCAT('DROP TRIGGER `', trigger_name, '`') AS char)
FROM information_schema.triggers WHERE event_object_schema = DATABASE() AND event_object_table = 'audit_log'";

const FOREIGN_SQLITE: &str = r#"SELECT name, 'trigger', 'DROP TRIGGER "' || name || '"' FROM sqlite_master
WHERE type = 'trigger' AND tbl_name = 'audit_log'
UNION ALL SELECT name, 'trigger', 'DROP TRIGGER temp."' || name || '"' FROM sqlite_temp_master
WHERE type = 'trigger' AND tbl_name = 'audit_log'"#;

/// How its rows are stored, who sees them and how they are numbered.
async fn storage<C: ConnectionTrait>(
    db: &C,
    dialect: Dialect,
    findings: &mut Vec<Finding>,
) -> Result<(), Error> {
    let catalog = match dialect {
        Dialect::Postgres => STORAGE_POSTGRES,
        Dialect::MySql | Dialect::MariaDb => STORAGE_MYSQL,
        Dialect::Sqlite => return Ok(()),
    };
    let found: Vec<[String; 2]> = ask(db, catalog, NONE).await?;
    for [problem, mend] in found {
        let (code, severity, what, why) = match &*problem {
            "unlogged" => (
                Code::LogStorage,
                Severity::Error,
                "is UNLOGGED".to_owned(),
                "It is empty after a crash",
            ),
            "row security" => (
                Code::LogRowSecurity,
                Severity::Warning,
                "has row security".to_owned(),
                "Policies decide which entries are written and seen",
            ),
            "sequence" => (
                Code::LogIds,
                Severity::Warning,
                "has ids from a sequence with a cache, a cycle or another increment".to_owned(),
                "Ids are to be in the order of entries",
            ),
            engine => (
                Code::LogStorage,
                Severity::Error,
                format!("is stored by {engine}"),
                "Only InnoDB keeps change and entry together",
            ),
        };
        findings.push(Finding::new(code, severity, "audit_log", what, why).mended_by([mend]));
    }
    Ok(())
}

const STORAGE_POSTGRES: &str = "SELECT problem, 'ALTER TABLE audit_log ' || mend
FROM pg_class, LATERAL (VALUES
    ('unlogged', 'SET LOGGED', relpersistence = 'u'),
    ('row security', 'DISABLE ROW LEVEL SECURITY', relrowsecurity),
    ('sequence', 'ALTER COLUMN id SET CACHE 1 SET NO CYCLE SET INCREMENT BY 1', EXISTS (
        SELECT FROM pg_depend JOIN pg_sequence ON seqrelid = objid
        WHERE refobjid = pg_class.oid AND deptype = 'i' AND (seqcache > 1 OR seqcycle OR seqincrement <> 1)))
) AS problems(problem, mend, is_so)
WHERE pg_class.oid = to_regclass('audit_log') AND is_so";

const STORAGE_MYSQL: &str = "SELECT CAST(engine AS char), 'ALTER TABLE `audit_log` ENGINE = InnoDB'
FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'audit_log' AND engine <> 'InnoDB'";
