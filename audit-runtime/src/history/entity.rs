//! The extension trait that reads the past of an entity's rows.

use sea_orm::{ConnectionTrait, sea_query::IntoValueTuple};

use super::{Difference, Moment, Past, Tenure, difference, state_at::state_at, timeline};
use crate::{
    Pending,
    audited::{Audited, ColumnOf, IntoKey},
};

/// The past of an audited entity's rows.
pub trait AuditedEntity: Audited {
    /// Returns the row with this id at a moment: a `DateTime` by the database's clock, or an [`Entry`](crate::Entry) or
    /// its id, which means right after that entry. `None` if there was no such row.
    ///
    /// The method starts at the current row, or at its deletion, and undoes later entries. So it also works for rows
    /// that are older than the log, and a recent moment costs less than an early one. A value is known if the entries
    /// after the moment, and up to 200 entries before it, agree on it. Any other is
    /// [`Unknown`](super::PastValue::Unknown).
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
    /// #         #[audited(create, update)]
    /// #         pub role: String,
    /// #     }
    /// # }
    /// # use audit_runtime::prelude::*;
    /// # use sea_orm::{ConnectionTrait, Database, Schema};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let db = Database::connect("sqlite::memory:").await?;
    /// # audit_runtime::schema::install(&db).await?;
    /// # db.execute(&Schema::new(db.get_database_backend()).create_table_from_entity(user::Entity)).await?;
    /// # let context = AuditContext::new(Actor::system("test"));
    /// # let audit = db.audited(&context);
    /// let john = audit.insert(user::Draft::new().role("user")).await?;
    /// audit.update(john.id, user::Patch::new().role("admin")).await?;
    ///
    /// let created = &History::of::<user::Entity>(john.id).page(&db, None, 1).await?.entries[0];
    /// let past = user::Entity::state_at(john.id, created, &db).await?.unwrap();
    /// assert_eq!(past.value(user::Column::Role), Some(&"user".into()));
    /// assert_eq!(past.model()?, john);
    ///
    /// assert!(user::Entity::state_at(john.id, Moment::before(created), &db).await?.is_none());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Keys in another spelling
    ///
    /// A column may treat two texts as equal: with a case-insensitive collation, as `citext`, or with the blanks of a
    /// `char(n)`. If the row exists, its stored key counts. Otherwise the log is searched for a key that the table
    /// would treat as equal; each part of a composite key is compared like its own column. A row with its own entries
    /// is not an earlier row with another spelling: pass that spelling to find the earlier one. If the database cannot
    /// say how a column compares, as on a `RestrictedConnection`, and nothing is found as given, every value is
    /// [`Reason::KeySpelling`](crate::Reason::KeySpelling).
    ///
    /// # Errors
    ///
    /// [`Error::LogMissing`](crate::Error::LogMissing), or a database error.
    fn state_at<'c, C: ConnectionTrait>(
        id: impl IntoKey<Self>,
        moment: impl Into<Moment>,
        db: &'c C,
    ) -> Pending<'c, Option<Past<Self>>> {
        let (key, moment) = (id.into_key().into_value_tuple(), moment.into());
        Box::pin(async move { state_at(key, moment, None, db).await })
    }

    /// Returns the difference between two moments.
    ///
    /// # Errors
    ///
    /// As [`state_at`](Self::state_at).
    fn history_between<'c, C: ConnectionTrait>(
        id: impl IntoKey<Self>,
        from: impl Into<Moment>,
        to: impl Into<Moment>,
        db: &'c C,
    ) -> Pending<'c, Difference<Self>> {
        let (key, from, to) = (id.into_key().into_value_tuple(), from.into(), to.into());
        Box::pin(async move { difference::between(key, from, to, None, db).await })
    }

    /// Returns every value that one field of a row had, oldest first, each with the entry that set it.
    ///
    /// If entries of the row may have left the log, an [`Unknown`](super::PastValue::Unknown) takes their place: see
    /// [`Tenure`].
    ///
    /// # Errors
    ///
    /// As [`state_at`](Self::state_at).
    fn timeline<'c, C: ConnectionTrait>(
        id: impl IntoKey<Self>,
        column: ColumnOf<Self>,
        db: &'c C,
    ) -> Pending<'c, Vec<Tenure>> {
        let key = id.into_key().into_value_tuple();
        Box::pin(async move { timeline::of::<Self, C>(key, column, None, db).await })
    }
}

impl<E: Audited> AuditedEntity for E {}
