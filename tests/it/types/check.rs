//! The property: the value in the log equals the value in the database, or neither is stored.

use audit_runtime::{
    Changes, Entry, audit_log,
    audited::{Allowlist, Audited, ColumnOf, ModelOf, NewRow, Patch, PatchOf, Values},
    encode::{Encoded, encode},
    prelude::*,
};
use sea_orm::{
    ActiveValue, DatabaseConnection, EntityTrait, IntoActiveModel, Iterable, ModelTrait,
    PrimaryKeyToColumn, PrimaryKeyTrait, QueryOrder, Value,
};
use serde_json::Value as Json;

use crate::entities::context;

/// A patch that sets every column to its value in `row`.
pub fn whole<M: ModelTrait<Entity: Audited<Model = M>>>(row: &M) -> Whole<M::Entity> {
    some(row, &fields::<M::Entity>().collect::<Vec<_>>())
}

/// A patch that sets these columns to their values in `row`.
pub fn some<M: ModelTrait<Entity: Audited<Model = M>>>(
    row: &M,
    columns: &[ColumnOf<M::Entity>],
) -> Whole<M::Entity> {
    let columns = columns.iter().copied();
    Whole(
        columns
            .map(|column| (column, ActiveValue::Set(row.get(column))))
            .collect(),
    )
}

#[derive(Clone, Debug)]
pub struct Whole<E: Audited>(Values<E>);

impl<E: Audited> Default for Whole<E> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<E: Audited> Allowlist for Whole<E> {
    type Owner = E;

    fn values(&self) -> Values<E> {
        self.0.clone()
    }
}

impl<E: Audited> Patch for Whole<E> {
    type Entity = E;
}

impl<E: Audited> PatchOf<E> for Whole<E> {}

/// The key of the row in all states.
pub const ID: i32 = 1;

/// The names of the states that a database does not store unchanged.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// Refused with an error, and nothing was changed or logged.
    pub refused: Vec<&'static str>,
    /// Stored differently: rounded, padded or cut.
    pub altered: Vec<&'static str>,
}

/// Inserts the first of these states of one row, updates it to each of the others, and deletes it.
///
/// Each entry must contain the value that the database stores, in the same JSON on every database.
pub async fn check<E>(db: &DatabaseConnection, states: &[(&'static str, ModelOf<E>)]) -> Taken
where
    E: Audited<PrimaryKey: PrimaryKeyTrait<ValueType = i32>, ActiveModel: NewRow<Entity = E>>,
{
    let context = context();
    let audit = db.audited(&context);
    let mut taken = Taken::default();
    let mut before: Option<ModelOf<E>> = None;
    let mut written = count(db).await;
    let mut past = Vec::new();
    for (name, state) in states {
        let result = match &before {
            None => audit.insert(state.clone().into_active_model()).await,
            Some(_) => audit.update(ID, whole(state)).await,
        };
        let after = E::find_by_id(ID).one(db).await.unwrap();
        let Ok(returned) = result else {
            assert_same::<E>(name, before.as_ref(), after.as_ref());
            assert_eq!(count(db).await, written, "{name} was refused");
            taken.refused.push(name);
            continue;
        };
        assert_same::<E>(name, Some(&returned), after.as_ref());
        let changed = before.is_none() || differ::<E>(before.as_ref(), after.as_ref());
        assert_eq!(count(db).await, written + usize::from(changed), "{name}");
        if changed {
            written += 1;
            let entry = last(db).await;
            check_entry::<E>(name, &entry, before.as_ref(), after.as_ref());
            past.push((*name, entry.id, after.clone()));
            if differ::<E>(Some(state), after.as_ref()) {
                taken.altered.push(name);
            } else {
                check_json::<E>(name, &entry, state);
            }
        }
        before = after;
    }
    check_past::<E>(db, &past).await;
    if let Some(before) = &before {
        audit.delete::<E>(ID).await.unwrap();
        check_entry::<E>("deleted", &last(db).await, Some(before), None);
        check_past::<E>(db, &past).await;
    }
    taken
}

/// Asserts that the row after each entry is known exactly, in every column.
async fn check_past<E>(db: &DatabaseConnection, states: &[(&'static str, i64, Option<ModelOf<E>>)])
where
    E: Audited<PrimaryKey: PrimaryKeyTrait<ValueType = i32>>,
{
    for (name, entry, state) in states {
        let past = E::state_at(ID, *entry, db).await.unwrap().unwrap();
        let model = past
            .model()
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_same::<E>(name, Some(&model), state.as_ref());
    }
}

/// Numbers by value: PostgreSQL writes 1e17 without an exponent, and reads it back as an integer.
pub fn plain_numbers(json: Json) -> Json {
    match json {
        Json::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < 9e18 => {
                (float as i64).into()
            }
            _ => Json::Number(number),
        },
        Json::Array(items) => items.into_iter().map(plain_numbers).collect(),
        Json::Object(entries) => entries
            .into_iter()
            .map(|(key, value)| (key, plain_numbers(value)))
            .collect(),
        json => json,
    }
}

pub async fn count(db: &DatabaseConnection) -> usize {
    audit_log::Entity::find().all(db).await.unwrap().len()
}

pub async fn last(db: &DatabaseConnection) -> Entry {
    let row = audit_log::Entity::find()
        .order_by_desc(audit_log::Column::Id)
        .one(db)
        .await
        .unwrap();
    row.unwrap().into()
}

fn check_entry<E: Audited>(
    name: &str,
    entry: &Entry,
    before: Option<&ModelOf<E>>,
    after: Option<&ModelOf<E>>,
) {
    for column in fields::<E>() {
        let (was, is) = entry.values::<E>(column).unwrap();
        let (before, after) = (
            before.map(|row| row.get(column)),
            after.map(|row| row.get(column)),
        );
        if was.is_none() && is.is_none() {
            assert!(same(&before, &after), "{name}: {column:?} changed unseen");
            continue;
        }
        assert!(
            same(&was, &before),
            "{name}: {column:?} was {before:?}, the log says {was:?}"
        );
        assert!(
            same(&is, &after),
            "{name}: {column:?} is {after:?}, the log says {is:?}"
        );
    }
    // Any entry can be displayed.
    assert!(!entry.to_string().is_empty());
    assert!(serde_json::to_string(entry).is_ok());
}

/// The JSON of a value depends on the value, and not on the database.
fn check_json<E: Audited>(name: &str, entry: &Entry, state: &ModelOf<E>) {
    let all = plain_numbers(Changes::created::<E>(state).after());
    let after = plain_numbers(entry.after());
    for (field, json) in after.as_object().unwrap() {
        if let Some(Encoded::Base64(_)) = entry.change(field).and_then(|it| it.after.as_ref()) {
            // One document has many texts. Other tests check that it reads back.
            continue;
        }
        assert_eq!(json, &all[field], "{name}: {field}");
    }
}

fn assert_same<E: Audited>(name: &str, a: Option<&ModelOf<E>>, b: Option<&ModelOf<E>>) {
    assert!(!differ::<E>(a, b), "{name}: {a:?} is not {b:?}");
}

fn differ<E: Audited>(a: Option<&ModelOf<E>>, b: Option<&ModelOf<E>>) -> bool {
    fields::<E>().any(|column| {
        let value = |row: Option<&ModelOf<E>>| row.map(|row| row.get(column));
        !same(&value(a), &value(b))
    })
}

/// Independent of the library's comparison, except for the notation of numbers in JSON.
pub fn same(a: &Option<Value>, b: &Option<Value>) -> bool {
    match (a, b) {
        (Some(Value::Json(Some(a))), Some(Value::Json(Some(b)))) => {
            plain_numbers(Json::clone(a)) == plain_numbers(Json::clone(b))
        }
        (Some(Value::Double(Some(a))), Some(Value::Double(Some(b)))) => {
            a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan()
        }
        (Some(Value::Float(Some(a))), Some(Value::Float(Some(b)))) => {
            a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan()
        }
        (Some(a), Some(b)) => a == b && encode(a) == encode(b),
        _ => a == b,
    }
}

fn fields<E: Audited>() -> impl Iterator<Item = ColumnOf<E>> {
    E::Column::iter().filter(|column| E::PrimaryKey::from_column(*column).is_none())
}
