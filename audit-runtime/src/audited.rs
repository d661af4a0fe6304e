//! The traits that `#[derive(Audited)]` implements: the policy of each field, and the allowlists.
//!
//! # By hand
//!
//! An entity whose file is generated and not edited is audited by the derive on
//! [a list of its columns](crate::guide::generated_entities#files-that-nobody-edits). The impls can also be written by
//! hand, in another file of the same crate:
//!
//! ```
//! // As `sea-orm-cli generate entity` writes it.
//! mod invoice {
//!     use sea_orm::entity::prelude::*;
//!
//!     #[derive(Clone, Debug, PartialEq, DeriveEntityModel, Eq)]
//!     #[sea_orm(table_name = "invoices")]
//!     pub struct Model {
//!         #[sea_orm(primary_key)]
//!         pub id: i32,
//!         pub number: String,
//!         pub paid: bool,
//!     }
//!
//!     #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
//!     pub enum Relation {}
//!
//!     impl ActiveModelBehavior for ActiveModel {}
//! }
//!
//! use audit_runtime::audited::{Allowlist, Audited, Field, NewRow, Patch, PatchOf, Values};
//! use sea_orm::ActiveValue;
//!
//! impl Audited for invoice::Entity {
//!     // The generated `ActiveModelBehavior` is empty.
//!     const HOOKED: bool = false;
//!
//!     fn field(column: invoice::Column) -> Field {
//!         match column {
//!             invoice::Column::Id => Field::key("id"),
//!             invoice::Column::Number => Field::record("number"),
//!             invoice::Column::Paid => Field::record("paid"),
//!         }
//!     }
//!
//!     // For coverage.
//!     fn allowlists() -> &'static [(&'static str, &'static [invoice::Column])] {
//!         &[("PaymentPatch", &[invoice::Column::Paid])]
//!     }
//! }
//!
//! // What `insert` takes.
//! impl NewRow for invoice::ActiveModel {
//!     type Entity = invoice::Entity;
//!
//!     fn into_row(self) -> invoice::ActiveModel {
//!         self
//!     }
//! }
//!
//! // What `update` takes: a struct of the fields that it may change.
//! #[derive(Clone, Debug, Default)]
//! struct PaymentPatch {
//!     paid: ActiveValue<bool>,
//! }
//!
//! impl Allowlist for PaymentPatch {
//!     type Owner = invoice::Entity;
//!
//!     fn values(&self) -> Values<invoice::Entity> {
//!         vec![(invoice::Column::Paid, self.paid.clone().into_wrapped_value())]
//!     }
//! }
//!
//! impl Patch for PaymentPatch {
//!     type Entity = invoice::Entity;
//! }
//!
//! impl PatchOf<invoice::Entity> for PaymentPatch {}
//! ```
//!
//! Use the field names of the struct, because `state_at` and `revert` find values in the log by them. Write the match
//! without `_`, so that a new column is a compile error. The derive's check for names that look like secrets does not
//! apply.

pub(crate) mod allowlist;
mod argument;
pub(crate) mod entity;
pub(crate) mod entity_type;
mod key;
pub(crate) mod known;
pub(crate) mod listed;
pub(crate) mod names;
mod now;
pub(crate) mod parent;
pub(crate) mod policies;
mod refused;
mod touch;

pub use allowlist::refused_keys;
pub use argument::{IntoField, IntoNullable};
pub use entity::{
    ActiveModelOf, Allowlist, Audited, AuditedColumn, Child, ColumnOf, Field, FieldPolicy, KeyOf,
    ModelOf, NewRow, Patch, PatchOf, Values,
};
pub use key::IntoKey;
pub use now::Now;
pub use parent::ParentField;
pub use policies::apply_policy;
#[cfg(feature = "axum")]
pub(crate) use refused::Refused;
pub use touch::Touch;
