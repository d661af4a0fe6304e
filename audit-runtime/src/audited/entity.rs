//! The traits of an audited entity and of its allowlists, and the policy of a field.

use std::fmt::Debug;

use sea_orm::{
    ActiveModelBehavior, ActiveValue, ColumnTrait, EntityTrait, IntoActiveModel, PrimaryKeyTrait,
    TryIntoModel, Value,
};

/// An entity whose changes are recorded.
///
/// Implemented by `#[derive(Audited)]` on the entity's `Model`.
/// The bounds are implied, so generic code writes `E: Audited` and no more.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an audited entity",
    label = "not an audited entity",
    note = "add `Audited` to the derives of its `Model`: `#[derive(.., DeriveEntityModel, Audited)]`"
)]
pub trait Audited:
    EntityTrait<
        Model: IntoActiveModel<<Self as EntityTrait>::ActiveModel> + Send + Sync + 'static,
        ActiveModel: ActiveModelBehavior
                         + TryIntoModel<<Self as EntityTrait>::Model>
                         + Send
                         + Sync
                         + 'static,
    >
{
    /// The name entries call this entity by; `None` is the table's name.
    const ENTITY_TYPE: Option<&'static str> = None;

    /// What entries called this entity by before, latest first.
    const FORMER_ENTITY_TYPES: &'static [&'static str] = &[];

    /// Whether the `ActiveModelBehavior` may have hooks that must run inside the transaction.
    const HOOKED: bool = true;

    /// Whether writes take the locked plan even where the fused one fits: for a table with rules, which PostgreSQL does
    /// not let one statement write to and log.
    const LOCKED: bool = false;

    /// Whether a write needs a reason in its context.
    const REASON_REQUIRED: bool = false;

    /// Name and policy of a column's field.
    fn field(column: Self::Column) -> Field;

    /// What a column's field was called before, latest first: the log has its entries under those names.
    ///
    /// Another field may have such a name today. Where an entry does not tell which of the two it is about, neither
    /// value is known.
    fn was(_column: Self::Column) -> &'static [&'static str] {
        &[]
    }

    /// The column whose value names a row in sentences.
    fn label() -> Option<Self::Column> {
        None
    }
}

/// A column of an audited entity: `user::Column::Role`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a column of an audited entity",
    label = "not a column of an entity with `#[derive(Audited)]`",
    note = "pass one such as `user::Column::Role`"
)]
pub trait AuditedColumn: ColumnTrait {
    /// The entity it is a column of.
    type Entity: Audited<Column = Self>;
}

impl<C> AuditedColumn for C
where
    C: ColumnTrait,
    C::EntityName: Audited<Column = C>,
{
    type Entity = C::EntityName;
}

/// An entity whose rows belong to a row of another: orders to a user.
///
/// Implemented by `#[audited(parent = super::user::Entity)]` on the field that holds the parent's key.
#[diagnostic::on_unimplemented(
    message = "`{Self}` declares no parent",
    label = "not a child of another entity",
    note = "mark the field that holds the parent's key: `#[audited(parent = super::user::Entity)]`"
)]
pub trait Child: Audited {
    /// What it belongs to.
    type Parent: Audited;

    /// The column that holds the parent's key.
    fn parent_column() -> Self::Column;
}

/// One field of an audited model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Field {
    /// The field's name in the Rust struct, which is its name in the log.
    pub name: &'static str,
    /// What of the field is kept.
    pub policy: FieldPolicy,
}

impl Field {
    /// Part of the primary key.
    pub const fn key(name: &'static str) -> Self {
        let policy = FieldPolicy::Key;
        Self { name, policy }
    }

    /// A field whose values are kept.
    pub const fn record(name: &'static str) -> Self {
        let policy = FieldPolicy::Record;
        Self { name, policy }
    }

    /// A field of which only the fact of a change is kept.
    pub const fn redact(name: &'static str) -> Self {
        let policy = FieldPolicy::Redact;
        Self { name, policy }
    }

    /// A field of which nothing is kept.
    pub const fn skip(name: &'static str) -> Self {
        let policy = FieldPolicy::Skip;
        Self { name, policy }
    }
}

/// What of a field is kept in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FieldPolicy {
    /// Part of the primary key: kept as the entry's entity id, not among its changes.
    Key,
    /// Values before and after are kept.
    Record,
    /// That it changed is kept, and whether it was or became NULL; values are not.
    Redact,
    /// Nothing is kept.
    Skip,
}

/// The fields of an entity that one kind of caller may set: a patch or a draft.
///
/// Implemented by the structs that `#[derive(Audited)]` generates.
pub trait Allowlist: Clone + Debug + Default + Send + Sync + 'static {
    /// The entity the fields belong to.
    type Owner: Audited;

    /// Every field of the allowlist, set or not.
    fn values(&self) -> Values<Self::Owner>;

    /// The keys of a JSON object that set a column's field: its name there, then what else it may be called; none for
    /// a field that no JSON sets. `None` stands for [`ColumnTrait::json_key`] alone.
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
    // Its own, so that what is no patch is told so once, and not that it is no allowlist besides.
    type Entity: Audited;
}

/// A patch of the entity `E`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a patch of `{E}`",
    label = "a patch of another entity, or none at all",
    note = "pass one of the patches that `#[derive(Audited)]` generated for `{E}`"
)]
pub trait PatchOf<E: Audited>: Patch<Entity = E> {}

/// A row to be inserted: an audited entity's `ActiveModel`, or a draft limited to an allowlist.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a new row of an audited entity",
    label = "neither the `ActiveModel` of an audited entity nor one of its drafts",
    note = "pass `user::ActiveModel {{ .. }}` or a draft generated by `#[audited(create(Name))]`, of an entity with `#[derive(Audited)]`"
)]
pub trait NewRow: Send + 'static {
    /// The entity the row belongs to.
    type Entity: Audited;

    /// The row as SeaORM inserts it.
    fn into_row(self) -> ActiveModelOf<Self::Entity>;
}

/// Columns, and what to set them to.
pub type Values<E> = Vec<(ColumnOf<E>, ActiveValue<Value>)>;
/// The `ActiveModel` of an entity.
pub type ActiveModelOf<E> = <E as EntityTrait>::ActiveModel;
/// The `Column` of an entity.
pub type ColumnOf<E> = <E as EntityTrait>::Column;
/// The primary key of an entity: `i32`, `Uuid`, `(i32, String)` …
pub type KeyOf<E> = <<E as EntityTrait>::PrimaryKey as PrimaryKeyTrait>::ValueType;
/// The `Model` of an entity.
pub type ModelOf<E> = <E as EntityTrait>::Model;
