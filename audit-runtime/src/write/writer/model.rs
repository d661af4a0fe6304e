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
    ///
    /// ```
    #[doc = include_str!("../../guide/example.txt")]
    /// let ann = ann.apply(user::Patch::new().role("admin"), &audit).await?;
    /// assert_eq!(ann.role, "admin");
    /// # Ok(())
    /// # }
    /// ```
    fn apply<'a, P, W>(&self, patch: P, audit: &'a W) -> Pending<'a, Self>
    where
        P: PatchOf<Self::Entity>,
        W: Writer,
    {
        unboxed(audit.run(Update::new(key_of::<Self::Entity>(self), &patch)))
    }

    /// Deletes this row with [`Writer::delete`].
    ///
    /// SeaORM's `ModelTrait` has a method with this name that records nothing. If both traits are imported, the
    /// compiler reports an ambiguity. Write `audit.delete::<user::Entity>(user.id)` or
    /// `AuditedModel::delete(user, &audit)`.
    ///
    /// ```
    #[doc = include_str!("../../guide/example.txt")]
    /// async fn leave(user: user::Model, writer: &impl Writer) -> Result<(), Error> {
    ///     user.delete(writer).await
    /// }
    ///
    /// leave(ann, &audit).await?;
    /// assert_eq!(user::Entity::find().count(&db).await?, 0);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Writer::delete`].
    // By value, like SeaORM's. The compiler would silently prefer SeaORM's to a method that takes a reference.
    fn delete<W: Writer>(self, audit: &W) -> Pending<'_, ()> {
        audit.run(Delete::<Self::Entity>::new(key_of::<Self::Entity>(&self)))
    }

    /// Returns the field-level difference of two models, without a database.
    ///
    /// ```
    #[doc = include_str!("../../guide/example.txt")]
    /// let later = user::Model { role: "admin".to_owned(), ..ann.clone() };
    /// let changes = ann.changes_to(&later);
    /// assert_eq!(changes.iter().map(|(field, _)| field).collect::<Vec<_>>(), ["role"]);
    /// # Ok(())
    /// # }
    /// ```
    fn changes_to(&self, after: &Self) -> crate::Changes {
        crate::Changes::updated::<Self::Entity>(self, after)
    }
}

impl<M: ModelTrait<Entity: Audited<Model = M>> + Sync> AuditedModel for M {}
