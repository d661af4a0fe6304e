//! Optional indexes. Each costs every write, so none is installed by default.

use sea_orm::{ConnectionTrait, DbErr, Statement, TransactionTrait};

use super::lock;
pub use crate::audit_log::Index;
use crate::{
    dialect::{Dialect, Family},
    error::Error,
};

impl Index {
    /// Returns the statement that creates the index, for example for a migration; `None` if the database has no such
    /// index.
    ///
    /// On PostgreSQL, writes wait while an index is created. On a large log, create it by hand with `CREATE INDEX
    /// CONCURRENTLY` and the same name.
    ///
    /// ```
    /// use audit_runtime::schema::{Dialect, Index};
    ///
    /// assert_eq!(
    ///     Index::RequestId.statement(Dialect::Postgres),
    ///     Some(r#"CREATE INDEX "audit_log_request" ON "audit_log" ("request_id", "id")"#),
    /// );
    /// assert_eq!(Index::Changes.statement(Dialect::Sqlite), None);
    /// ```
    pub fn statement(self, dialect: Dialect) -> Option<&'static str> {
        let quotes_twice = dialect.quotes_names_twice();
        match self {
            Self::EntityType if quotes_twice => Some(
                r#"CREATE INDEX "audit_log_entity_type" ON "audit_log" ("entity_type", "id")"#,
            ),
            Self::EntityType => {
                Some("CREATE INDEX `audit_log_entity_type` ON `audit_log` (`entity_type`, `id`)")
            }
            Self::RequestId if quotes_twice => {
                Some(r#"CREATE INDEX "audit_log_request" ON "audit_log" ("request_id", "id")"#)
            }
            Self::RequestId => {
                Some("CREATE INDEX `audit_log_request` ON `audit_log` (`request_id`, `id`)")
            }
            Self::Changes => dialect.family().indexes_json().then_some(
                r#"CREATE INDEX "audit_log_changes" ON "audit_log" USING gin ("changes" jsonb_path_ops)"#,
            ),
        }
    }
}

/// Creates an index, unless it exists. Several processes may call this at the same time.
///
/// ```
/// use audit_runtime::schema::{self, Index};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let db = sea_orm::Database::connect("sqlite::memory:").await?;
/// schema::install(&db).await?;
/// schema::create_index(&db, Index::RequestId).await?;
/// schema::create_index(&db, Index::RequestId).await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// - [`Error::IndexUnsupported`]: the database has no such index.
/// - [`Error::InstallBusy`]: another process holds the lock.
/// - [`Error::Database`]: the database failed.
pub async fn create_index<C>(db: &C, index: Index) -> Result<(), Error>
where
    C: ConnectionTrait + TransactionTrait + Clone + Send + 'static,
{
    if has_index(db, index).await? {
        return Ok(());
    }
    match index {
        Index::EntityType => {
            lock::exclusively(db, |db| Box::pin(create(db, Index::EntityType))).await
        }
        Index::RequestId => {
            lock::exclusively(db, |db| Box::pin(create(db, Index::RequestId))).await
        }
        Index::Changes => lock::exclusively(db, |db| Box::pin(create(db, Index::Changes))).await,
    }
}

/// Creates the index. The caller holds the lock.
async fn create<C: ConnectionTrait>(db: &C, index: Index) -> Result<(), Error> {
    if has_index(db, index).await? {
        return Ok(());
    }
    let dialect = Dialect::of(db).await?;
    let Some(statement) = index.statement(dialect) else {
        return Err(Error::IndexUnsupported { index, dialect });
    };
    db.execute_unprepared(statement).await?;
    Ok(())
}

/// Whether the index exists and is valid.
pub(crate) async fn has_index<C: ConnectionTrait>(db: &C, index: Index) -> Result<bool, Error> {
    let backend = db.get_database_backend();
    let catalog = match Family::from(backend) {
        Family::Postgres => POSTGRES,
        Family::MySql => MYSQL,
        Family::Sqlite => SQLITE,
    };
    let question = Statement::from_sql_and_values(backend, catalog, [index.name().into()]);
    match db.query_one_raw(question).await {
        Ok(found) => Ok(found.is_some()),
        // A restricted connection refuses this query, so only the indexes of every log are used.
        Err(DbErr::RbacError(_) | DbErr::AccessDenied { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

const POSTGRES: &str = "SELECT 1 AS found FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
WHERE indrelid = to_regclass('audit_log') AND relname = $1 AND indisvalid";

const MYSQL: &str = "SELECT 1 AS found FROM information_schema.statistics
WHERE table_schema = DATABASE() AND table_name = 'audit_log' AND index_name = ? LIMIT 1";

const SQLITE: &str = "SELECT 1 AS found FROM sqlite_master WHERE type = 'index' AND tbl_name = 'audit_log' AND name = ?";
