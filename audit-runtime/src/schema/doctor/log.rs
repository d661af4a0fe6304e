//! Examines the objects of the log: those that belong to it, and those that do not.

use sea_orm::ConnectionTrait;

use super::{
    super::{
        append_only,
        hidden::{self, Hiding},
        installed,
        privilege::may,
        upgrade, version, view,
    },
    ask::{NONE, ask},
    indexes,
    report::{Code, Finding, Severity},
};
use crate::{Error, dialect::Dialect};

/// Examines the log, and returns whether there is one.
pub(super) async fn examine<C: ConnectionTrait>(
    db: &C,
    dialect: Dialect,
    findings: &mut Vec<Finding>,
) -> Result<bool, Error> {
    if is_hidden(db, dialect, findings).await? {
        // The catalog would describe the hiding one.
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
            "has triggers and indexes that this account cannot see",
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
    indexes::examine(db, dialect, findings).await?;
    foreign(db, dialect, findings).await?;
    storage(db, dialect, findings).await?;
    Ok(true)
}

const INSTALL: &str = "audit_runtime::schema::install(&db)";

/// Examines whether the relations are those of this crate and version.
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
                .chain(version::statements(dialect));
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
        Ok(installed::State::Outdated(installed)) => Finding::new(
            Code::LogOutdated,
            Severity::Warning,
            "audit_log",
            format!(
                "has version {installed} of the schema, and this build installs {}",
                version::VERSION
            ),
            "It works, and costs more than it has to",
        )
        .mended_by(upgrade::remaining(db, dialect).await?)
        .or_by(INSTALL),
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

/// Finds triggers and rules on the log that are not of this crate.
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

/// Whether it belongs to guards or retention.
fn is_of_this_crate(trigger: &str) -> bool {
    trigger.starts_with("audit_guard_")
        || matches!(trigger, "audit_log_purge_only" | "audit_log_erase_only")
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

/// Examines the storage, row security and ids of the log.
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
