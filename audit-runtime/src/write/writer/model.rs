//! The methods of audited models.

use sea_orm::ModelTrait;

use super::{
    super::{
        one::{Delete, Update, key_of},
        row::unboxed,
    },
    Writer,
};
use crate::{
    audited::{Audited, PatchOf},
    pending::Pending,
};

/// Methods of the models of audited entities.
pub trait AuditedModel: ModelTrait<Entity: Audited<Model = Self>> + Sync {
    /// Updates this row with [`Writer::update`].
    fn apply<'a, P, W>(&self, patch: P, audit: &'a W) -> Pending<'a, Self>
    where
        P: PatchOf<Self::Entity>,
        W: Writer,
    {
        unboxed(audit.run(Update::new(key_of::<Self::Entity>(self), &patch)))
    }

    /// Deletes this row with [`Writer::delete`].
    ///
    /// SeaORM's `ModelTrait` has a method of this name, which records nothing. Where both traits are imported, the compiler
    /// asks which is meant: `audit.delete::<user::Entity>(user.id)` says it, or `AuditedModel::delete(user, &audit)`.
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
    /// use audit_runtime::{Error, prelude::*};
    ///
    /// async fn leave(user: user::Model, writer: &impl Writer) -> Result<(), Error> {
    ///     user.delete(writer).await
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Writer::delete`].
    // By value, as SeaORM's: a method that takes a reference would give way to it without a word.
    fn delete<W: Writer>(self, audit: &W) -> Pending<'_, ()> {
        audit.run(Delete::<Self::Entity>::new(key_of::<Self::Entity>(&self)))
    }

    /// Returns the field-level difference of two models, without a database.
    fn changes_to(&self, after: &Self) -> crate::Changes {
        crate::Changes::updated::<Self::Entity>(self, after)
    }
}

impl<M: ModelTrait<Entity: Audited<Model = M>> + Sync> AuditedModel for M {}
