//! The indexes of the log.

use sea_orm::ConnectionTrait;

use super::{
    super::{installed, tables, upgrade, version::VERSION},
    ask::{NONE, ask},
    report::{Code, Finding, Severity},
};
use crate::{Error, dialect::Dialect};

/// An index, from the statement that creates it or from the catalog.
#[derive(Debug, PartialEq, Eq)]
struct Index {
    name: String,
    columns: String,
    /// Empty if it has every row.
    rows: String,
}

/// Examines the indexes of the statements that create the log, and finds those of earlier versions.
pub(super) async fn examine<C: ConnectionTrait>(
    db: &C,
    dialect: Dialect,
    findings: &mut Vec<Finding>,
) -> Result<(), Error> {
    let installed = installed::version(db)
        .await?
        .map(|version| version.installed);
    if installed.is_some_and(|installed| installed > VERSION) {
        // The indexes of a later version are not known here.
        return Ok(());
    }
    let changed = match installed {
        // The finding of the outdated version includes these indexes.
        Some(installed) if installed < VERSION => upgrade::upgrade_statements(dialect),
        Some(_) | None => Vec::new(),
    };
    let catalog = match dialect {
        Dialect::Postgres => POSTGRES,
        Dialect::MySql | Dialect::MariaDb => MYSQL,
        Dialect::Sqlite => SQLITE,
    };
    let found: Vec<[String; 4]> = ask(db, catalog, NONE).await?;
    let find = |name: &str| found.iter().find(|[found, ..]| found == name);
    for (index, create) in expected(dialect) {
        if changed
            .iter()
            .any(|change| change.contains(&quoted(&index.name)))
        {
            continue;
        }
        let found = find(&index.name);
        let is_it = |[_, columns, rows, state]: &[String; 4]| {
            (columns, &canonical(rows), &**state) == (&index.columns, &index.rows, "")
        };
        if found.is_some_and(is_it) {
            continue;
        }
        let drop = found.map(|_| drop(&index.name, dialect));
        let defect = Finding::new(
            Code::LogIndex,
            Severity::Warning,
            index.name,
            "is missing, invalid or of other columns",
            "Histories are read slowly",
        );
        findings.push(defect.mended_by(drop.into_iter().chain([create])));
    }
    for name in upgrade::dropped(dialect) {
        if changed.is_empty() && find(name).is_some() {
            let defect = Finding::new(
                Code::LogIndex,
                Severity::Warning,
                *name,
                "is an index of an earlier version",
                "Every entry costs more than it has to",
            );
            findings.push(defect.mended_by([drop(name, dialect)]));
        }
    }
    Ok(())
}

fn drop(name: &str, dialect: Dialect) -> String {
    match dialect {
        Dialect::Postgres => format!(r#"DROP INDEX CONCURRENTLY "{name}""#),
        Dialect::Sqlite => format!(r#"DROP INDEX "{name}""#),
        Dialect::MySql | Dialect::MariaDb => format!("DROP INDEX `{name}` ON `audit_log`"),
    }
}

/// Each index, with the statement that creates it, read from the statements that create the log.
fn expected(dialect: Dialect) -> Vec<(Index, String)> {
    let statements = tables::statements(dialect);
    let lines = statements.iter().flat_map(|statement| statement.lines());
    let lines = lines.filter_map(|line| {
        let line = line.trim().trim_end_matches(',');
        let create = match (line.strip_prefix("INDEX "), dialect) {
            (Some(_), _) => format!("ALTER TABLE `audit_log` ADD {line}"),
            (None, _) if !line.starts_with("CREATE INDEX") => return None,
            (None, Dialect::Postgres) => line.replacen("INDEX", "INDEX CONCURRENTLY", 1),
            (None, Dialect::MySql | Dialect::MariaDb | Dialect::Sqlite) => line.to_owned(),
        };
        let (head, rest) = line.split_once('(')?;
        let (columns, rows) = rest.split_once(')')?;
        let index = Index {
            name: head.split(['"', '`']).nth(1)?.to_owned(),
            columns: canonical(columns),
            rows: canonical(rows.trim_start_matches(" WHERE ")),
        };
        Some((index, create))
    });
    lines.collect()
}

/// Removes quotes, blanks, parentheses and casts, which differ in catalogs.
fn canonical(text: &str) -> String {
    text.replace("::text", "")
        .replace(['"', '`', ' ', '(', ')'], "")
}

fn quoted(name: &str) -> String {
    format!(r#""{name}""#)
}

// An index that `CREATE INDEX CONCURRENTLY` is building is not valid yet.
const POSTGRES: &str = "SELECT relname::text, (SELECT string_agg(attname, ',' ORDER BY attnum)
    FROM pg_attribute WHERE attrelid = indexrelid), pg_get_expr(indpred, indrelid),
    CASE WHEN indisvalid AND indisready OR EXISTS (SELECT FROM pg_stat_progress_create_index
        WHERE index_relid = indexrelid) THEN '' ELSE 'invalid' END
FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid WHERE indrelid = to_regclass('audit_log')";

const MYSQL: &str = "SELECT CAST(index_name AS char), CAST(GROUP_CONCAT(column_name ORDER BY seq_in_index) AS char), '', ''
FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = 'audit_log' GROUP BY index_name";

const SQLITE: &str = "SELECT indexes.name, (SELECT group_concat(columns.name) FROM (
    SELECT name FROM pragma_index_info(indexes.name) ORDER BY seqno) AS columns),
    CASE WHEN instr(sql, ' WHERE ') > 0 THEN substr(sql, instr(sql, ' WHERE ') + 7) END, ''
FROM pragma_index_list('audit_log') AS indexes JOIN sqlite_master USING (name)";
