//! A connection that fails, stops or kills the process at its n-th point, or pauses at every point. A point is before or
//! after a statement.

use std::{
    future::{Future, pending},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicIsize, Ordering},
    },
};

use audit_runtime::{
    __private::{Pool, Sealed},
    AuditConnection, Transaction,
};
use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    ExecResult, IsolationLevel, QueryResult, Statement, TransactionError, TransactionOptions,
    TransactionSession, TransactionTrait, prelude::async_trait::async_trait,
};
use tokio::task::yield_now;

#[derive(Clone, Copy, Debug)]
pub enum Strike {
    /// The statement is not sent, or its result is lost, and the caller sees an error.
    Fail,
    /// The process dies.
    Abort,
    /// The statement never continues.
    Stop,
    /// Every statement waits for one more poll, so that a fast reply does not complete at once.
    Pause,
}

#[derive(Clone, Debug)]
pub struct Fault {
    strike: Strike,
    remaining: Arc<AtomicIsize>,
    pub spares_commit: bool,
}

impl Fault {
    pub fn at(point: usize, strike: Strike) -> Self {
        Self {
            strike,
            remaining: Arc::new(AtomicIsize::new(point as isize)),
            spares_commit: false,
        }
    }

    /// The number of points that were passed.
    pub fn points(&self, start: usize) -> usize {
        start - self.remaining.load(Ordering::SeqCst) as usize
    }

    /// Whether the point was reached.
    pub fn struck(&self) -> bool {
        self.remaining.load(Ordering::SeqCst) < 0
    }

    async fn point(&self) -> Result<(), DbErr> {
        let is_next = self.remaining.fetch_sub(1, Ordering::SeqCst) == 0;
        match self.strike {
            Strike::Pause => yield_now().await,
            Strike::Abort if is_next => std::process::abort(),
            Strike::Fail if is_next => return Err(DbErr::Custom("injected".to_owned())),
            Strike::Stop if is_next => pending().await,
            Strike::Abort | Strike::Fail | Strike::Stop => {}
        }
        Ok(())
    }

    async fn around<T>(&self, call: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
        self.point().await?;
        let result = call.await;
        self.point().await?;
        result
    }
}

#[derive(Clone, Debug)]
pub struct Faulty<C> {
    pub inner: C,
    pub fault: Fault,
}

impl Sealed for Faulty<DatabaseConnection> {}
impl AuditConnection for Faulty<DatabaseConnection> {}
impl Pool for Faulty<DatabaseConnection> {
    type Itself = Self;

    fn itself(&self) -> &Self {
        self
    }
}

impl Sealed for Faulty<DatabaseTransaction> {}
impl Transaction for Faulty<DatabaseTransaction> {
    type Pool = Faulty<DatabaseConnection>;
    const RESTRICTED: bool = false;
}

#[async_trait]
impl<C: ConnectionTrait> ConnectionTrait for Faulty<C> {
    fn get_database_backend(&self) -> DbBackend {
        self.inner.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.fault.around(self.inner.execute_raw(statement)).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.fault.around(self.inner.execute_unprepared(sql)).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.fault.around(self.inner.query_one_raw(statement)).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.fault.around(self.inner.query_all_raw(statement)).await
    }

    fn support_returning(&self) -> bool {
        self.inner.support_returning()
    }
}

#[async_trait]
impl TransactionSession for Faulty<DatabaseTransaction> {
    async fn commit(self) -> Result<(), DbErr> {
        let Self { inner, fault } = self;
        if fault.spares_commit {
            return inner.commit().await;
        }
        fault.around(inner.commit()).await
    }

    async fn rollback(self) -> Result<(), DbErr> {
        self.inner.rollback().await
    }
}

#[async_trait]
impl<C> TransactionTrait for Faulty<C>
where
    C: TransactionTrait<Transaction = DatabaseTransaction>,
{
    type Transaction = Faulty<DatabaseTransaction>;

    async fn begin(&self) -> Result<Self::Transaction, DbErr> {
        self.begin_with_options(TransactionOptions::default()).await
    }

    async fn begin_with_config(
        &self,
        isolation_level: Option<IsolationLevel>,
        access_mode: Option<AccessMode>,
    ) -> Result<Self::Transaction, DbErr> {
        self.begin_with_options(TransactionOptions {
            isolation_level,
            access_mode,
            ..Default::default()
        })
        .await
    }

    async fn begin_with_options(
        &self,
        options: TransactionOptions,
    ) -> Result<Self::Transaction, DbErr> {
        let inner = self
            .fault
            .around(self.inner.begin_with_options(options))
            .await?;
        Ok(Faulty {
            inner,
            fault: self.fault.clone(),
        })
    }

    async fn transaction<F, T, E>(&self, _work: F) -> Result<T, TransactionError<E>>
    where
        F: for<'c> FnOnce(
                &'c Self::Transaction,
            ) -> Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'c>>
            + Send,
        T: Send,
        E: std::fmt::Display + std::fmt::Debug + Send,
    {
        unimplemented!("the library opens its transactions with begin_with_options")
    }

    async fn transaction_with_config<F, T, E>(
        &self,
        work: F,
        _isolation_level: Option<IsolationLevel>,
        _access_mode: Option<AccessMode>,
    ) -> Result<T, TransactionError<E>>
    where
        F: for<'c> FnOnce(
                &'c Self::Transaction,
            ) -> Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'c>>
            + Send,
        T: Send,
        E: std::fmt::Display + std::fmt::Debug + Send,
    {
        self.transaction(work).await
    }
}
