//! Checks before a write, and the mapping of failures to errors.

use std::{
    any::TypeId,
    collections::BTreeSet,
    sync::{PoisonError, RwLock},
};

use sea_orm::{
    ActiveModelTrait, DbBackend, DbErr, Iterable, ModelTrait, Value, sea_query::ValueTuple,
};

use crate::{
    AuditContext, Changes, Error,
    audited::{ActiveModelOf, Audited, ColumnOf, FieldPolicy, ModelOf, entity_type::entity_type},
    encode::{ValueKind, same},
    entity_id::entity_id_of,
    sendable::may_be_lost,
    stored_row::StoredRow,
};

/// Checks that the caller's row equals the stored one.
pub(super) fn check_unchanged<E: Audited>(
    backend: DbBackend,
    loaded: &ModelOf<E>,
    stored: &StoredRow<E>,
) -> Result<(), Error> {
    let changes =
        Changes::updated_values::<E>(|column| loaded.get(column), |column| stored.get(column));
    if changes.is_empty() {
        return Ok(());
    }
    Err(Error::Conflict {
        entity_type: entity_type::<E>().into_owned(),
        entity_id: entity_id_of::<E>(stored.key(), backend),
        fields: changes.iter().map(|(field, _)| field.to_owned()).collect(),
    })
}

/// Checks that the row still has the values that an entry set.
pub(super) fn check_unchanged_since<E: Audited>(
    backend: DbBackend,
    entry: i64,
    left: &[(ColumnOf<E>, Value)],
    stored: &StoredRow<E>,
) -> Result<(), Error> {
    let changed: Vec<_> = left
        .iter()
        .filter(|(column, value)| !same(value, &stored.get(*column)))
        .map(|(column, _)| E::field(*column).name.to_owned())
        .collect();
    if changed.is_empty() {
        return Ok(());
    }
    Err(Error::ChangedSince {
        entity_type: entity_type::<E>().into_owned(),
        entity_id: entity_id_of::<E>(stored.key(), backend),
        entry,
        fields: changed,
    })
}

/// Checks the requirements of a write to the entity.
pub(super) fn check_demands<E: Audited>(context: &AuditContext) -> Result<(), Error> {
    check_fields::<E>()?;
    if lacks_reason::<E>(context) {
        return Err(Error::ReasonRequired {
            entity_type: entity_type::<E>().into_owned(),
        });
    }
    Ok(())
}

/// Checks that this build can decode all recorded fields.
pub(super) fn check_fields<E: Audited>() -> Result<(), Error> {
    static READABLE: RwLock<BTreeSet<TypeId>> = RwLock::new(BTreeSet::new());

    let entity = TypeId::of::<E>();
    let known = READABLE.read().unwrap_or_else(PoisonError::into_inner);
    if known.contains(&entity) {
        return Ok(());
    }
    drop(known);
    for column in E::Column::iter() {
        let (field, kind) = (E::field(column), ValueKind::of::<E>(column));
        let is_kept = matches!(field.policy, FieldPolicy::Key | FieldPolicy::Record);
        if is_kept && !kind.is_readable() {
            return Err(Error::UnreadableField {
                entity_type: entity_type::<E>().into_owned(),
                field: field.name,
                feature: kind.feature(),
                kind,
            });
        }
    }
    let mut known = READABLE.write().unwrap_or_else(PoisonError::into_inner);
    known.insert(entity);
    Ok(())
}

pub(super) fn lacks_reason<E: Audited>(context: &AuditContext) -> bool {
    let reason = context.parts().reason.as_deref();
    E::REASON_REQUIRED && reason.is_none_or(|reason| reason.trim().is_empty())
}

/// Checks that a hook has not set another key: that row would be neither locked nor logged.
pub(super) fn check_key<E: Audited>(row: &ActiveModelOf<E>, key: &ValueTuple) -> Result<(), Error> {
    if row.get_primary_key_value().as_ref() == Some(key) {
        Ok(())
    } else {
        Err(key_changed())
    }
}

/// Checks for lost dates: MySQL may store one that its column cannot hold as NULL, with only a warning.
pub(super) fn check_stored<E: Audited>(
    set: &[(ColumnOf<E>, Value)],
    stored: &StoredRow<E>,
) -> Result<(), Error> {
    let lost = set
        .iter()
        .filter(|(column, value)| may_be_lost(value) && !stored.get(*column).is_some());
    let fields: Vec<_> = lost
        .map(|(column, _)| E::field(*column).name.to_owned())
        .collect();
    if fields.is_empty() {
        return Ok(());
    }
    Err(Error::NotStored {
        entity_type: entity_type::<E>().into_owned(),
        fields,
    })
}

/// The model of a row that is returned unchanged.
pub(super) fn as_model<E: Audited>(
    row: StoredRow<E>,
    backend: DbBackend,
) -> Result<Box<ModelOf<E>>, Error> {
    let columns = match row {
        StoredRow::Model(model) => return Ok(model),
        StoredRow::Values(ref values) => values.unfit(),
    };
    match row {
        StoredRow::Values(values) if columns.is_empty() => Err(failed::<E>(values.into_error())),
        row => Err(unfit::<E>(&row, &columns, backend)),
    }
}

/// The error of a row whose values in these columns do not fit the model.
pub(super) fn unfit<E: Audited>(
    row: &StoredRow<E>,
    columns: &[ColumnOf<E>],
    backend: DbBackend,
) -> Error {
    let fields = columns
        .iter()
        .map(|column| E::field(*column).name.to_owned());
    Error::Unfit {
        entity_type: entity_type::<E>().into_owned(),
        entity_id: entity_id_of::<E>(row.key(), backend),
        fields: fields.collect(),
    }
}

/// The error of an update that would change these skipped fields.
pub(super) fn unrecorded<E: Audited>(fields: Vec<String>) -> Error {
    Error::Unrecorded {
        entity_type: entity_type::<E>().into_owned(),
        fields,
    }
}

pub(super) fn key_changed() -> Error {
    Error::KeyChanged
}

pub(super) fn not_deleted() -> Error {
    Error::NotWritten { action: "DELETE" }
}

/// Converts an error of a write. The database's message is omitted for an entity with secrets, because it may quote
/// values.
pub(super) fn failed<E: Audited>(error: DbErr) -> Error {
    match error {
        DbErr::RecordNotInserted => return Error::NotWritten { action: "CREATE" },
        DbErr::RecordNotUpdated => return Error::NotWritten { action: "UPDATE" },
        _ => {}
    }
    // A hook may have written to an entity with secrets.
    let keeps_secrets = E::HOOKED
        || E::Column::iter().any(|column| {
            !matches!(
                E::field(column).policy,
                FieldPolicy::Key | FieldPolicy::Record
            )
        });
    if keeps_secrets {
        Error::scrubbed(error)
    } else {
        error.into()
    }
}
