//! Writes of an `ActiveModel`, without an allowlist.

use sea_orm::{ActiveModelTrait, DbErr, sea_query::FromValueTuple};

use super::{
    graph::{AuditedGraph, SaveGraph},
    one::{Delete, Insert},
    refusal::failed,
    row::unboxed,
    run::Run,
    save::Save,
};
use crate::{
    audited::{ActiveModelOf, Audited, KeyOf, ModelOf},
    pending::Pending,
};

/// Writes of an `ActiveModel`, by [`Writer::unrestricted`](crate::Writer::unrestricted).
///
/// No allowlist applies, so a row that was filled from a request may set any field. Use it for code that has an
/// `ActiveModel` already; `git grep 'unrestricted()'` finds every use. The writes are recorded like any other.
///
/// ```
/// # mod user {
/// #     use audit_runtime::Audited;
/// #     use sea_orm::entity::prelude::*;
/// #     #[sea_orm::model]
/// #     #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
/// #     #[sea_orm(table_name = "users")]
/// #     #[audited(entity_type = "User", no_hooks, others = update)]
/// #     pub struct Model {
/// #         #[sea_orm(primary_key)]
/// #         pub id: i32,
/// #         pub name: String,
/// #         pub role: String,
/// #     }
/// # }
/// use audit_runtime::prelude::*;
/// use sea_orm::{ConnectionTrait, Database, IntoActiveModel, Schema};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), audit_runtime::Error> {
/// # let db = Database::connect("sqlite::memory:").await?;
/// # audit_runtime::schema::install(&db).await?;
/// # db.execute(&Schema::new(db.get_database_backend()).create_table_from_entity(user::Entity)).await?;
/// # let context = AuditContext::new(Actor::system("import"));
/// let audit = db.audited(&context);
/// let john = user::ActiveModel {
///     name: Set("john".to_owned()),
///     role: Set("user".to_owned()),
///     ..Default::default()
/// };
/// let john = audit.unrestricted().save(john).await?;
///
/// let mut john = john.into_active_model();
/// john.role = Set("admin".to_owned());
/// let john = audit.unrestricted().save(john).await?;
///
/// let entry = History::of::<user::Entity>(john.id).latest(&db).await?.unwrap();
/// assert_eq!(entry.to_string(), "System 'import' changed User '1' role from 'user' to 'admin'");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "nothing is written until `save`, `insert`, `update` or `delete`"]
pub struct Unrestricted<'a, W>(pub(super) &'a W);

impl<'a, W: Run> Unrestricted<'a, W> {
    /// Updates the row with the key of this `ActiveModel`, and returns it as stored. Fields that are `Set` get their
    /// values. Nothing is written if all of them have these values already.
    ///
    /// The write itself sets fields with `touch`; their values here are ignored.
    ///
    /// # Errors
    ///
    /// [`Error::Unrecorded`](crate::Error::Unrecorded) if a field with `skip` is set, because its change would leave no entry.
    /// Otherwise as [`Writer::update`](crate::Writer::update).
    pub fn update<A: AuditedActiveModel>(self, row: A) -> Pending<'a, ModelOf<A::Of>> {
        unboxed(
            self.0
                .run(Save::<A::Of>::update(Box::new(row.into_row_of()))),
        )
    }

    /// Inserts this row, as [`Writer::insert`](crate::Writer::insert) does.
    ///
    /// # Errors
    ///
    /// As [`Writer::insert`](crate::Writer::insert).
    pub fn insert<A: AuditedActiveModel>(self, row: A) -> Pending<'a, ModelOf<A::Of>> {
        let row = Box::new(row.into_row_of());
        unboxed(self.0.run(Insert::<A::Of>::of(row)))
    }

    /// Deletes the row with the key of this `ActiveModel`.
    ///
    /// # Errors
    ///
    /// As [`Writer::delete`](crate::Writer::delete), or an error if the key is not set.
    pub fn delete<A: AuditedActiveModel>(self, row: A) -> Pending<'a, ()> {
        match row.into_row_of().get_primary_key_value() {
            Some(key) => {
                let key = KeyOf::<A::Of>::from_value_tuple(key);
                self.0.run(Delete::<A::Of>::new(key))
            }
            None => Box::pin(async { Err(failed::<A::Of>(DbErr::UpdateGetPrimaryKey)) }),
        }
    }

    /// Inserts the row if its key is `NotSet`, else updates it, as SeaORM's `save` does. It returns the row as stored.
    ///
    /// # Errors
    ///
    /// As [`update`](Self::update) or [`Writer::insert`](crate::Writer::insert). A row with a key that does not exist
    /// is [`Error::NotFound`](crate::Error::NotFound): insert such a row with `insert`.
    pub fn save<A: AuditedActiveModel>(self, row: A) -> Pending<'a, ModelOf<A::Of>> {
        unboxed(self.0.run(Save::<A::Of>::of(Box::new(row.into_row_of()))))
    }

    /// Saves a nested `ActiveModelEx`, its row and those of its relations, in one transaction, and returns it as stored.
    /// Every row that is written has its own entry, and all have one changeset.
    ///
    /// It works like SeaORM's `save` of an `ActiveModelEx`, with audited writes: parents first (`belongs_to`), then the
    /// row, then `has_one` and `has_many`, then many-to-many with the rows of the junction. A row whose key is `NotSet`
    /// is inserted. A row with a `Set` field is updated. Rows that `Replace` leaves out lose their parent if the column
    /// is nullable. Otherwise they are deleted with their own children.
    ///
    /// The entity, and every entity of a relation, has `#[audited(graph)]`. The entity of a junction needs only the
    /// derive.
    ///
    /// ```
    /// # mod customer {
    /// #     use audit_runtime::Audited;
    /// #     use sea_orm::entity::prelude::*;
    /// #     #[sea_orm::model]
    /// #     #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    /// #     #[sea_orm(table_name = "customers")]
    /// #     #[audited(entity_type = "Customer", others = record, no_hooks, graph)]
    /// #     pub struct Model {
    /// #         #[sea_orm(primary_key)]
    /// #         pub id: i32,
    /// #         #[audited(label)]
    /// #         pub name: String,
    /// #         #[sea_orm(has_many)]
    /// #         pub invoices: HasMany<super::invoice::Entity>,
    /// #     }
    /// # }
    /// mod invoice {
    ///     use audit_runtime::Audited;
    ///     use sea_orm::entity::prelude::*;
    ///
    ///     #[sea_orm::model]
    ///     #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    ///     #[sea_orm(table_name = "invoices")]
    ///     #[audited(entity_type = "Invoice", others = record, no_hooks, graph)]
    ///     pub struct Model {
    ///         #[sea_orm(primary_key)]
    ///         pub id: i32,
    ///         pub customer_id: i32,
    ///         pub number: String,
    ///         #[sea_orm(belongs_to, from = "customer_id", to = "id")]
    ///         pub customer: BelongsTo<super::customer::Entity>,
    ///     }
    /// }
    ///
    /// use audit_runtime::prelude::*;
    /// use sea_orm::{ConnectionTrait, Database, Schema};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let db = Database::connect("sqlite::memory:").await?;
    /// # audit_runtime::schema::install(&db).await?;
    /// # let schema = Schema::new(db.get_database_backend());
    /// # db.execute(&schema.create_table_from_entity(customer::Entity)).await?;
    /// # db.execute(&schema.create_table_from_entity(invoice::Entity)).await?;
    /// # let context = AuditContext::new(Actor::new("User", 7).named("jane.doe"));
    /// # let audit = db.audited(&context);
    /// let graph = customer::ActiveModel::builder()
    ///     .set_name("ann")
    ///     .add_invoice(invoice::ActiveModel::builder().set_number("2026-1"))
    ///     .add_invoice(invoice::ActiveModel::builder().set_number("2026-2"));
    /// let saved = audit.unrestricted().save_graph(graph).await?;
    /// assert_eq!(saved.invoices.as_slice().len(), 2);
    ///
    /// let log = History::all().first_page(&db, 10).await?.entries;
    /// let told: Vec<_> = log.iter().map(|entry| format!("{} {}", entry.action, entry.entity_type.as_deref().unwrap())).collect();
    /// assert_eq!(told, ["CREATE Customer", "CREATE Invoice", "CREATE Invoice"]);
    /// assert!(log.iter().all(|entry| entry.changeset_id == log[0].changeset_id));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// SeaORM itself does not save some relations: two relations to the same entity without `relation_enum`, and some
    /// forms of `has_many`. Here such a relation is refused if it is set, and so is a relation of an entity to itself.
    ///
    /// # Errors
    ///
    /// As [`save`](Self::save) for each row. After an error nothing of the graph is kept. A unit refuses to commit even
    /// after a refusal, because earlier rows may have been written.
    pub fn save_graph<G: AuditedGraph>(self, graph: G) -> Pending<'a, G> {
        unboxed(self.0.run(SaveGraph(Box::new(graph))))
    }
}

/// The `ActiveModel` of an audited entity.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the `ActiveModel` of an audited entity",
    label = "not an `ActiveModel` of an entity with `#[derive(Audited)]`",
    note = "a patch is written by `audit.update(id, patch)`, a draft by `audit.insert(draft)`",
    note = "a nested `ActiveModelEx` is saved by `save_graph`"
)]
pub trait AuditedActiveModel: Send + 'static {
    /// The entity of the row.
    type Of: Audited;

    /// Returns it as the `ActiveModel` of that entity.
    fn into_row_of(self) -> ActiveModelOf<Self::Of>;
}

#[diagnostic::do_not_recommend]
impl<A> AuditedActiveModel for A
where
    A: ActiveModelTrait + Send + 'static,
    A::Entity: Audited<ActiveModel = A>,
{
    type Of = A::Entity;

    fn into_row_of(self) -> Self {
        self
    }
}
