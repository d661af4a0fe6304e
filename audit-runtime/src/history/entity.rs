//! The extension trait that reads the past of an entity's rows.

use sea_orm::{ConnectionTrait, sea_query::IntoValueTuple};

use super::{Difference, Moment, Past, Tenure, difference, state_at::state_at, timeline};
use crate::{
    Pending,
    audited::{Audited, ColumnOf, KeyOf},
};

/// The past of an audited entity's rows.
pub trait AuditedEntity: Audited {
    /// The row with this id as it was at a moment: a `DateTime`, by the database's clock, or an [`Entry`](crate::Entry)
    /// or its id, right after which. `None` if there was no such row.
    ///
    /// Later entries are undone, from the row of today or from its deletion, so that rows work too that are older than
    /// the log; the nearer the moment, the cheaper. What cannot be told is [`Unknown`](super::PastValue::Unknown),
    /// never a guess: a value is known if the entries after the moment and up to 200 before it agree on it.
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
    /// # Errors
    ///
    /// [`Error::LogMissing`](crate::Error::LogMissing), or what the database says.
    fn state_at<'c, C: ConnectionTrait>(
        id: impl Into<KeyOf<Self>>,
        moment: impl Into<Moment>,
        db: &'c C,
    ) -> Pending<'c, Option<Past<Self>>> {
        let (key, moment) = (id.into().into_value_tuple(), moment.into());
        Box::pin(async move { state_at(key, moment, db).await })
    }

    /// The difference of two moments in the life of a row.
    ///
    /// # Errors
    ///
    /// As [`state_at`](Self::state_at).
    fn history_between<'c, C: ConnectionTrait>(
        id: impl Into<KeyOf<Self>>,
        from: impl Into<Moment>,
        to: impl Into<Moment>,
        db: &'c C,
    ) -> Pending<'c, Difference<Self>> {
        let (key, from, to) = (id.into().into_value_tuple(), from.into(), to.into());
        Box::pin(async move { difference::between(key, from, to, db).await })
    }

    /// Every value that one field of a row had, oldest first, with the entry that gave it: who, when, from where.
    ///
    /// # Errors
    ///
    /// As [`state_at`](Self::state_at).
    fn timeline<'c, C: ConnectionTrait>(
        id: impl Into<KeyOf<Self>>,
        column: ColumnOf<Self>,
        db: &'c C,
    ) -> Pending<'c, Vec<Tenure>> {
        let key = id.into().into_value_tuple();
        Box::pin(async move { timeline::of::<Self, C>(key, column, db).await })
    }
}

impl<E: Audited> AuditedEntity for E {}
