//! The transactions of a guarded connection, which refuse the same writes.

use std::{fmt, pin::Pin};

use sea_orm::{
    AccessMode, DbErr, IsolationLevel, TransactionError, TransactionOptions, TransactionSession,
    TransactionTrait,
};

use super::Guarded;

#[sea_orm::prelude::async_trait::async_trait]
impl<C: TransactionTrait> TransactionTrait for Guarded<C> {
    type Transaction = Guarded<C::Transaction>;

    async fn begin(&self) -> Result<Self::Transaction, DbErr> {
        self.begin_with_config(None, None).await
    }

    async fn begin_with_config(
        &self,
        isolation_level: Option<IsolationLevel>,
        access_mode: Option<AccessMode>,
    ) -> Result<Self::Transaction, DbErr> {
        self.begin_with_options(TransactionOptions {
            isolation_level,
            access_mode,
            sqlite_transaction_mode: None,
        })
        .await
    }

    async fn begin_with_options(
        &self,
        options: TransactionOptions,
    ) -> Result<Self::Transaction, DbErr> {
        let begin = self.connection.begin_with_options(options);
        Ok(self.with(begin.await?))
    }

    async fn transaction<F, T, E>(&self, callback: F) -> Result<T, TransactionError<E>>
    where
        F: for<'c> FnOnce(
                &'c Self::Transaction,
            ) -> Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'c>>
            + Send,
        T: Send,
        E: fmt::Display + fmt::Debug + Send,
    {
        self.transaction_with_config(callback, None, None).await
    }

    async fn transaction_with_config<F, T, E>(
        &self,
        callback: F,
        isolation_level: Option<IsolationLevel>,
        access_mode: Option<AccessMode>,
    ) -> Result<T, TransactionError<E>>
    where
        F: for<'c> FnOnce(
                &'c Self::Transaction,
            ) -> Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'c>>
            + Send,
        T: Send,
        E: fmt::Display + fmt::Debug + Send,
    {
        let begin = self.begin_with_config(isolation_level, access_mode);
        let transaction = begin.await.map_err(TransactionError::Connection)?;
        let outcome = callback(&transaction).await;
        let end = match &outcome {
            Ok(_) => transaction.commit().await,
            Err(_) => transaction.rollback().await,
        };
        end.map_err(TransactionError::Connection)?;
        outcome.map_err(TransactionError::Transaction)
    }
}

#[sea_orm::prelude::async_trait::async_trait]
impl<T: TransactionSession + Send> TransactionSession for Guarded<T> {
    async fn commit(self) -> Result<(), DbErr> {
        self.connection.commit().await
    }

    async fn rollback(self) -> Result<(), DbErr> {
        self.connection.rollback().await
    }
}
