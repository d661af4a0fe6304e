//! What a shape is made of.

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

/// An entity as an application has it: with a draft of what it sets in a new row, and a patch of what it changes.
pub trait Shape {
    // Named, for of the bounds of `PrimaryKeyTrait::ValueType` alone no compiler finds that it is an `Into` of itself.
    type Id: FromValueTuple;
    type Entity: Audited<
            Model: PartialEq + Debug,
            ActiveModel: NewRow<Entity = Self::Entity>,
            PrimaryKey: PrimaryKeyTrait<ValueType = Self::Id>,
        >;
    type Draft: Allowlist<Owner = Self::Entity> + NewRow<Entity = Self::Entity> + DeserializeOwned;
    type Patch: PatchOf<Self::Entity> + DeserializeOwned;

    /// Whether there is anything that a patch may change.
    const HAS_PATCH: bool = true;

    /// Whether the database itself changes the row once more in each update, besides what is set.
    const IS_TOUCHED: bool = false;

    /// A unique constraint, which every row has values for.
    fn conflict() -> Vec<ColumnOf<Self::Entity>>;

    /// What the table may be made of, each of them walked: collations, say.
    fn variants(_backend: DbBackend) -> &'static [&'static str] {
        &[""]
    }

    /// The statements that make the table; `None` for the one that SeaORM makes of the entity.
    fn tables(_backend: DbBackend, _variant: &str) -> Option<Vec<String>> {
        None
    }

    /// The statements that make place for the next variant.
    fn cleared(_backend: DbBackend) -> Vec<String> {
        Vec::new()
    }

    /// The pool that the entity is written by.
    fn connect(database: &Database) -> impl Future<Output = DatabaseConnection> {
        database.connect(|_| {})
    }

    /// The body of a request for a new row, of six that differ.
    fn row(n: i32) -> Json;

    /// The body of a request for a change, of three that differ from each other and from every new row.
    fn change(n: i32) -> Json;

    /// What of a change is taken back, where that is not all.
    fn taken_back() -> Vec<ColumnOf<Self::Entity>> {
        Vec::new()
    }

    /// The key of the first row, in another spelling that this variant of the table takes for the same.
    fn spelled(_backend: DbBackend, _variant: &str) -> Vec<Self::Id> {
        Vec::new()
    }

    /// What cannot be done with such an entity: the step, and what its error says.
    fn refused(_backend: DbBackend) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// A row with the key by which the database finds it: not filled up with blanks.
    fn compared(row: &ModelOf<Self::Entity>) -> ModelOf<Self::Entity> {
        row.clone()
    }
}

/// A patch of an entity that has nothing to change, and a draft of one that has nothing to say.
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
