//! Changes that a guard has noted and that have no entry yet.

use sea_orm::{
    ConnectionTrait, Iden,
    sea_query::{Alias, Asterisk, Expr, ExprTrait, Query},
};

use super::{History, where_clause::where_clause};
use crate::{Error, Pending, audit_log, dialect::Family, error::is_unreadable_table};

impl History {
    /// Returns the number of matching changes that have no entry yet: a [guard](crate::schema::guard) has noted them,
    /// and [`collect`](crate::schema::collect) has not been called since.
    ///
    /// Pages do not include it, because it costs a query. On PostgreSQL it is always 0, because a guard writes entries
    /// at once. With a condition on values, it counts all changes that may match.
    ///
    /// ```
    /// # mod user {
    /// #     use audit_runtime::Audited;
    /// #     use sea_orm::entity::prelude::*;
    /// #     #[sea_orm::model]
    /// #     #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    /// #     #[sea_orm(table_name = "users")]
    /// #     #[audited(no_hooks)]
    /// #     pub struct Model {
    /// #         #[sea_orm(primary_key)]
    /// #         pub id: i32,
    /// #         #[audited(update)]
    /// #         pub role: String,
    /// #     }
    /// # }
    /// # use audit_runtime::{prelude::*, schema::{self, GuardMode}};
    /// # use sea_orm::{ConnectionTrait, Schema};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let db = sea_orm::Database::connect("sqlite::memory:").await?;
    /// # schema::install(&db).await?;
    /// # db.execute(&Schema::new(db.get_database_backend()).create_table_from_entity(user::Entity)).await?;
    /// schema::install_guard::<user::Entity>(&db, GuardMode::Capture).await?;
    /// db.execute_unprepared("INSERT INTO users (id, role) VALUES (1, 'admin')").await?;
    ///
    /// let question = History::of::<user::Entity>(1);
    /// assert_eq!(question.pending(&db).await?, 1);
    /// assert_eq!(schema::collect(&db).await?, 1);
    /// assert_eq!(question.pending(&db).await?, 0);
    /// assert_eq!(question.page(&db, None, 50).await?.entries.len(), 1);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::InvalidQuery`] for an invalid query, or a database error.
    pub fn pending<'a, C: ConnectionTrait>(&self, db: &'a C) -> Pending<'a, u64> {
        let question = self.clone();
        Box::pin(async move {
            let family = Family::from(db.get_database_backend());
            if family == Family::Postgres {
                return Ok(0);
            }
            let beyond = question.beyond(None);
            let subject = question.scope.subject(&beyond, db).await?;
            let fields = question.field_conditions()?;
            let conditions = where_clause(&question, &subject, &fields, &beyond, db).await?;
            // A note has the columns of an entry.
            let mut notes = Query::select();
            notes
                .expr_as(Expr::col(Asterisk).count(), "notes")
                .cond_where(conditions.all);
            let log = Alias::new(audit_log::Entity.to_string());
            match family {
                Family::Sqlite => notes.from_as(("main", NOTES), log),
                Family::MySql | Family::Postgres => notes.from_as(NOTES, log),
            };
            match db.query_one(&notes).await {
                Ok(Some(row)) => Ok(u64::try_from(row.try_get::<i64>("", "notes")?).unwrap_or(0)),
                Ok(None) => Ok(0),
                Err(error) if is_unreadable_table(&error) => Ok(0),
                Err(error) => Err(Error::from(error)),
            }
        })
    }
}

const NOTES: &str = "audit_guard_pending";
