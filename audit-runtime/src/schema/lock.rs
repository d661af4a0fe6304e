//! The lock of the installation: one process installs at a time.

use std::pin::Pin;

use sea_orm::{
    ConnectionTrait, DbErr, SqliteTransactionMode, Statement, TransactionOptions,
    TransactionSession, TransactionTrait, TryGetable,
};

use crate::{Error, dialect::Family};

/// Work under the lock, on the connection that holds it.
pub(crate) type Work<C, R = ()> =
    for<'c> fn(&'c C) -> Pin<Box<dyn Future<Output = Result<R, Error>> + Send + 'c>>;

/// Runs the work in its own transaction. On MySQL and MariaDB that ends with the first DDL statement.
///
/// It runs to completion even if the caller is dropped, because a dropped `begin` leaves its transaction open in the
/// pool.
pub(crate) async fn exclusively<C, R>(db: &C, work: Work<C::Transaction, R>) -> Result<R, Error>
where
    C: TransactionTrait + Clone + Send + 'static,
    R: Send + 'static,
{
    let db = db.clone();
    let task = tokio::spawn(async move {
        let transaction = db.begin_with_options(IMMEDIATE).await?;
        let done = exclusively_in(&transaction, work).await?;
        transaction.commit().await?;
        Ok(done)
    });
    task.await
        .map_err(|error| DbErr::Custom(error.to_string()))?
}

/// Runs the work in the given transaction.
pub(super) async fn exclusively_in<C: ConnectionTrait, R>(
    db: &C,
    work: Work<C, R>,
) -> Result<R, Error> {
    lock(db).await?;
    let done = work(db).await;
    unlock(db).await?;
    done
}

/// Runs the work on one connection without a transaction, because some statements of PostgreSQL cannot run in one.
///
/// It runs to completion, as [`exclusively`] does. It fails instead of waiting: a waiting statement has a snapshot, and
/// the creation of an index would wait for that.
pub(super) async fn alone<C, R>(db: &C, work: Work<C::Transaction, R>) -> Result<R, Error>
where
    C: TransactionTrait + Clone + Send + 'static,
    R: Send + 'static,
{
    let db = db.clone();
    let task = tokio::spawn(async move {
        // A transaction keeps its connection, even after a COMMIT as text. After a BEGIN as text, it ends as usual.
        let session = db.begin().await?;
        session.execute_unprepared("COMMIT").await?;
        let done = alone_in(&session, work).await;
        session.execute_unprepared("BEGIN").await?;
        session.commit().await?;
        done
    });
    task.await
        .map_err(|error| DbErr::Custom(error.to_string()))?
}

async fn alone_in<C: ConnectionTrait, R>(session: &C, work: Work<C, R>) -> Result<R, Error> {
    if !answer::<bool, _>(
        session,
        "SELECT pg_try_advisory_lock(hashtext('audit_log_upgrade'))",
    )
    .await?
    {
        return Err(Error::InstallBusy);
    }
    // An index of a large log may take longer than the timeout of the application.
    let timeout: String = answer(session, "SELECT current_setting('statement_timeout')").await?;
    session
        .execute_unprepared("SET statement_timeout = 0")
        .await?;
    let done = work(session).await;
    session
        .execute_unprepared(&format!("SET statement_timeout = '{timeout}'"))
        .await?;
    session
        .execute_unprepared("SELECT pg_advisory_unlock(hashtext('audit_log_upgrade'))")
        .await?;
    done
}

/// The only value of the only row.
async fn answer<T: TryGetable, C: ConnectionTrait>(db: &C, question: &str) -> Result<T, Error> {
    let question = Statement::from_string(db.get_database_backend(), question);
    let row = db.query_one_raw(question).await?;
    let row = row.ok_or_else(|| DbErr::RecordNotFound(String::new()))?;
    Ok(row.try_get_by_index(0)?)
}

const IMMEDIATE: TransactionOptions = TransactionOptions {
    isolation_level: None,
    access_mode: None,
    sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
};

async fn lock<C: ConnectionTrait>(db: &C) -> Result<(), Error> {
    let backend = db.get_database_backend();
    match Family::from(backend) {
        Family::Postgres => {
            db.execute_unprepared("SELECT pg_advisory_xact_lock(hashtext('audit_log'))")
                .await?;
        }
        Family::MySql => {
            let question = Statement::from_string(
                backend,
                format!("SELECT GET_LOCK({MYSQL_LOCK}, 60) AS locked"),
            );
            let locked: Option<i64> = match db.query_one_raw(question).await? {
                Some(row) => row.try_get("", "locked")?,
                None => None,
            };
            if locked != Some(1) {
                return Err(Error::InstallBusy);
            }
        }
        // An immediate transaction is the lock.
        Family::Sqlite => {}
    }
    Ok(())
}

async fn unlock<C: ConnectionTrait>(db: &C) -> Result<(), Error> {
    match Family::of(db) {
        Family::MySql => {
            db.execute_unprepared(&format!("DO RELEASE_LOCK({MYSQL_LOCK})"))
                .await?;
        }
        // The lock ends with its transaction.
        Family::Postgres | Family::Sqlite => {}
    }
    Ok(())
}

// Lock names belong to the whole server, and have no more than 64 characters.
// MySQL 9.6 and later have MD5 and SHA1 in a component that is not loaded by default.
const MYSQL_LOCK: &str = "CONCAT('audit_log.', LEFT(SHA2(DATABASE(), 256), 32))";
