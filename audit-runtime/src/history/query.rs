//! The query builder of the log.

use std::{collections::BTreeMap, fmt::Display};

use super::{
    budget::Deadline,
    children::Children,
    condition::Condition,
    field::FieldFilter,
    given::Given,
    log_rows::{Archived, Beyond},
    scope::Scope,
};
use crate::audited::{Audited, AuditedColumn, Child, IntoKey, entity_type::entity_types};
#[cfg(any(feature = "cli", feature = "http"))]
use crate::text::identity;
use sea_orm::{
    Value,
    sea_query::{IntoValueTuple, ValueTuple},
};

/// A query of the log.
///
/// It covers a row, an entity type or the whole log, narrowed by any combination of conditions. [`page`](Self::page)
/// and [`stream`](Self::stream) run it.
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
/// #         #[audited(update)]
/// #         pub role: String,
/// #     }
/// # }
/// # use audit_runtime::prelude::*;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let db = sea_orm::Database::connect("sqlite::memory:").await?;
/// # audit_runtime::schema::install(&db).await?;
/// // Who became admin, ever?
/// let question = History::of_type::<user::Entity>()
///     .changed(user::Column::Role)
///     .to("admin");
/// let page = question.newest_first().page(&db, None, 50).await?;
/// assert!(page.entries.is_empty());
///
/// // A search that would read the whole log is refused, and told what to add.
/// let refused = History::all().ip([203, 0, 113, 9]).page(&db, None, 50).await.unwrap_err();
/// assert!(refused.to_string().starts_with("no index serves a search by ip alone"));
/// # Ok(())
/// # }
/// ```
///
/// # What a page costs
///
/// Entries are ordered by id. For one row that is the order of its changes; for several rows it is nearly the order of
/// time. Pages continue by id, so the last page costs as much as the first, and nothing is counted.
///
/// | question | what the database reads for a page |
/// |---|---|
/// | [`of`](Self::of), [`on`](Self::on), [`actor`](Self::actor), [`action`](Self::action), [`all`](Self::all) | the page |
/// | [`action`](Self::action) of `UPDATE` alone | on PostgreSQL and SQLite also the other entries between its updates |
/// | [`changeset`](Self::changeset) | the page; on PostgreSQL the changeset |
/// | [`of_type`](Self::of_type) | the page with [`Index::EntityType`](crate::schema::Index::EntityType); else all entries of the type, or of the log |
/// | [`since`](Self::since), [`until`](Self::until) | the entries of that time, or those that came after it |
/// | [`with_children`](Self::with_children) | all entries of the row and its children; to find deleted children, also the entries of the children's type, including archived ones |
/// | [`request_id`](Self::request_id) | with [`Index::RequestId`](crate::schema::Index::RequestId) the page |
/// | [`changed`](Self::changed) with a value | on PostgreSQL with [`Index::Changes`](crate::schema::Index::Changes) the entries that match |
///
/// All conditions must hold. One index finds the entries, and the other conditions filter them. The conditions without
/// an index ([`ip`](Self::ip), [`session_id`](Self::session_id), [`request_id`](Self::request_id),
/// [`outcome`](Self::outcome), [`on_behalf_of`](Self::on_behalf_of), [`tenant`](Self::tenant),
/// [`changed`](Self::changed)) need a row, a type, an actor, a changeset or `since` as well. Without one, the query
/// fails with [`Error::UnservedQuery`](crate::Error::UnservedQuery).
///
/// A second call of a method replaces the first. Only `changed` adds a condition with each call.
#[derive(Clone, Debug)]
#[must_use = "a question is answered by `page`, `latest`, `exists` or `stream`"]
pub struct History {
    pub(super) scope: Scope,
    pub(super) children: Vec<Vec<Children>>,
    pub(super) names_parents: bool,
    /// The conditions by name.
    pub(super) conditions: BTreeMap<&'static str, Condition>,
    pub(super) fields: Vec<FieldFilter>,
    /// The first contradiction in the query.
    pub(super) misuse: Option<&'static str>,
    pub(super) newest_first: bool,
    /// The archive that is read with the log.
    pub(super) archive: Option<Archived>,
}

impl History {
    /// The history of the row with this id: its changes, and the events about it, oldest first.
    ///
    /// The table decides which row a key means. If it treats `JANE` and `jane` as equal, both find the entries of the
    /// stored row. The entries of a deleted row are found by the same comparison; those with a composite key that
    /// contains text only by the stored spelling. A key that may be stored in another form than it is given, such as
    /// text, costs one more statement per page. With an archive, a key that is in neither as given is searched for in
    /// both.
    pub fn of<E: Audited>(id: impl IntoKey<E>) -> Self {
        Self::of_key::<E>(id.into_key().into_value_tuple())
    }

    /// The history of all rows of an entity.
    pub fn of_type<E: Audited>() -> Self {
        Self::within(Scope::Type(entity_types::<E>()))
    }

    /// The history of a record by its type and id in the log, as [`Event::on`](crate::Event::on) takes them.
    pub fn on(entity_type: impl Into<String>, entity_id: impl Display) -> Self {
        Self::within(Scope::named(entity_type.into(), entity_id.to_string()))
    }

    /// The history of all records of a type, by its name in the log.
    #[cfg(any(feature = "cli", feature = "http"))]
    pub(crate) fn on_type(entity_type: String) -> Self {
        Self::within(Scope::Type(vec![identity(&entity_type, 64).into_owned()]))
    }

    /// The whole log.
    pub fn all() -> Self {
        Self::within(Scope::All)
    }

    pub(crate) fn of_key<E: Audited>(key: ValueTuple) -> Self {
        Self::within(Scope::Row(Given::of::<E>(key)))
    }

    /// The history of the row with exactly this key. A reader who may read one key must not reach another one that the
    /// table treats as equal.
    #[cfg(feature = "http")]
    pub(crate) fn of_exact_key<E: Audited>(key: ValueTuple) -> Self {
        Self::within(Scope::Row(Given::of::<E>(key).exactly()))
    }

    fn within(scope: Scope) -> Self {
        Self {
            scope,
            children: Vec::new(),
            names_parents: false,
            conditions: BTreeMap::new(),
            fields: Vec::new(),
            misuse: None,
            newest_first: false,
            archive: None,
        }
    }

    #[cfg(feature = "archive")]
    pub(crate) fn with_archive(self, archive: Archived) -> Self {
        let archive = Some(archive);
        Self { archive, ..self }
    }

    /// The archive and the deadline of the query.
    pub(super) fn beyond(&self, deadline: Option<Deadline>) -> Beyond {
        Beyond {
            archive: self.archive.clone(),
            deadline: deadline.unwrap_or_default(),
        }
    }

    /// Includes the entries of its children: the rows of `C` that belong to it now or belonged to it before.
    ///
    /// `C` declares the association with `#[audited(parent = super::user::Entity)]` on the field that holds the
    /// parent's key, or on each of several. A further call adds another kind of children, or the children of those.
    pub fn with_children<C: Child>(mut self) -> Self {
        self.children.push(Children::of::<C>());
        self
    }

    /// Looks up the labels of parents for the sentences of join tables: `Membership of User 'ann' in Team 'core'`.
    ///
    /// Without it, a parent without an entry on the page is shown with its id. A label is that of the parent's latest
    /// entry, so the reader must be allowed to read the parents' entries. Each parent is a query: at most 64 of a page
    /// are looked up, and none after the time of a [`Budget`](crate::Budget).
    pub fn naming_parents(self) -> Self {
        Self {
            names_parents: true,
            ..self
        }
    }

    /// The query by the names of its conditions.
    #[cfg(feature = "cli")]
    pub(crate) fn written(&self) -> serde_json::Map<String, serde_json::Value> {
        let mut written = serde_json::Map::new();
        if let Some(entity_type) = self.scope.entity_types().first() {
            written.insert("type".to_owned(), entity_type.as_str().into());
        }
        if let Scope::Named { entity_id, .. } = &self.scope {
            written.insert("id".to_owned(), entity_id.as_str().into());
        }
        let conditions = self.conditions.iter();
        written.extend(conditions.map(|(name, condition)| {
            let written = condition.declaration().written;
            ((*name).to_owned(), written.into())
        }));
        written
    }

    /// Adds a condition. It replaces one of the same name.
    pub(crate) fn with(mut self, condition: Condition) -> Self {
        self.conditions
            .insert(condition.declaration().name, condition);
        self
    }

    /// Keeps changes of this column. [`from`](Self::from) and [`to`](Self::to) add the value before and after. A
    /// further call requires changes of both columns.
    ///
    /// A field of the key changes when the row is created or deleted: `changed(membership::Column::TeamId).to(7)` finds
    /// the members that joined the team, `from(7)` those that left. Entries with a hash in place of the key are always
    /// included, because the hash does not reveal the field.
    ///
    /// ```
    /// # mod user {
    /// #     use audit_runtime::Audited;
    /// #     use sea_orm::entity::prelude::*;
    /// #     #[sea_orm::model]
    /// #     #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    /// #     #[sea_orm(table_name = "users")]
    /// #     #[audited(no_hooks)]
    /// #     pub struct Model {
    /// #         #[sea_orm(primary_key)]
    /// #         pub id: i32,
    /// #         #[audited(update)]
    /// #         pub role: String,
    /// #         #[audited(update)]
    /// #         pub active: bool,
    /// #     }
    /// # }
    /// # use audit_runtime::prelude::*;
    /// History::of_type::<user::Entity>()
    ///     .changed(user::Column::Role).from("admin")
    ///     .changed(user::Column::Active).to(false);
    /// ```
    pub fn changed<C: AuditedColumn>(mut self, column: C) -> Self {
        self.fields
            .push(FieldFilter::of_column::<C::Entity>(column));
        self
    }

    /// Keeps changes where the column of [`changed`](Self::changed) had this value before.
    ///
    /// Values are compared exactly, and numbers by their numeric value. `None::<String>` is NULL. A redacted value
    /// equals no value.
    pub fn from(mut self, value: impl Into<Value>) -> Self {
        match self.fields.last_mut() {
            Some(field) => field.before = Some(value.into()),
            None => self.misuse = Some("`from` must follow `changed`, which names the column"),
        }
        self
    }

    /// Keeps changes where the column of [`changed`](Self::changed) had this value after; see [`from`](Self::from).
    pub fn to(mut self, value: impl Into<Value>) -> Self {
        match self.fields.last_mut() {
            Some(field) => field.after = Some(value.into()),
            None => self.misuse = Some("`to` must follow `changed`, which names the column"),
        }
        self
    }

    /// Returns the newest entries first.
    pub fn newest_first(self) -> Self {
        Self {
            newest_first: true,
            ..self
        }
    }
}
