//! The entity type of an audited entity, whose policy applies from then on.

use std::borrow::Cow;

use super::entity::Audited;
use super::names::{type_name, type_names};
use super::policies::apply_policy;

/// What entries call an entity by, and what they called it before.
pub(crate) fn entity_types<E: Audited>() -> Vec<String> {
    apply_policy::<E>();
    type_names::<E>()
}

/// What entries call an entity by: the name it was given, or that of its table.
/// Tables of one name in two schemas are two entities.
///
/// Whoever asks is about to write or read entries of it, so what of them is shown is settled here.
pub(crate) fn entity_type<E: Audited>() -> Cow<'static, str> {
    apply_policy::<E>();
    type_name::<E>()
}
