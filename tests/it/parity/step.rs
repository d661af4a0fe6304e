//! One write, for either plan.

use std::fmt::Debug;

use audit_runtime::{
    Error, Upserted,
    audited::{ActiveModelOf, KeyOf},
    prelude::*,
};
use proptest::prelude::*;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, IntoActiveModel, Iterable, ModelTrait,
    PrimaryKeyToColumn,
    sea_query::{ArrayType, FromValueTuple},
};

use super::specimens::Specimen;
use crate::{encode, types::check};

type Model<E> = <E as EntityTrait>::Model;
type Column<E> = <E as EntityTrait>::Column;

pub enum Step<E: Specimen> {
    Insert(NewRow<E>),
    Update(Change<E>),
    Delete(Model<E>),
    InsertMany(Vec<NewRow<E>>),
    UpdateMany(Vec<Model<E>>, Change<E>),
    DeleteMany(Vec<Model<E>>),
    InsertOrUpdate(NewRow<E>, Change<E>),
    InsertOrKeep(NewRow<E>),
}

/// A row, and the columns that are left to the database.
pub struct NewRow<E: Specimen> {
    row: Model<E>,
    without: Vec<Column<E>>,
}

/// The columns to set to the values of the row, which also has the key.
pub struct Change<E: Specimen> {
    row: Model<E>,
    columns: Vec<Column<E>>,
}

/// The result: the returned rows, and their count or the outcome of an upsert.
#[derive(Debug)]
pub struct Done<M> {
    pub rows: Vec<M>,
    pub told: String,
}

impl<E: Specimen> Step<E> {
    pub async fn take(&self, writer: &impl Writer) -> Result<Done<Model<E>>, Error> {
        Ok(match self {
            Self::Insert(new) => Done::rows(vec![writer.insert(new.row()).await?]),
            Self::Update(change) => {
                let (key, patch) = (key_of::<E>(&change.row), change.patch());
                let updated = writer.update::<check::Whole<E>>(key, patch).await?;
                Done::rows(vec![updated])
            }
            Self::Delete(row) => {
                writer.delete::<E>(key_of::<E>(row)).await?;
                Done::nothing()
            }
            Self::InsertMany(rows) => {
                let rows = rows.iter().map(NewRow::row);
                Done::rows(writer.insert_many(rows.collect::<Vec<_>>()).await?)
            }
            Self::UpdateMany(rows, change) => {
                Done::count(writer.update_many(keys::<E>(rows), change.patch()).await?)
            }
            Self::DeleteMany(rows) => Done::count(writer.delete_many::<E>(keys::<E>(rows)).await?),
            Self::InsertOrUpdate(new, change) => {
                let (row, patch) = (new.row(), change.patch());
                let upserted = writer.insert_or_update(row, conflict::<E>(), patch).await?;
                Done::upserted(upserted)
            }
            Self::InsertOrKeep(new) => {
                let kept = writer.insert_or_keep(new.row(), conflict::<E>()).await?;
                Done::upserted(kept)
            }
        })
    }

    /// With `odd`, the database may refuse the values.
    pub fn any(odd: bool) -> BoxedStrategy<Self> {
        let new = || new_row::<E>(odd).boxed();
        let change = || change::<E>(odd).boxed();
        let rows = || prop::collection::vec(row::<E>(false), 0..4);
        let some = move || prop::collection::vec(new_row::<E>(odd), 0..4);
        prop_oneof![
            4 => new().prop_map(Self::Insert),
            8 => change().prop_map(Self::Update),
            1 => row::<E>(false).prop_map(Self::Delete),
            3 => some().prop_map(Self::InsertMany),
            4 => (rows(), change()).prop_map(|(rows, change)| Self::UpdateMany(rows, change)),
            1 => rows().prop_map(Self::DeleteMany),
            4 => (new(), change()).prop_map(|(new, change)| Self::InsertOrUpdate(new, change)),
            1 => new().prop_map(Self::InsertOrKeep),
        ]
        .boxed()
    }
}

impl<E: Specimen> NewRow<E> {
    fn row(&self) -> ActiveModelOf<E> {
        let mut row = self.row.clone().into_active_model();
        for column in self.without.iter().copied().chain(E::computed()) {
            row.not_set(column);
        }
        row
    }
}

impl<E: Specimen> Change<E> {
    fn patch(&self) -> check::Whole<E> {
        check::some(&self.row, &self.columns)
    }
}

impl<M> Done<M> {
    pub fn nothing() -> Self {
        Self::rows(Vec::new())
    }

    fn rows(rows: Vec<M>) -> Self {
        let told = String::new();
        Self { rows, told }
    }

    fn count(count: u64) -> Self {
        let told = count.to_string();
        Self {
            told,
            ..Self::nothing()
        }
    }

    fn upserted(upserted: Upserted<M>) -> Self {
        // Each plan decides whether to write a row in which nothing changes.
        let told = match upserted {
            Upserted::Created(_) => "created",
            _ => "there already",
        };
        Self {
            told: told.to_owned(),
            ..Self::rows(vec![upserted.into_row()])
        }
    }
}

fn key_of<E: Specimen>(row: &Model<E>) -> KeyOf<E> {
    KeyOf::<E>::from_value_tuple(row.get_primary_key_value())
}

fn conflict<E: Specimen>() -> Vec<Column<E>> {
    let keys = E::PrimaryKey::iter();
    keys.map(PrimaryKeyToColumn::into_column).collect()
}

fn keys<E: Specimen>(rows: &[Model<E>]) -> Condition {
    rows.iter().fold(Condition::any(), |any, row| {
        let key = conflict::<E>().into_iter();
        let key = key.map(|column| column.eq(row.get(column)));
        any.add(key.fold(Condition::all(), Condition::add))
    })
}

fn new_row<E: Specimen>(odd: bool) -> impl Strategy<Value = NewRow<E>> {
    let nullable = columns::<E>();
    let nullable: Vec<_> = nullable
        .into_iter()
        .filter(|column| column.def().is_null())
        .collect();
    let few = 0..=nullable.len().min(2);
    (row::<E>(odd), prop::sample::subsequence(nullable, few))
        .prop_map(|(row, without)| NewRow { row, without })
}

fn change<E: Specimen>(odd: bool) -> impl Strategy<Value = Change<E>> {
    let settable = columns::<E>();
    let all = settable.len();
    let some = prop_oneof![4 => 0..=all.min(4), 1 => Just(all)];
    (row::<E>(odd), some).prop_flat_map(move |(row, some)| {
        prop::sample::subsequence(settable.clone(), some).prop_map(move |columns| Change {
            row: row.clone(),
            columns,
        })
    })
}

/// One of the specimen's rows with values of others, and if `odd` with a random value.
fn row<E: Specimen>(odd: bool) -> BoxedStrategy<Model<E>> {
    let columns = columns::<E>();
    let strange: Vec<_> = columns
        .iter()
        .filter_map(|column| {
            let of: ArrayType = E::Model::get_value_type(*column);
            let (_, values) = encode::types()
                .into_iter()
                .find(|(other, _)| *other == of)?;
            Some((*column, values))
        })
        .collect();
    let strange = prop::sample::select(strange)
        .prop_flat_map(|(column, values)| (Just(column), values))
        .prop_filter("NOT NULL", |(column, value)| {
            column.def().is_null() || value.is_some()
        });
    let strange = prop::collection::vec(strange, if odd { 0..2 } else { 0..1 });
    let others = (
        prop::sample::select(columns),
        prop::sample::select(E::rows()),
    );
    let parts = (
        prop::sample::select(E::rows()),
        prop::sample::select(E::keys()),
        prop::collection::vec(others, 0..4),
        strange,
    );
    parts
        .prop_map(|(mut row, key, others, strange)| {
            for (column, other) in others {
                row.set(column, other.get(column));
            }
            for (column, value) in strange {
                // An enum does not accept every text.
                let _ = row.try_set(column, value);
            }
            for (column, value) in conflict::<E>().into_iter().zip(key) {
                row.set(column, value);
            }
            row
        })
        .boxed()
}

fn columns<E: Specimen>() -> Vec<Column<E>> {
    let columns = E::Column::iter().filter(|column| {
        let is_computed = E::computed()
            .iter()
            .any(|other| format!("{other:?}") == format!("{column:?}"));
        E::PrimaryKey::from_column(*column).is_none() && !is_computed
    });
    columns.collect()
}

// A derived impl would require it of the entity, which does not need it.
impl<E: Specimen> Debug for Step<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Insert(new) => write!(f, "Insert {new:?}"),
            Self::Update(change) => write!(f, "Update {change:?}"),
            Self::Delete(row) => write!(f, "Delete {row:?}"),
            Self::InsertMany(new) => write!(f, "InsertMany {new:?}"),
            Self::UpdateMany(rows, change) => write!(f, "UpdateMany {rows:?} {change:?}"),
            Self::DeleteMany(rows) => write!(f, "DeleteMany {rows:?}"),
            Self::InsertOrUpdate(new, change) => write!(f, "InsertOrUpdate {new:?} {change:?}"),
            Self::InsertOrKeep(new) => write!(f, "InsertOrKeep {new:?}"),
        }
    }
}

impl<E: Specimen> Debug for NewRow<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} without {:?}", self.row, self.without)
    }
}

impl<E: Specimen> Debug for Change<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} to {:?}", self.columns, self.row)
    }
}
