//! A temporary table or view that a session finds in place of the log.

use sea_orm::{ConnectionTrait, DbErr, QueryResult, Statement};

use crate::{Error, dialect::Dialect};

pub(super) struct Hiding {
    /// `table` or `view`.
    pub(super) kind: String,
    /// The statement that drops it.
    pub(super) drop: String,
}

/// Returns the table or view that hides the log on this connection.
pub(super) async fn hiding<C: ConnectionTrait>(
    db: &C,
    dialect: Dialect,
) -> Result<Option<Hiding>, Error> {
    let question = match dialect {
        Dialect::Postgres => POSTGRES,
        Dialect::MySql | Dialect::MariaDb => MYSQL,
        Dialect::Sqlite => SQLITE,
    };
    let question = Statement::from_string(db.get_database_backend(), question);
    let row = db.query_one_raw(question).await;
    match dialect {
        Dialect::Postgres | Dialect::Sqlite => Ok(row?.map(|row| read(&row)).transpose()?),
        // A session sees all its temporary tables, so an error means that there is none.
        Dialect::MySql | Dialect::MariaDb => {
            let create = row.ok().flatten();
            let create = create.and_then(|row| row.try_get_by_index::<String>(1).ok());
            let is_temporary = create.is_some_and(|text| text.starts_with("CREATE TEMPORARY"));
            Ok(is_temporary.then(|| Hiding {
                kind: "table".to_owned(),
                drop: "DROP TEMPORARY TABLE `audit_log`".to_owned(),
            }))
        }
    }
}

fn read(row: &QueryResult) -> Result<Hiding, DbErr> {
    Ok(Hiding {
        kind: row.try_get_by_index(0)?,
        drop: row.try_get_by_index(1)?,
    })
}

const POSTGRES: &str = "SELECT kind, 'DROP ' || upper(kind) || ' pg_temp.audit_log'
FROM pg_class, LATERAL (SELECT CASE relkind WHEN 'v' THEN 'view' ELSE 'table' END AS kind) AS kinds
WHERE relname = 'audit_log' AND relnamespace = pg_my_temp_schema() AND relkind IN ('r', 'p', 'v')";

// Their catalogs do not have it.
const MYSQL: &str = "SHOW CREATE TABLE `audit_log`";

const SQLITE: &str =
    "SELECT type, 'DROP ' || upper(type) || ' temp.audit_log' FROM sqlite_temp_master
WHERE name = 'audit_log' COLLATE NOCASE AND type IN ('table', 'view')";
