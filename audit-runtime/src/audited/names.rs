//! The names of an entity and its fields in entries: the current name, and former ones.

use std::borrow::Cow;

use super::entity::{Audited, ColumnOf};
use crate::text::identity;

/// The names of an entity in entries: the current one, then former ones, latest first.
pub(crate) fn type_names<E: Audited>() -> Vec<String> {
    let former = E::FORMER_ENTITY_TYPES.iter();
    let former = former.map(|name| type_in_log((*name).into()).into_owned());
    let mut types = vec![type_name::<E>().into_owned()];
    for name in former {
        if !types.contains(&name) {
            types.push(name);
        }
    }
    types
}

pub(crate) fn type_name<E: Audited>() -> Cow<'static, str> {
    let entity = E::default();
    let name = match (E::ENTITY_TYPE, entity.schema_name()) {
        (Some(name), _) => name.into(),
        (None, None) => entity.table_name().into(),
        (None, Some(schema)) => Cow::from(format!("{schema}.{}", entity.table_name())),
    };
    type_in_log(name)
}

fn type_in_log(name: Cow<'static, str>) -> Cow<'static, str> {
    const LIMIT: usize = 64;

    match identity(&name, LIMIT) {
        Cow::Borrowed(_) => name,
        Cow::Owned(capped) => capped.into(),
    }
}

/// The names of a column's field: the current one, then former ones, latest first.
pub(crate) fn field_names<E: Audited>(column: ColumnOf<E>) -> Vec<&'static str> {
    [&[E::field(column).name], E::was(column)].concat()
}
