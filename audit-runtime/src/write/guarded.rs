//! A connection for ordinary SeaORM that refuses what would bypass the log.

#[cfg(feature = "stream")]
use std::future::ready;
use std::{fmt, future::Future, pin::Pin, sync::Arc};

#[cfg(feature = "stream")]
use sea_orm::StreamTrait;
use sea_orm::{
    AccessMode, ConnectionTrait, DbBackend, DbErr, ExecResult, IsolationLevel, QueryResult,
    Statement, StatementBuilder, TransactionError, TransactionOptions, TransactionSession,
    TransactionTrait,
};

use super::{
    audit::{Audit, ConnectionExt},
    transaction::AuditConnection,
};
#[cfg(feature = "entity-registry")]
use crate::schema::know_registered;
use crate::{
    AuditContext, Error,
    audited::known::entity_type_of,
    schema::Entities,
    statement_text::{is_query, writes},
};

/// A connection that ordinary SeaORM reads and writes through, but for the tables of audited entities: those it reads.
///
/// A plain write to such a table is [`Error::PlainWrite`], before the database is reached. So is SQL given as text that is
/// not a query: [`Error::RawSql`]. Through SeaORM they arrive as [`DbErr::Custom`] with the same text. A service that
/// hands out no other connection cannot forget the log; audited writes go by [`audited`](Self::audited).
///
/// With the feature `stream` rows come as a stream, too, where the connection underneath has streams.
///
/// It goes by the text of statements and does not see what the database does by itself, such as a cascade or a function
/// that writes: that takes a [guard](crate::schema::guard).
///
/// ```
/// # mod user {
/// #     use audit_runtime::Audited;
/// #     use sea_orm::entity::prelude::*;
/// #     #[sea_orm::model]
/// #     #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
/// #     #[sea_orm(table_name = "users")]
/// #     #[audited(entity_type = "User", no_hooks)]
/// #     pub struct Model {
/// #         #[sea_orm(primary_key)]
/// #         pub id: i32,
/// #         #[audited(update)]
/// #         pub role: String,
/// #     }
/// # }
/// use audit_runtime::{Guarded, entities, prelude::*};
/// use sea_orm::{ActiveModelTrait, ConnectionTrait, Database, EntityTrait, Schema};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let db = Database::connect("sqlite::memory:").await?;
/// audit_runtime::schema::install(&db).await?;
/// let users = Schema::new(db.get_database_backend()).create_table_from_entity(user::Entity);
/// db.execute(&users).await?;
///
/// let db = Guarded::new(db, entities![user::Entity]);
/// let row = user::ActiveModel { role: Set("user".to_owned()), ..Default::default() };
/// let refused = row.clone().insert(&db).await.unwrap_err();
/// assert!(refused.to_string().ends_with("call db.audited(&context).insert(row) instead"));
///
/// let context = AuditContext::new(Actor::system("import"));
/// db.audited(&context).insert(row).await?;
/// assert_eq!(user::Entity::find().all(&db).await?.len(), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Guarded<C> {
    connection: C,
    entities: Arc<Entities>,
}

impl<C> Guarded<C> {
    /// Guards these entities, and all others that are written audited in this process, or registered.
    pub fn new(connection: C, entities: Entities) -> Self {
        #[cfg(feature = "entity-registry")]
        know_registered();
        let entities = Arc::new(entities);
        Self {
            connection,
            entities,
        }
    }

    fn with<D>(&self, connection: D) -> Guarded<D> {
        let entities = Arc::clone(&self.entities);
        Guarded {
            connection,
            entities,
        }
    }

    /// What entries call the entity of a table, if it is audited.
    fn entity_type_of(&self, table: &str) -> Option<String> {
        let in_list = self.entities.iter().find(|entity| entity.table() == table);
        in_list
            .map(|entity| entity.entity_type().to_owned())
            .or_else(|| entity_type_of(table))
    }

    /// The connection, for a statement of SeaORM's that writes to no audited table.
    fn for_built(
        &self,
        statement: &impl StatementBuilder,
        backend: DbBackend,
    ) -> Result<&C, Error> {
        self.for_sql(&backend.build(statement).sql)
    }

    /// The connection, for SQL given as text, which may hide what it writes: only for a query.
    fn for_text(&self, sql: &str) -> Result<&C, Error> {
        let connection = self.for_sql(sql)?;
        if !is_query(sql) {
            return Err(Error::RawSql);
        }
        Ok(connection)
    }

    fn for_sql(&self, sql: &str) -> Result<&C, Error> {
        for write in writes(sql) {
            if let Some(entity_type) = self.entity_type_of(&write.table) {
                return Err(Error::PlainWrite {
                    entity_type,
                    table: write.table,
                    action: write.action,
                });
            }
        }
        Ok(&self.connection)
    }
}

impl<C: AuditConnection> Guarded<C> {
    /// Writes on this connection in this context, as [`ConnectionExt::audited`].
    pub fn audited<'a>(&'a self, context: &'a AuditContext) -> Audit<'a, C> {
        self.connection.audited(context)
    }
}

impl<C> fmt::Debug for Guarded<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guarded").finish_non_exhaustive()
    }
}

#[sea_orm::prelude::async_trait::async_trait]
impl<C: ConnectionTrait> ConnectionTrait for Guarded<C> {
    fn get_database_backend(&self) -> DbBackend {
        self.connection.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.for_text(&statement.sql)?.execute_raw(statement).await
    }

    async fn execute<S: StatementBuilder>(&self, statement: &S) -> Result<ExecResult, DbErr> {
        let connection = self.for_built(statement, self.connection.get_database_backend())?;
        connection.execute(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.for_text(sql)?.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.for_text(&statement.sql)?
            .query_one_raw(statement)
            .await
    }

    async fn query_one<S: StatementBuilder>(
        &self,
        statement: &S,
    ) -> Result<Option<QueryResult>, DbErr> {
        let connection = self.for_built(statement, self.connection.get_database_backend())?;
        connection.query_one(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.for_text(&statement.sql)?
            .query_all_raw(statement)
            .await
    }

    async fn query_all<S: StatementBuilder>(
        &self,
        statement: &S,
    ) -> Result<Vec<QueryResult>, DbErr> {
        let connection = self.for_built(statement, self.connection.get_database_backend())?;
        connection.query_all(statement).await
    }

    fn support_returning(&self) -> bool {
        self.connection.support_returning()
    }

    fn is_mock_connection(&self) -> bool {
        self.connection.is_mock_connection()
    }
}

#[cfg(feature = "stream")]
impl<C: StreamTrait> StreamTrait for Guarded<C> {
    type Stream<'a>
        = C::Stream<'a>
    where
        Self: 'a;

    fn get_database_backend(&self) -> DbBackend {
        self.connection.get_database_backend()
    }

    fn stream_raw<'a>(&'a self, statement: Statement) -> Streamed<'a, C> {
        match self.for_text(&statement.sql) {
            Ok(connection) => connection.stream_raw(statement),
            Err(refused) => Box::pin(ready(Err(refused.into()))),
        }
    }

    fn stream<'a, S: StatementBuilder + Sync>(&'a self, statement: &S) -> Streamed<'a, C> {
        match self.for_built(statement, self.connection.get_database_backend()) {
            Ok(connection) => connection.stream(statement),
            Err(refused) => Box::pin(ready(Err(refused.into()))),
        }
    }
}

#[cfg(feature = "stream")]
type Streamed<'a, C> =
    Pin<Box<dyn Future<Output = Result<<C as StreamTrait>::Stream<'a>, DbErr>> + Send + 'a>>;

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
