//! Chooses between the fused and the locked plan.

use std::{
    any::TypeId,
    borrow::Cow,
    collections::HashMap,
    sync::{PoisonError, RwLock},
};

use sea_orm::ConnectionTrait;

use crate::{
    audited::{Audited, entity_type::entity_type},
    dialect::Family,
    layout::{Layout, form::Form},
    write::{observed, target::Target},
};

/// Whether the entity's writes to this target can be fused.
pub(in crate::write) fn fits<E: Audited>(target: &Target<'_, impl ConnectionTrait>) -> bool {
    let obstacle = obstacle::<E>(target);
    match &obstacle {
        None => {
            observed::plan("fused");
            tracing::debug!(entity = %entity_type::<E>(), "fused plan");
        }
        Some(obstacle) => {
            observed::plan("locked");
            tracing::debug!(entity = %entity_type::<E>(), "locked plan: {obstacle}");
        }
    }
    obstacle.is_none()
}

/// As [`fits`], without a trace event.
pub(in crate::write) fn would_fit<E: Audited>(target: &Target<'_, impl ConnectionTrait>) -> bool {
    obstacle::<E>(target).is_none()
}

fn obstacle<E: Audited>(target: &Target<'_, impl ConnectionTrait>) -> Option<Cow<'static, str>> {
    if !Family::of(target.connection).has_fused_plan() {
        return Some("only PostgreSQL has a fused one".into());
    }
    let is_mock = target.connection.is_mock_connection();
    if E::LOCKED || is_mock || target.context.parts().is_locked {
        return Some("asked for".into());
    }
    let field = field_without_encoder::<E>()?;
    Some(format!("the type of `{field}` has no SQL encoder").into())
}

fn field_without_encoder<E: Audited>() -> Option<&'static str> {
    static KNOWN: RwLock<Option<HashMap<TypeId, Option<&'static str>>>> = RwLock::new(None);

    let entity = TypeId::of::<E>();
    let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(field) = known.as_ref().and_then(|known| known.get(&entity)) {
        return *field;
    }
    drop(known);
    let field = Layout::<E>::of_entity(Form::Full).err();
    let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
    known.get_or_insert_default().insert(entity, field);
    field
}
