//! The locked plan: lock and read the row, change it through the user's hooks, read what is stored, write the entry.

use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, ActiveValue, ConnectionTrait, DbBackend, DbErr,
    IntoActiveModel, Iterable, ModelTrait, PrimaryKeyToColumn, QuerySelect, Value,
    sea_query::{FromValueTuple, IntoValueTuple, LockType, ValueTuple},
};

use super::{connection::UnitConnection, entry::NewEntry, operation::Update, unit::Transaction};
use crate::{
    AuditedModel, Changes, Error,
    audited::{ActiveModelOf, Audited, ColumnOf, FieldPolicy, KeyOf, ModelOf, Patch, Values},
    encode::same,
    entity_id::{entity_id_of, entity_type, text_of, unpadded},
    error::DatabaseError,
};

pub(super) async fn update<P: Patch, T: Transaction>(
    connection: &UnitConnection<T>,
    operation: Update<P>,
) -> Result<ModelOf<P::Entity>, Error> {
    let expected = match operation.loaded {
        Some(loaded) => Expected::Loaded(loaded),
        None => Expected::Anything,
    };
    let values = operation.patch.values();
    update_row::<P::Entity, T>(connection, operation.id, expected, values).await
}

/// What the row must be for it to be changed.
pub(super) enum Expected<E: Audited> {
    Anything,
    /// What the caller loaded.
    Loaded(ModelOf<E>),
    /// In these columns, what this entry left; the change takes it back.
    Since(i64, Vec<(ColumnOf<E>, Value)>),
}

pub(super) async fn update_row<E: Audited, T: Transaction>(
    connection: &UnitConnection<T>,
    id: KeyOf<E>,
    expected: Expected<E>,
    values: Values<E>,
) -> Result<ModelOf<E>, Error> {
    let before = lock::<E, T>(connection, id, LockType::NoKeyUpdate).await?;
    let reverts = match expected {
        Expected::Anything => None,
        Expected::Loaded(loaded) => {
            check_unchanged::<E, T>(connection, &loaded, &before)?;
            None
        }
        Expected::Since(entry, values) => {
            check_unchanged_since::<E, T>(connection, entry, &values, &before)?;
            Some(entry)
        }
    };

    let backend = connection.get_database_backend();
    let key = unpadded::<E>(before.get_primary_key_value(), backend);
    let mut row = findable::<E>(before.clone(), backend).into_active_model();
    for (column, value) in values {
        if let ActiveValue::Set(value) = value
            && !same(&value, &before.get(column))
        {
            row.try_set(column, value).map_err(failed::<E>)?;
        }
    }
    if !row.is_changed() {
        return Ok(before);
    }
    check_reason::<E, T>(connection)?;

    let row = ActiveModelOf::<E>::before_save(row, connection, false)
        .await
        .map_err(failed::<E>)?;
    check_key::<E>(&row, &key)?;
    let mut after = if reads_back(connection) {
        E::update(row)
            .exec_without_returning(connection)
            .await
            .map_err(failed::<E>)?;
        stored::<E, T>(connection, &before).await?
    } else {
        E::update(row).exec(connection).await.map_err(failed::<E>)?
    };
    if unpadded::<E>(after.get_primary_key_value(), backend) != key {
        return Err(key_changed());
    }
    let model = after_save::<E, T>(connection, &mut after, false).await?;

    let changes = before.changes_to(&after);
    if !changes.is_empty() {
        log::<E, T>(connection, "UPDATE", &before, &changes, reverts).await?;
    }
    Ok(model)
}

pub(super) async fn insert<E: Audited, T: Transaction>(
    connection: &UnitConnection<T>,
    row: ActiveModelOf<E>,
) -> Result<ModelOf<E>, Error> {
    insert_row::<E, T>(connection, row, None).await
}

pub(super) async fn insert_row<E: Audited, T: Transaction>(
    connection: &UnitConnection<T>,
    row: ActiveModelOf<E>,
    reverts: Option<i64>,
) -> Result<ModelOf<E>, Error> {
    check_reason::<E, T>(connection)?;
    let row = row
        .before_save(connection, true)
        .await
        .map_err(failed::<E>)?;
    let mut after = E::insert(row)
        .exec_with_returning(connection)
        .await
        .map_err(failed::<E>)?;
    if reads_back(connection) && connection.support_returning() {
        after = stored::<E, T>(connection, &after).await?;
    }
    let model = after_save::<E, T>(connection, &mut after, true).await?;
    log::<E, T>(
        connection,
        "CREATE",
        &after,
        &Changes::created::<E>(&after),
        reverts,
    )
    .await?;
    Ok(model)
}

pub(super) async fn delete<E: Audited, T: Transaction>(
    connection: &UnitConnection<T>,
    id: KeyOf<E>,
) -> Result<(), Error> {
    let before = lock::<E, T>(connection, id, LockType::Update).await?;
    check_reason::<E, T>(connection)?;
    let backend = connection.get_database_backend();
    let row = findable::<E>(before.clone(), backend)
        .into_active_model()
        .before_delete(connection)
        .await
        .map_err(failed::<E>)?;
    check_key::<E>(
        &row,
        &unpadded::<E>(before.get_primary_key_value(), backend),
    )?;
    let deleted = E::delete(row.clone())
        .exec(connection)
        .await
        .map_err(failed::<E>)?;
    if deleted.rows_affected != 1 {
        return Err(DbErr::Custom("the database did not delete the row".to_owned()).into());
    }
    row.after_delete(connection).await.map_err(failed::<E>)?;
    log::<E, T>(
        connection,
        "DELETE",
        &before,
        &Changes::deleted::<E>(&before),
        None,
    )
    .await
}

async fn lock<E: Audited, T: Transaction>(
    connection: &UnitConnection<T>,
    id: KeyOf<E>,
    lock: LockType,
) -> Result<ModelOf<E>, Error> {
    let backend = connection.get_database_backend();
    let key = unpadded::<E>(id.into_value_tuple(), backend);
    // Only PostgreSQL can lock a row and still let others refer to it; SQLite has locked the whole file.
    let lock = match backend {
        DbBackend::Postgres => lock,
        _ => LockType::Update,
    };
    let id = KeyOf::<E>::from_value_tuple(key.clone());
    E::find_by_id(id)
        .lock(lock)
        .one(connection)
        .await
        .map_err(failed::<E>)?
        .ok_or_else(|| Error::NotFound {
            entity_type: entity_type::<E>().into_owned(),
            entity_id: entity_id_of::<E>(key, backend),
        })
}

/// Runs the hook after a save. If it wrote, it may have written this row, so what is stored is read again.
async fn after_save<E: Audited, T: Transaction>(
    connection: &UnitConnection<T>,
    stored_row: &mut ModelOf<E>,
    is_insert: bool,
) -> Result<ModelOf<E>, Error> {
    let writes = connection.writes();
    let model = ActiveModelOf::<E>::after_save(stored_row.clone(), connection, is_insert)
        .await
        .map_err(failed::<E>)?;
    if connection.writes() != writes {
        *stored_row = stored::<E, T>(connection, stored_row).await?;
    }
    Ok(model)
}

/// A hook that sets another key would have us write to a row that is neither locked nor logged.
fn check_key<E: Audited>(row: &ActiveModelOf<E>, key: &ValueTuple) -> Result<(), Error> {
    if row.get_primary_key_value().as_ref() == Some(key) {
        Ok(())
    } else {
        Err(key_changed())
    }
}

fn key_changed() -> Error {
    DbErr::Custom("a hook or trigger changed the primary key of the row".to_owned()).into()
}

/// The row with a key by which the database finds it.
fn findable<E: Audited>(mut row: ModelOf<E>, backend: DbBackend) -> ModelOf<E> {
    let key = unpadded::<E>(row.get_primary_key_value(), backend);
    for (column, value) in E::PrimaryKey::iter().zip(key) {
        row.set(column.into_column(), value);
    }
    row
}

/// PostgreSQL returns the row as it is stored, but for AFTER triggers that change it again: those changes are their
/// own, and unrecorded. MySQL returns nothing, and SQLite the row as it was before its
/// AFTER triggers ran, which is where an `updated_at` is set there.
fn reads_back(connection: &impl ConnectionTrait) -> bool {
    connection.get_database_backend() != DbBackend::Postgres
}

async fn stored<E: Audited, T: Transaction>(
    connection: &UnitConnection<T>,
    model: &ModelOf<E>,
) -> Result<ModelOf<E>, Error> {
    let key = unpadded::<E>(
        model.get_primary_key_value(),
        connection.get_database_backend(),
    );
    let query = E::find_by_id(KeyOf::<E>::from_value_tuple(key));
    // Without a lock, MySQL reads the row of an older snapshot where our own change left it as it was.
    let query = match connection.get_database_backend() {
        DbBackend::MySql => query.lock(LockType::Update),
        _ => query,
    };
    query
        .one(connection)
        .await
        .map_err(failed::<E>)?
        .ok_or_else(|| failed::<E>(DbErr::RecordNotUpdated))
}

fn check_unchanged<E: Audited, T: Transaction>(
    connection: &UnitConnection<T>,
    loaded: &ModelOf<E>,
    stored: &ModelOf<E>,
) -> Result<(), Error> {
    let changes = loaded.changes_to(stored);
    if changes.is_empty() {
        return Ok(());
    }
    Err(Error::Conflict {
        entity_type: entity_type::<E>().into_owned(),
        entity_id: entity_id_of::<E>(
            stored.get_primary_key_value(),
            connection.get_database_backend(),
        ),
        fields: changes.iter().map(|(field, _)| field.to_owned()).collect(),
    })
}

fn check_unchanged_since<E: Audited, T: Transaction>(
    connection: &UnitConnection<T>,
    entry: i64,
    left: &[(ColumnOf<E>, Value)],
    stored: &ModelOf<E>,
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
        entity_id: entity_id_of::<E>(
            stored.get_primary_key_value(),
            connection.get_database_backend(),
        ),
        entry,
        fields: changed,
    })
}

fn check_reason<E: Audited, T: Transaction>(connection: &UnitConnection<T>) -> Result<(), Error> {
    let reason = connection.context.parts().reason.as_deref();
    if E::REASON_REQUIRED && reason.is_none_or(|reason| reason.trim().is_empty()) {
        return Err(Error::ReasonRequired {
            entity_type: entity_type::<E>().into_owned(),
        });
    }
    Ok(())
}

async fn log<E: Audited, T: Transaction>(
    connection: &UnitConnection<T>,
    action: &'static str,
    row: &ModelOf<E>,
    changes: &Changes,
    reverts: Option<i64>,
) -> Result<(), Error> {
    let id = entity_id_of::<E>(
        row.get_primary_key_value(),
        connection.get_database_backend(),
    );
    NewEntry::change(
        action,
        (entity_type::<E>().into_owned(), id),
        label::<E>(row),
        changes,
    )
    .reverting(reverts)
    .write(connection, &connection.context, connection.changeset_id)
    .await
}

fn label<E: Audited>(row: &ModelOf<E>) -> Option<String> {
    let label = row.get(E::label()?);
    label.is_some().then(|| text_of(&label))
}

/// Databases put values into their messages: for an entity with secrets the message is left out.
fn failed<E: Audited>(error: DbErr) -> Error {
    // A hook may have written to an entity with secrets.
    let keeps_secrets = E::HOOKED
        || E::Column::iter().any(|column| {
            !matches!(
                E::field(column).policy,
                FieldPolicy::Key | FieldPolicy::Record
            )
        });
    if keeps_secrets {
        DatabaseError::scrubbed(error).into()
    } else {
        error.into()
    }
}
