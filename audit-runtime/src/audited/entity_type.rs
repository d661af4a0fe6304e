//! The entity type of an audited entity. Reading it registers the entity's policy.

use std::borrow::Cow;

use super::entity::Audited;
use super::names::{type_name, type_names};
use super::policies::apply_policy;

/// The current and the former entity types.
pub(crate) fn entity_types<E: Audited>() -> Vec<String> {
    apply_policy::<E>();
    type_names::<E>()
}

/// The current entity type: the given name, or that of the table with its schema. Tables of the same name in two
/// schemas are two entities.
///
/// The caller is about to write or read entries of this entity, so the policy is registered here.
pub(crate) fn entity_type<E: Audited>() -> Cow<'static, str> {
    apply_policy::<E>();
    type_name::<E>()
}
