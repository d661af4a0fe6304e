//! The parts of a shape.

use std::{fmt::Debug, marker::PhantomData};

use audit_runtime::audited::{
    ActiveModelOf, Allowlist, Audited, ColumnOf, ModelOf, NewRow, Patch, PatchOf, Values,
};
use sea_orm::{
    ActiveModelBehavior, DatabaseConnection, DbBackend, PrimaryKeyTrait, sea_query::FromValueTuple,
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value as Json;

use crate::backend::Database;

/// An entity of an application, with a draft for new rows and a patch for changes.
pub trait Shape {
    // Named, because the compiler cannot derive from the bounds of `PrimaryKeyTrait::ValueType` that it is an `Into` of
    // itself.
    type Id: FromValueTuple;
    type Entity: Audited<
            Model: PartialEq + Debug,
            ActiveModel: NewRow<Entity = Self::Entity>,
            PrimaryKey: PrimaryKeyTrait<ValueType = Self::Id>,
        >;
    type Draft: Allowlist<Owner = Self::Entity> + NewRow<Entity = Self::Entity> + DeserializeOwned;
    type Patch: PatchOf<Self::Entity> + DeserializeOwned;

    /// Whether a patch can change anything.
    const HAS_PATCH: bool = true;

    /// Whether the database changes the row once more in each update.
    const IS_TOUCHED: bool = false;

    /// A unique constraint. Every row has values for it.
    fn conflict() -> Vec<ColumnOf<Self::Entity>>;

    /// The variants of the table, for example collations. Each of them is walked.
    fn variants(_backend: DbBackend) -> &'static [&'static str] {
        &[""]
    }

    /// The statements that create the table. `None` for the table that SeaORM creates from the entity.
    fn tables(_backend: DbBackend, _variant: &str) -> Option<Vec<String>> {
        None
    }

    /// The statements that clean up for the next variant.
    fn cleared(_backend: DbBackend) -> Vec<String> {
        Vec::new()
    }

    /// The pool for the writes.
    fn connect(database: &Database) -> impl Future<Output = DatabaseConnection> {
        database.connect(|_| {})
    }

    /// The body of a request for a new row. Six of them differ.
    fn row(n: i32) -> Json;

    /// The body of a request for a change. Three of them differ from each other and from every new row.
    fn change(n: i32) -> Json;

    /// The columns that a revert restores, if not all.
    fn taken_back() -> Vec<ColumnOf<Self::Entity>> {
        Vec::new()
    }

    /// The key of the first row, in other spellings that this variant of the table treats as equal.
    fn spelled(_backend: DbBackend, _variant: &str) -> Vec<Self::Id> {
        Vec::new()
    }

    /// The steps that are refused for this entity, each with a part of its error.
    fn refused(_backend: DbBackend) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// A row with the key by which the database finds it, without padding.
    fn compared(row: &ModelOf<Self::Entity>) -> ModelOf<Self::Entity> {
        row.clone()
    }
}

/// A patch of an entity without fields to change, and a draft of an entity without fields to set.
#[derive(Clone, Debug, Deserialize)]
#[serde(bound = "", deny_unknown_fields)]
pub struct Nothing<E> {
    #[serde(skip)]
    entity: PhantomData<fn() -> E>,
}

impl<E> Default for Nothing<E> {
    fn default() -> Self {
        Self {
            entity: PhantomData,
        }
    }
}

impl<E: Audited> Allowlist for Nothing<E> {
    type Owner = E;

    fn values(&self) -> Values<E> {
        Vec::new()
    }
}

impl<E: Audited> Patch for Nothing<E> {
    type Entity = E;
}

impl<E: Audited> PatchOf<E> for Nothing<E> {}

impl<E: Audited> NewRow for Nothing<E> {
    type Entity = E;

    fn into_row(self) -> ActiveModelOf<E> {
        <ActiveModelOf<E> as ActiveModelBehavior>::new()
    }
}
