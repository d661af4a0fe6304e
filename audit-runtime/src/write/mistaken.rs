//! Traits for calls that look like audited writes and are not. No type implements them: the compiler's error names the
//! right call.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement};

use super::Audit;

/// An `ActiveModel` that is saved without `unrestricted`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is saved by `audit.unrestricted().save(..)`",
    label = "could set any field",
    note = "what a request may set is limited by a patch, `audit.update(id, patch)`, or a draft, `audit.insert(draft)`"
)]
pub trait Save {
    type Output;

    fn save(self) -> Self::Output;
}

/// A connection whose `Audit` is also a connection. The bound is not on the `Audit` itself, because rustc would then
/// report `ConnectionTrait` instead.
#[diagnostic::on_unimplemented(
    message = "an `Audit` is no connection of SeaORM, whose own writes leave no entry",
    label = "no connection of SeaORM",
    note = "write by its methods: `audit.insert(row)`, `audit.update(id, patch)`, `audit.delete::<user::Entity>(id)`, or `audit.unrestricted().save(active_model)`",
    note = "read through `audit.connection()`"
)]
pub trait Plain {}

#[sea_orm::prelude::async_trait::async_trait]
impl<C: ConnectionTrait + Plain> ConnectionTrait for Audit<'_, C> {
    fn get_database_backend(&self) -> DbBackend {
        self.connection.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.connection.execute_raw(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.connection.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.connection.query_one_raw(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.connection.query_all_raw(statement).await
    }
}
