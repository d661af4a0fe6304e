//! Resolves a key given by the caller to the entity ids that the row has in the log.
//!
//! A column may store a value in another form than given, and may treat two spellings as equal. For an existing row the
//! stored key counts. For a deleted row the log is searched.

mod spelling;

use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, IdenStatic, Iterable,
    PrimaryKeyToColumn, QueryFilter, QueryResult, QuerySelect, QueryTrait, TryGetableMany, Value,
    sea_query::{
        ArrayType, Cond, Expr, FromValueTuple, IntoValueTuple, SelectStatement, ValueTuple,
    },
};

use super::{
    log_rows::Beyond,
    seen::{failed, seen},
};
use crate::{
    Error,
    audit_log::{self, Column},
    audited::{Audited, ColumnOf, KeyOf, entity_type::entity_types},
    encode::ValueKind,
    entity_id::{as_sent, entity_id_of, unpadded},
    error::{DatabaseError, is_unreadable_table},
    schema::collation::{Comparison, Equality, Named, equality},
    sendable,
};

#[derive(Clone, Debug)]
pub(crate) struct Given {
    pub(super) entity_types: Vec<String>,
    key: ValueTuple,
    entity_id: fn(ValueTuple, DbBackend) -> String,
    row: fn(ValueTuple, DbBackend) -> SelectStatement,
    row_alike: fn(ValueTuple, &[Text]) -> SelectStatement,
    id_of_row: fn(&QueryResult, DbBackend) -> Result<String, DbErr>,
    /// Whether the key has only one spelling and is stored as given.
    is_exact: bool,
    /// The text columns of the key, by their positions in it.
    texts: Vec<(usize, Named)>,
}

/// The position of a text in a key, and its comparison.
type Text = (usize, Comparison);

/// The ids of a row's entries.
pub(super) struct Ids {
    pub(super) ids: Vec<String>,
    /// Whether these are certainly all of the row's ids.
    pub(super) are_all: bool,
}

impl Given {
    pub(crate) fn of<E: Audited>(key: ValueTuple) -> Self {
        let columns = || E::PrimaryKey::iter().map(|key| key.into_column());
        let entity = E::default();
        let texts = columns().enumerate();
        let texts = texts.filter(|(_, column)| holds_text::<E>(*column));
        let texts = texts.map(|(at, column)| {
            let named = Named {
                schema: entity.schema_name().map(str::to_owned),
                table: entity.table_name().to_owned(),
                column: column.as_str().to_owned(),
            };
            (at, named)
        });
        Self {
            entity_types: entity_types::<E>(),
            key,
            entity_id: entity_id_of::<E>,
            row: row::<E>,
            row_alike: alike::<E>,
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

    pub(super) async fn ids<C: ConnectionTrait>(
        &self,
        beyond: &Beyond,
        db: &C,
    ) -> Result<Ids, Error> {
        let backend = db.get_database_backend();
        if self.is_exact {
            return Ok(Ids {
                ids: vec![self.id(backend)],
                are_all: true,
            });
        }
        let stored = self.stored(db).await?;
        self.ids_of(stored, beyond, db).await
    }

    /// The id of the row that is stored under this key, if the table can be read.
    pub(crate) async fn stored<C: ConnectionTrait>(&self, db: &C) -> Result<Option<String>, Error> {
        let backend = db.get_database_backend();
        let key: Vec<Value> = self.key.clone().into_iter().collect();
        let row = match sendable::check(backend, &key) {
            Ok(()) => db.query_one(&(self.row)(self.key.clone(), backend)).await,
            // A value that the database cannot hold is never the key of a row.
            Err(_) => Ok(None),
        };
        let row = match row {
            Ok(None) => self.row_alike(db).await?,
            // The table may be dropped, or the account may be allowed to read only the log.
            Err(error) if is_unreadable_table(&error) => None,
            row => row?,
        };
        let stored = row.map(|row| (self.id_of_row)(&row, backend));
        Ok(stored.transpose()?)
    }

    /// The row whose key the table treats as equal, although a comparison with the driver's value does not find it:
    /// PostgreSQL compares a text parameter differently from `citext`.
    pub(super) async fn row_alike<C: ConnectionTrait>(
        &self,
        db: &C,
    ) -> Result<Option<QueryResult>, Error> {
        let backend = db.get_database_backend();
        let key: Vec<Value> = self.key.clone().into_iter().collect();
        if backend != DbBackend::Postgres || sendable::check(backend, &key).is_err() {
            return Ok(None);
        }
        let texts = self.compared(db).await?.unwrap_or_default();
        if texts.is_empty() {
            return Ok(None);
        }
        let question = (self.row_alike)(self.key.clone(), &texts);
        let row = db.query_one(&question).await;
        Ok(row.map_err(DatabaseError::scrubbed)?)
    }

    /// The ids of the stored row, or of a deleted one.
    pub(super) async fn ids_of<C: ConnectionTrait>(
        &self,
        stored: Option<String>,
        beyond: &Beyond,
        db: &C,
    ) -> Result<Ids, Error> {
        let backend = db.get_database_backend();
        let sent = (self.entity_id)(as_sent(self.key.clone(), backend), backend);
        let mut ids: Vec<String> = Vec::new();
        for id in stored.into_iter().chain([self.id(backend), sent]) {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        // Without entries, the log may have those of an earlier row whose key the table treats as equal.
        let are_all = self.is_exact
            || self.texts.is_empty()
            || self.has_entries(&ids, beyond, db).await?
            || self.add_equal(&mut ids, beyond, db).await?;
        Ok(Ids { ids, are_all })
    }

    async fn has_entries<C: ConnectionTrait>(
        &self,
        ids: &[String],
        beyond: &Beyond,
        db: &C,
    ) -> Result<bool, Error> {
        let entries = self.entries().filter(Column::EntityId.is_in(ids));
        let found = seen(entries.limit(1), None, db).await;
        Ok(!found.map_err(failed)?.is_empty() || self.is_archived(ids, beyond, db).await?)
    }

    /// The texts of the key that are not compared by their bytes; `None` if the comparison of one is unknown.
    async fn compared<C: ConnectionTrait>(&self, db: &C) -> Result<Option<Vec<Text>>, Error> {
        let mut texts = Vec::new();
        for (at, column) in &self.texts {
            match equality(column, db).await? {
                Equality::OfBytes => {}
                Equality::Of(comparison) => texts.push((*at, comparison)),
                Equality::Unknown => return Ok(None),
            }
        }
        Ok(Some(texts))
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

fn alike<E: Audited>(key: ValueTuple, texts: &[Text]) -> SelectStatement {
    let columns = E::PrimaryKey::iter().map(|key| key.into_column());
    let parts = columns.zip(key).enumerate();
    let alike = parts.fold(Cond::all(), |alike, (at, (column, value))| {
        alike.add(match texts.iter().find(|(text, _)| *text == at) {
            Some((_, comparison)) => comparison.of(column.into_expr(), Expr::val(value)),
            None => column.eq(value),
        })
    });
    E::find().filter(alike).into_query()
}

fn id_of_row<E: Audited>(row: &QueryResult, backend: DbBackend) -> Result<String, DbErr> {
    let columns: Vec<_> = E::PrimaryKey::iter()
        .map(|key| sea_orm::Iden::to_string(&key.into_column()))
        .collect();
    let key = KeyOf::<E>::try_get_many(row, "", &columns)?;
    Ok(entity_id_of::<E>(key.into_value_tuple(), backend))
}
