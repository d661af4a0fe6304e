//! The audited entities of an application: a list for guards, the doctor and all else that iterates over them.

use std::{
    any::{self, TypeId},
    fmt,
};

use sea_orm::{
    ColumnTrait, DatabaseConnection, IdenStatic, Iterable,
    sea_query::{ColumnType, Expr},
};

#[cfg(feature = "test")]
use sea_orm::{DbBackend, Schema, sea_query::TableCreateStatement};

use super::guard::{GuardMode, guard_here, install_guard, remove_guard};
use crate::{
    Error,
    audited::{Audited, ColumnOf, FieldPolicy, known::know, names::type_names},
    pending::Pending,
    replayed::{Next, Replayed, Replayer},
};

/// The audited entities of an application.
///
/// [`entities!`](crate::entities) creates it from a list. With the feature `entity-registry` every derived entity
/// registers itself, and `Entities::registered` returns all of them.
///
/// ```
/// # mod user {
/// #     use audit_runtime::Audited;
/// #     use sea_orm::entity::prelude::*;
/// #     #[sea_orm::model]
/// #     #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
/// #     #[sea_orm(table_name = "users")]
/// #     #[audited(entity_type = "User", no_hooks)]
/// #     pub struct Model {
/// #         #[sea_orm(primary_key)]
/// #         pub id: i32,
/// #         #[audited(redact)]
/// #         pub phone: String,
/// #     }
/// # }
/// use audit_runtime::{audited::FieldPolicy, entities};
///
/// let entities = entities![user::Entity];
/// let user = entities.iter().next().unwrap();
/// assert_eq!((user.entity_type(), user.table()), ("User", "users"));
/// assert_eq!(user.columns()[1].name, "phone");
/// assert_eq!(user.columns()[1].policy, FieldPolicy::Redact);
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a list of entities does nothing until it is passed on"]
pub struct Entities(Vec<AuditedTable>);

impl Entities {
    /// Creates an empty list.
    pub fn new() -> Self {
        Self::default()
    }

    pub(crate) fn with_replay<E: Audited>(mut self, replay: Replayer) -> Self {
        if !self.iter().any(|table| table.id == TypeId::of::<E>()) {
            know::<E>();
            self.0.push(AuditedTable::of::<E>(replay));
        }
        self
    }

    /// Keeps the entities with these types in entries.
    #[cfg(feature = "cli")]
    pub(crate) fn of_types(mut self, types: &[String]) -> Self {
        self.0
            .retain(|table| types.iter().any(|name| name == table.entity_type()));
        self
    }

    /// Returns the entities in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = &AuditedTable> {
        self.0.iter()
    }
}

/// The description of an audited entity, without its Rust type.
#[derive(Clone)]
pub struct AuditedTable {
    pub(super) id: TypeId,
    entity: &'static str,
    /// The name in entries, then former ones.
    entity_types: Vec<String>,
    schema: Option<String>,
    table: &'static str,
    columns: Vec<TableColumn>,
    allowlists: Vec<(&'static str, Vec<&'static str>)>,
    is_reason_required: bool,
    pub(super) guard_here:
        for<'a> fn(&'a DatabaseConnection, GuardMode) -> Pending<'a, Vec<String>>,
    install_guard: for<'a> fn(&'a DatabaseConnection, GuardMode) -> Pending<'a, ()>,
    remove_guard: for<'a> fn(&'a DatabaseConnection) -> Pending<'a, ()>,
    replay: Replayer,
    #[cfg(feature = "test")]
    create: fn(DbBackend) -> TableCreateStatement,
}

impl AuditedTable {
    fn of<E: Audited>(replay: Replayer) -> Self {
        let entity = E::default();
        let columns = ColumnOf::<E>::iter().map(|column| {
            let definition = column.def();
            let is_it = |other: &ColumnOf<E>| other.as_str() == column.as_str();
            TableColumn {
                name: column.as_str(),
                field: E::field(column).name,
                policy: E::field(column).policy,
                is_erasable: E::erasable().iter().any(is_it),
                is_label: E::label().as_ref().is_some_and(is_it),
                was: E::was(column),
                column_type: definition.get_column_type().clone(),
                is_cast: column.select_as(Expr::col(column)) != Expr::col(column),
            }
        });
        let fields = |columns: &[ColumnOf<E>]| {
            let fields = columns.iter().map(|column| E::field(*column).name);
            fields.collect()
        };
        let allowlists = E::allowlists().iter();
        Self {
            id: TypeId::of::<E>(),
            entity: any::type_name::<E>(),
            entity_types: type_names::<E>(),
            schema: entity.schema_name().map(str::to_owned),
            table: entity.table_name(),
            columns: columns.collect(),
            allowlists: allowlists
                .map(|(name, columns)| (*name, fields(columns)))
                .collect(),
            is_reason_required: E::REASON_REQUIRED,
            guard_here: guard_here::<E>,
            install_guard: |db, mode| Box::pin(install_guard::<E>(db, mode)),
            remove_guard: |db| Box::pin(remove_guard::<E>(db)),
            replay,
            #[cfg(feature = "test")]
            create: |backend| Schema::new(backend).create_table_from_entity(E::default()),
        }
    }

    /// The statement that creates its table.
    #[cfg(feature = "test")]
    pub(crate) fn create(&self, backend: DbBackend) -> TableCreateStatement {
        (self.create)(backend)
    }

    /// Compares a page of its rows with the log.
    pub(crate) fn replay(
        &self,
        db: DatabaseConnection,
        next: Next,
        rows: u64,
    ) -> Pending<'static, Replayed> {
        (self.replay)(db, next, rows)
    }

    /// The path of the entity.
    pub(crate) fn entity(&self) -> &'static str {
        self.entity
    }

    /// Its name in entries.
    pub fn entity_type(&self) -> &str {
        &self.entity_types[0]
    }

    /// Its former names in entries, latest first.
    pub fn former_entity_types(&self) -> &[String] {
        &self.entity_types[1..]
    }

    /// The name of its table.
    pub fn table(&self) -> &'static str {
        self.table
    }

    /// The schema of its table; `None` is that of the connection.
    pub fn schema(&self) -> Option<&str> {
        self.schema.as_deref()
    }

    /// Its columns.
    pub fn columns(&self) -> &[TableColumn] {
        &self.columns
    }

    /// The names of its patches and drafts, each with the fields that it may set.
    pub fn allowlists(&self) -> &[(&'static str, Vec<&'static str>)] {
        &self.allowlists
    }

    /// Whether a write needs a reason.
    pub fn is_reason_required(&self) -> bool {
        self.is_reason_required
    }
}

impl fmt::Debug for AuditedTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuditedTable")
            .field("entity_type", &self.entity_type())
            .field("schema", &self.schema)
            .field("table", &self.table)
            .finish_non_exhaustive()
    }
}

/// A column of an audited table.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TableColumn {
    /// Its name in the table.
    pub name: &'static str,
    /// Its field's name in the log.
    pub field: &'static str,
    /// The policy of the field. The key consists of the columns with [`FieldPolicy::Key`].
    pub policy: FieldPolicy,
    /// Whether an erasure takes its values out of the log.
    pub is_erasable: bool,
    /// Whether its value names a row in sentences.
    pub is_label: bool,
    /// Its field's former names in the log, latest first.
    pub was: &'static [&'static str],
    /// Its type in the entity.
    pub column_type: ColumnType,
    /// Whether the entity reads it through a cast, from another type.
    pub(super) is_cast: bool,
}

/// Installs the guard of each of these entities, or replaces it: see [`install_guard`].
///
/// # Errors
///
/// The errors of [`install_guard`]. The entities before the failed one have their guards.
pub async fn install_guards(
    db: &DatabaseConnection,
    entities: &Entities,
    mode: GuardMode,
) -> Result<(), Error> {
    for table in entities.iter() {
        (table.install_guard)(db, mode).await?;
    }
    Ok(())
}

/// Removes the guard of each of these entities, if there is one.
///
/// # Errors
///
/// The errors of [`remove_guard`].
pub async fn remove_guards(db: &DatabaseConnection, entities: &Entities) -> Result<(), Error> {
    for table in entities.iter() {
        (table.remove_guard)(db).await?;
    }
    Ok(())
}

/// A list of audited entities: `entities![user::Entity, order::Entity]`. See [`Entities`](crate::schema::Entities).
#[macro_export]
macro_rules! entities {
    ($($entity:ty),* $(,)?) => {
        $crate::schema::Entities::new()$(.with::<$entity>())*
    };
}

/// Registers an audited entity, with the feature `entity-registry`.
///
/// The derive calls it. For a handwritten impl, call `register_entity!(invoice::Entity);`.
#[cfg(feature = "entity-registry")]
#[macro_export]
macro_rules! register_entity {
    ($entity:ty) => {
        $crate::__private::inventory::submit! {
            $crate::__private::Registration::of::<$entity>(::core::module_path!())
        }
    };
}

/// Does nothing without the feature `entity-registry`.
#[cfg(not(feature = "entity-registry"))]
#[macro_export]
macro_rules! register_entity {
    ($entity:ty) => {};
}
