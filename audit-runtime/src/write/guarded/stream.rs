//! Rows of a guarded connection as a stream.

use std::{
    future::{Future, ready},
    pin::Pin,
};

use sea_orm::{DbBackend, DbErr, Statement, StatementBuilder, StreamTrait};

use super::Guarded;

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

type Streamed<'a, C> =
    Pin<Box<dyn Future<Output = Result<<C as StreamTrait>::Stream<'a>, DbErr>> + Send + 'a>>;
