//! Resolves a key given by the caller to the entity ids that the row has in the log.
//!
//! A column may store a value in another form than given, and may treat two spellings as equal. For an existing row the
//! stored key counts. For a deleted row the log is searched.

use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, IdenStatic, Iterable,
    PrimaryKeyToColumn, QueryFilter, QueryResult, QuerySelect, QueryTrait, TryGetableMany, Value,
    sea_query::{ArrayType, FromValueTuple, IntoValueTuple, SelectStatement, ValueTuple},
};

use super::log_rows::failed;
use crate::{
    Error,
    audit_log::{self, Column},
    audited::{Audited, ColumnOf, KeyOf, entity_type::entity_types},
    encode::{ValueKind, entity_id::text_of},
    entity_id::{as_sent, entity_id_of, unpadded},
    error::is_unreadable_table,
    schema::collation::{Equality, Named, equality},
    sendable,
};

#[derive(Clone, Debug)]
pub(super) struct Given {
    pub(super) entity_types: Vec<String>,
    key: ValueTuple,
    entity_id: fn(ValueTuple, DbBackend) -> String,
    row: fn(ValueTuple, DbBackend) -> SelectStatement,
    id_of_row: fn(&QueryResult, DbBackend) -> Result<String, DbErr>,
    /// Whether the key has only one spelling and is stored as given.
    is_exact: bool,
    /// The text columns of the key.
    texts: Vec<Named>,
}

/// The ids of a row's entries.
pub(super) struct Ids {
    pub(super) ids: Vec<String>,
    /// Whether these are certainly all of the row's ids.
    pub(super) are_all: bool,
}

impl Given {
    pub(super) fn of<E: Audited>(key: ValueTuple) -> Self {
        let columns = || E::PrimaryKey::iter().map(|key| key.into_column());
        let entity = E::default();
        let texts = columns().filter(|column| holds_text::<E>(*column));
        let texts = texts.map(|column| Named {
            schema: entity.schema_name().map(str::to_owned),
            table: entity.table_name().to_owned(),
            column: column.as_str().to_owned(),
        });
        Self {
            entity_types: entity_types::<E>(),
            key,
            entity_id: entity_id_of::<E>,
            row: row::<E>,
            id_of_row: id_of_row::<E>,
            is_exact: columns().all(|column| is_exact::<E>(column)),
            texts: texts.collect(),
        }
    }

    /// Restricts the ids to the spelling given.
    #[cfg(feature = "http")]
    pub(super) fn exactly(self) -> Self {
        Self {
            is_exact: true,
            ..self
        }
    }

    /// The id as given.
    pub(super) fn id(&self, backend: DbBackend) -> String {
        (self.entity_id)(self.key.clone(), backend)
    }

    pub(super) async fn ids<C: ConnectionTrait>(&self, db: &C) -> Result<Ids, Error> {
        let backend = db.get_database_backend();
        if self.is_exact {
            return Ok(Ids {
                ids: vec![self.id(backend)],
                are_all: true,
            });
        }
        let key: Vec<Value> = self.key.clone().into_iter().collect();
        let row = match sendable::check(backend, &key) {
            Ok(()) => db.query_one(&(self.row)(self.key.clone(), backend)).await,
            // A value that the database cannot hold is the key of no row.
            Err(_) => Ok(None),
        };
        let stored = match row {
            Ok(Some(row)) => Some((self.id_of_row)(&row, backend)?),
            Ok(None) => None,
            // The table may be dropped, or the account may be allowed to read only the log.
            Err(error) if is_unreadable_table(&error) => None,
            Err(error) => return Err(error.into()),
        };
        self.ids_of(stored, db).await
    }

    /// The ids of the stored row, or of a deleted one.
    pub(super) async fn ids_of<C: ConnectionTrait>(
        &self,
        stored: Option<String>,
        db: &C,
    ) -> Result<Ids, Error> {
        let backend = db.get_database_backend();
        let is_stored = stored.is_some();
        let sent = (self.entity_id)(as_sent(self.key.clone(), backend), backend);
        let mut ids: Vec<String> = Vec::new();
        for id in stored.into_iter().chain([self.id(backend), sent]) {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        let are_all = is_stored
            || self.is_exact
            || self.texts.is_empty()
            || self.has_entries(&ids, db).await?
            || self.add_equal(&mut ids, db).await?;
        Ok(Ids { ids, are_all })
    }

    async fn has_entries<C: ConnectionTrait>(&self, ids: &[String], db: &C) -> Result<bool, Error> {
        let entries = self.entries().filter(Column::EntityId.is_in(ids));
        let found = entries.limit(1).into_tuple::<i64>().one(db).await;
        Ok(found.map_err(failed)?.is_some())
    }

    /// Adds the ids in the log that the table treats as equal to the key. Returns whether that could be decided.
    async fn add_equal<C: ConnectionTrait>(
        &self,
        ids: &mut Vec<String>,
        db: &C,
    ) -> Result<bool, Error> {
        let key: Vec<Value> = self.key.clone().into_iter().collect();
        for column in &self.texts {
            let text = text_of(&key[0]);
            match equality(column, &text, db).await? {
                Equality::OfBytes => {}
                Equality::OfIds(equal) if key.len() == 1 => {
                    let found = self.entries().select_only().column(Column::EntityId);
                    let found = found.distinct().filter(equal).into_tuple::<String>();
                    ids.extend(found.all(db).await.map_err(failed)?);
                }
                Equality::OfIds(_) | Equality::Unknown => return Ok(false),
            }
        }
        Ok(true)
    }

    fn entries(&self) -> sea_orm::Select<audit_log::Entity> {
        audit_log::Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(Column::EntityType.is_in(&self.entity_types))
    }
}

fn kind<E: Audited>(column: ColumnOf<E>) -> ValueKind {
    ValueKind::of::<E>(column)
}

fn holds_text<E: Audited>(column: ColumnOf<E>) -> bool {
    matches!(
        kind::<E>(column),
        ValueKind::Scalar(ArrayType::String | ArrayType::Char)
    )
}

fn is_exact<E: Audited>(column: ColumnOf<E>) -> bool {
    matches!(
        kind::<E>(column),
        ValueKind::Scalar(
            ArrayType::Bool
                | ArrayType::TinyInt
                | ArrayType::SmallInt
                | ArrayType::Int
                | ArrayType::BigInt
                | ArrayType::TinyUnsigned
                | ArrayType::SmallUnsigned
                | ArrayType::Unsigned
                | ArrayType::BigUnsigned
                | ArrayType::Bytes
                | ArrayType::Uuid
        )
    )
}

fn row<E: Audited>(key: ValueTuple, backend: DbBackend) -> SelectStatement {
    let key = KeyOf::<E>::from_value_tuple(unpadded::<E>(key, backend));
    E::find_by_id(key).into_query()
}

fn id_of_row<E: Audited>(row: &QueryResult, backend: DbBackend) -> Result<String, DbErr> {
    let columns: Vec<_> = E::PrimaryKey::iter()
        .map(|key| sea_orm::Iden::to_string(&key.into_column()))
        .collect();
    let key = KeyOf::<E>::try_get_many(row, "", &columns)?;
    Ok(entity_id_of::<E>(key.into_value_tuple(), backend))
}
