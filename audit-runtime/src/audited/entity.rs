//! The traits of an audited entity and of its allowlists, and the policy of a field.

use std::fmt::{self, Debug, Display};

use sea_orm::{
    ActiveModelBehavior, ActiveValue, ColumnTrait, EntityTrait, IntoActiveModel, PrimaryKeyTrait,
    TryIntoModel, Value,
};
use serde::{Deserialize, Serialize};

use super::{parent::ParentField, touch::Touch};

/// An entity whose changes are recorded.
///
/// `#[derive(Audited)]` on the entity's `Model` implements it. The bounds are implied, so generic code needs only `E:
/// Audited`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an audited entity",
    label = "not an audited entity",
    note = "add `Audited` to the derives of its `Model`: `#[derive(.., DeriveEntityModel, Audited)]`",
    note = "name the entity, `user::Entity`, not its `Model`",
    note = "of an entity in a file that nobody edits, a list of its columns in another file has the derive, with `#[audited(entity = user::Entity)]`"
)]
pub trait Audited:
    EntityTrait<
        Model: IntoActiveModel<<Self as EntityTrait>::ActiveModel> + Send + Sync + 'static,
        ActiveModel: TryIntoModel<<Self as EntityTrait>::Model> + Send + Sync + 'static,
    >
{
    /// The entity's name in entries; `None` for the name of the table.
    const ENTITY_TYPE: Option<&'static str> = None;

    /// The entity's former names in entries, latest first.
    const FORMER_ENTITY_TYPES: &'static [&'static str] = &[];

    /// Whether the `ActiveModelBehavior` may have hooks that must run inside the transaction.
    const HOOKED: bool = true;

    /// Whether writes always take the locked plan. A table with rules needs it, because PostgreSQL does not allow one
    /// statement to write to such a table and to the log.
    const LOCKED: bool = false;

    /// Whether a write needs a reason in its context.
    const REASON_REQUIRED: bool = false;

    /// Returns the name and the policy of a column's field.
    fn field(column: Self::Column) -> Field;

    /// Returns the former names of a column's field, latest first. Older entries contain them.
    ///
    /// Another field may have such a name today. If an entry is ambiguous between the two, both values are unknown.
    fn was(_column: Self::Column) -> &'static [&'static str] {
        &[]
    }

    /// Returns the column whose value names a row in sentences.
    fn label() -> Option<Self::Column> {
        None
    }

    /// Returns the columns whose values an erasure (feature `retention`) removes from the entries of a row.
    fn erasable() -> &'static [Self::Column] {
        &[]
    }

    /// Returns when the engine sets a column's field to the current moment. The policy of such a field is
    /// [`Skip`](FieldPolicy::Skip), and no allowlist contains it.
    fn touch(_column: Self::Column) -> Option<Touch> {
        None
    }

    /// Returns the parents of a row: fields that hold the key of a row of another entity.
    fn parents() -> Vec<ParentField<Self::Column>> {
        Vec::new()
    }

    /// Returns the allowlists of the entity: the name of each patch and draft, and the columns that it may set.
    ///
    /// [`Coverage`](crate::coverage::Coverage) contains no others.
    fn allowlists() -> &'static [(&'static str, &'static [Self::Column])] {
        &[]
    }
}

/// An `ActiveModel` with an `ActiveModelBehavior`.
#[diagnostic::on_unimplemented(
    message = "`ActiveModel` has no `ActiveModelBehavior`",
    label = "neither `no_hooks` nor an impl",
    note = "without hooks: `#[audited(no_hooks)]` on the struct; with hooks, or to add them later: `impl ActiveModelBehavior for ActiveModel {{}}`"
)]
pub trait Behaves {}

#[diagnostic::do_not_recommend]
impl<A: ActiveModelBehavior> Behaves for A {}

/// The derive calls it for an entity that may have hooks, so that the compiler reports a missing `Behaves`.
pub const fn behaves<A: Behaves>() {}

/// A column of an audited entity: `user::Column::Role`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a column of an audited entity",
    label = "not a column of an entity with `#[derive(Audited)]`",
    note = "pass one such as `user::Column::Role`"
)]
pub trait AuditedColumn: ColumnTrait {
    /// The entity of the column.
    type Entity: Audited<Column = Self>;
}

#[diagnostic::do_not_recommend]
impl<C> AuditedColumn for C
where
    C: ColumnTrait,
    C::EntityName: Audited<Column = C>,
{
    type Entity = C::EntityName;
}

/// An entity whose rows belong to a row of another entity, such as orders to a user.
///
/// `#[audited(parent = super::user::Entity)]` on the field that holds the parent's key implements it. A row of a join
/// table has several parents: then `Parent` is the first of them, and [`Audited::parents`] has all.
#[diagnostic::on_unimplemented(
    message = "`{Self}` declares no parent",
    label = "not a child of another entity",
    note = "mark the field that holds the parent's key: `#[audited(parent = super::user::Entity)]`"
)]
pub trait Child: Audited {
    /// The parent entity, the first of several.
    type Parent: Audited;

    /// Returns the column that holds the parent's key.
    fn parent_column() -> Self::Column;
}

/// One field of an audited model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Field {
    /// The field's name in the Rust struct and in the log.
    pub name: &'static str,
    /// The policy of the field.
    pub policy: FieldPolicy,
}

impl Field {
    /// A field of the primary key.
    pub const fn key(name: &'static str) -> Self {
        let policy = FieldPolicy::Key;
        Self { name, policy }
    }

    /// A field whose values are stored.
    pub const fn record(name: &'static str) -> Self {
        let policy = FieldPolicy::Record;
        Self { name, policy }
    }

    /// A field of which only the fact of a change is stored.
    pub const fn redact(name: &'static str) -> Self {
        let policy = FieldPolicy::Redact;
        Self { name, policy }
    }

    /// A field of which nothing is stored.
    pub const fn skip(name: &'static str) -> Self {
        let policy = FieldPolicy::Skip;
        Self { name, policy }
    }
}

/// The policy of a field: what the log stores of it. It prints and serializes as its attribute, in lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum FieldPolicy {
    /// The field belongs to the primary key. It is stored as the entry's entity id, not among the changes.
    Key,
    /// The values before and after are stored.
    Record,
    /// The entry says that the field changed, and whether it was or became NULL. It stores no values.
    Redact,
    /// Nothing is stored.
    Skip,
}

impl Display for FieldPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Key => "key",
            Self::Record => "record",
            Self::Redact => "redact",
            Self::Skip => "skip",
        })
    }
}

/// The fields of an entity that one kind of caller may set: a patch or a draft.
///
/// The structs that `#[derive(Audited)]` generates implement it.
pub trait Allowlist: Clone + Debug + Default + Send + Sync + 'static {
    /// The entity of the fields.
    type Owner: Audited;

    /// Returns every field of the allowlist, set or not.
    fn values(&self) -> Values<Self::Owner>;

    /// Returns the JSON keys that set a column's field: its name, then its aliases; no keys for a field that JSON
    /// cannot set. `None` means only [`ColumnTrait::json_key`].
    fn keys(_column: ColumnOf<Self::Owner>) -> Option<&'static [&'static str]> {
        None
    }
}

/// A partial update, limited to an allowlist decided at compile time.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a patch of an audited entity",
    label = "not a patch",
    note = "put fields in an allowlist with `#[audited(update(Name))]` and pass the generated `NamePatch`"
)]
pub trait Patch: Allowlist<Owner = Self::Entity> {
    /// The entity it updates.
    // A separate associated type, so that a wrong argument gives one error, not two.
    type Entity: Audited;
}

/// A patch of the entity `E`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a patch of `{E}`",
    label = "a patch of another entity, or none at all",
    note = "pass one of the patches that `#[derive(Audited)]` generated for `{E}`",
    note = "beside an `impl Patch` by hand stands an `impl PatchOf<{E}>`"
)]
pub trait PatchOf<E: Audited>: Patch<Entity = E> {}

/// A row to insert: an `ActiveModel` of an audited entity, or a draft.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a new row of an audited entity",
    label = "neither the `ActiveModel` of an audited entity nor one of its drafts",
    note = "pass `user::ActiveModel {{ .. }}` or a draft generated by `#[audited(create(Name))]`, of an entity with `#[derive(Audited)]`",
    note = "beside an `impl Audited` by hand stands an `impl NewRow` for the `ActiveModel` and for each draft"
)]
pub trait NewRow: Send + 'static {
    /// The entity of the row.
    type Entity: Audited;

    /// Converts to the row that SeaORM inserts.
    fn into_row(self) -> ActiveModelOf<Self::Entity>;
}

/// Columns with their new values.
pub type Values<E> = Vec<(ColumnOf<E>, ActiveValue<Value>)>;
/// The `ActiveModel` of an entity.
pub type ActiveModelOf<E> = <E as EntityTrait>::ActiveModel;
/// The `Column` of an entity.
pub type ColumnOf<E> = <E as EntityTrait>::Column;
/// The primary key of an entity: `i32`, `Uuid`, `(i32, String)` …
pub type KeyOf<E> = <<E as EntityTrait>::PrimaryKey as PrimaryKeyTrait>::ValueType;
/// The `Model` of an entity.
pub type ModelOf<E> = <E as EntityTrait>::Model;
