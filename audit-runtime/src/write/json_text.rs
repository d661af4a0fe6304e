//! Reads JSON columns as text, so that an entry has the stored number where the driver would round it.

use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbBackend, Iterable, PrimaryKeyToColumn, QueryFilter,
    QuerySelect, QueryTrait, Value,
    sea_query::{ArrayType, Expr, ExprTrait, LockType},
};
use serde_json::Value as Json;

use super::{connection::UnitConnection, refusal::failed, row::key, transaction::Transaction};
use crate::{
    Changes, Error,
    audited::{Audited, ColumnOf, FieldPolicy},
    dialect::Family,
    encode::{ValueKind, number::are_kept},
    entity_id::entity_id_of,
    stored_row::StoredRow,
};

/// The stored text of JSON values that the driver would round, by entity id and field.
#[derive(Debug, Default)]
pub(super) struct JsonTexts(Vec<(String, &'static str, String)>);

impl JsonTexts {
    /// The changes of this row, with the stored text of such values in `before`.
    pub(super) fn told<E: Audited>(
        &self,
        row: &StoredRow<E>,
        changes: Changes,
        backend: DbBackend,
    ) -> Changes {
        if self.0.is_empty() {
            return changes;
        }
        let id = entity_id_of::<E>(row.key(), backend);
        let of_row = self.0.iter().filter(|(of, ..)| *of == id);
        of_row.fold(changes, |changes, (_, field, text)| {
            changes.with_text_before(field, text)
        })
    }
}

/// Reads the stored text of JSON in these columns of locked rows, if a number in it may be rounded.
pub(super) async fn texts<E: Audited, T: Transaction>(
    connection: &UnitConnection<T>,
    rows: &[StoredRow<E>],
    columns: Vec<ColumnOf<E>>,
) -> Result<JsonTexts, Error> {
    let backend = connection.get_database_backend();
    let columns: Vec<_> = columns
        .into_iter()
        .filter(|column| {
            let is_json = ValueKind::of::<E>(*column) == ValueKind::Scalar(ArrayType::Json);
            is_json && E::field(*column).policy == FieldPolicy::Record
        })
        .collect();
    let may_be_rounded = |row: &&StoredRow<E>| {
        let mut columns = columns.iter();
        columns.any(|column| has_fraction(&row.get(*column)))
    };
    let rows: Vec<_> = rows.iter().filter(may_be_rounded).collect();
    if rows.is_empty() {
        return Ok(JsonTexts::default());
    }
    let rows = rows.into_iter().fold(Condition::any(), |any, row| {
        let parts = E::PrimaryKey::iter().zip(key::<E>(row, backend));
        any.add(parts.fold(Condition::all(), |all, (part, value)| {
            all.add(part.into_column().eq(value))
        }))
    });
    let family = Family::from(backend);
    let text = family.text_type();
    let rows = E::find().filter(rows);
    // The rows are locked. A read without a lock may see an older snapshot.
    let question = match family.fixes_snapshot_on_read() {
        true => rows.lock(LockType::Update),
        false => rows,
    };
    let question = columns
        .iter()
        .enumerate()
        .fold(question, |question, (at, column)| {
            let stored = Expr::col((E::default(), *column));
            question.expr_as(stored.cast_as(text), alias(at))
        });
    let stored = connection.query_all(&question.into_query()).await;
    let mut texts = Vec::new();
    for row in stored.map_err(failed::<E>)? {
        let key = StoredRow::<E>::read(&row).map_err(failed::<E>)?.key();
        let id = entity_id_of::<E>(key, backend);
        for (at, column) in columns.iter().enumerate() {
            let text: Option<String> = row.try_get("", &alias(at)).map_err(failed::<E>)?;
            if let Some(text) = text.filter(|text| !are_kept(text)) {
                texts.push((id.clone(), E::field(*column).name, text));
            }
        }
    }
    Ok(JsonTexts(texts))
}

/// A name that no column has.
fn alias(at: usize) -> String {
    format!("audit: text {at}")
}

fn has_fraction(value: &Value) -> bool {
    fn has(json: &Json) -> bool {
        match json {
            Json::Number(number) => !number.is_i64() && !number.is_u64(),
            Json::Array(items) => items.iter().any(has),
            Json::Object(entries) => entries.values().any(has),
            Json::Null | Json::Bool(_) | Json::String(_) => false,
        }
    }
    matches!(value, Value::Json(Some(json)) if has(json))
}
