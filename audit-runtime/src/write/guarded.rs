//! A connection for plain SeaORM that refuses writes to audited tables.

#[cfg(feature = "stream")]
mod stream;
mod transaction;

use std::{fmt, sync::Arc};

use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement, StatementBuilder,
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

/// A connection for plain SeaORM. Tables of audited entities can only be read through it; other tables can be read and
/// written.
///
/// A plain write to such a table fails with [`Error::PlainWrite`], and SQL given as text that is not a query fails with
/// [`Error::RawSql`]. Neither is sent to the database. SeaORM returns both as [`DbErr::Custom`] with the same text. A
/// service that uses no other connection cannot bypass the log by mistake. Call [`audited`](Self::audited) for audited
/// writes.
///
/// With the feature `stream`, it also returns rows as a stream if the wrapped connection does.
///
/// It reads the text of statements. It does not see changes that the database makes itself, such as a cascade or a
/// function that writes. Install a [guard](crate::schema::guard) for these.
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

    /// The entity type of a table, if it is audited.
    fn entity_type_of(&self, table: &str) -> Option<String> {
        let in_list = self.entities.iter().find(|entity| entity.table() == table);
        in_list
            .map(|entity| entity.entity_type().to_owned())
            .or_else(|| entity_type_of(table))
    }

    /// The connection, if the statement of SeaORM writes to no audited table.
    fn for_built(
        &self,
        statement: &impl StatementBuilder,
        backend: DbBackend,
    ) -> Result<&C, Error> {
        self.for_sql(&backend.build(statement).sql)
    }

    /// The connection, if SQL given as text is a query. Other text may hide its writes.
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
