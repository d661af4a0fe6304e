//! The items that generated code names. No part of the public API.

pub use sea_orm::{ActiveModelBehavior, ActiveValue, PrimaryKeyArity};
pub use serde::{Deserialize, Deserializer};

pub use crate::{
    audited::allowlist::{Fields, IntoNullable, debug, into_row, value},
    audited::{
        Allowlist, Audited, Child, ColumnOf, Field, KeyOf, ModelOf, NewRow, Patch, PatchOf, Values,
    },
    pending::Pending,
    write::Writer,
};

/// The context, for writes that take the locked plan even where the fused one fits: what tests and benchmarks compare.
pub fn locked(context: crate::AuditContext) -> crate::AuditContext {
    context.locked()
}
