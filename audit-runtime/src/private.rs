//! Items that generated code uses. They are not part of the public API.

pub use sea_orm::{
    ActiveBelongsTo, ActiveHasOne, ActiveModelBehavior, ActiveValue, PrimaryKeyArity, Related,
    RelationTrait,
};
pub use serde::{Deserialize, Deserializer};

#[cfg(feature = "entity-registry")]
pub use crate::schema::Registration;
pub use crate::{
    audited::allowlist::{Fields, debug, into_row, value},
    audited::{
        ActiveModelOf, Allowlist, Audited, Child, ColumnOf, Field, IntoField, IntoKey,
        IntoNullable, KeyOf, ModelOf, NewRow, ParentField, Patch, PatchOf, Touch, Values,
    },
    audited::{
        entity::behaves,
        known::{first_parent, parent_field},
        listed::OfModel,
    },
    pending::Pending,
    register_entity,
    write::{AuditedGraph, Pool, Sealed, Transaction, UnitConnection, Writer},
};

/// Saving of a nested `ActiveModelEx`.
pub mod graph {
    pub use crate::write::graph::{
        Joined, Reached, let_children_go, linked, many, one, orphan, own, parent, unlink, unsaved,
    };
}
#[cfg(feature = "entity-registry")]
pub use inventory;

/// Forces the locked plan for all writes of this context, for tests and benchmarks.
pub fn locked(context: crate::AuditContext) -> crate::AuditContext {
    context.locked()
}
