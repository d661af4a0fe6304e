//! The transactions that a unit can own, and the pools that begin them.

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, TransactionSession, TransactionTrait,
};

/// Keeps a trait from being implemented outside of this crate, but for tests of the library, by `__private`.
pub trait Sealed {}

/// A connection that audited writes can be made on.
///
/// Sealed: SeaORM's pools implement it, and nothing else can.
#[diagnostic::on_unimplemented(
    message = "audited writes cannot be made on `{Self}`",
    label = "not a `DatabaseConnection` or `RestrictedConnection`",
    note = "the library owns its transactions: `let tx = db.audited(&context).begin().await?`",
    note = "a transaction of your own is given by value: `db.audited(&context).adopt(transaction)`"
)]
pub trait AuditConnection:
    ConnectionTrait
    + TransactionTrait<Transaction: Transaction<Pool = Self>>
    + Clone
    + Send
    + Sealed
    + 'static
{
}

impl Sealed for DatabaseConnection {}
impl AuditConnection for DatabaseConnection {}

#[cfg(feature = "rbac")]
impl Sealed for sea_orm::RestrictedConnection {}
#[cfg(feature = "rbac")]
impl AuditConnection for sea_orm::RestrictedConnection {}

/// A transaction that a [`Unit`](super::Unit) can own.
///
/// Sealed: SeaORM's transactions implement it, and nothing else can.
pub trait Transaction:
    ConnectionTrait + TransactionSession + Send + Sync + Sealed + 'static
{
    #[doc(hidden)]
    type Pool: AuditConnection<Transaction = Self>;
    /// Whether it refuses statements given as text.
    #[doc(hidden)]
    const RESTRICTED: bool;
}

impl Sealed for DatabaseTransaction {}
impl Transaction for DatabaseTransaction {
    type Pool = DatabaseConnection;
    const RESTRICTED: bool = false;
}

#[cfg(feature = "rbac")]
impl Sealed for sea_orm::RestrictedTransaction {}
#[cfg(feature = "rbac")]
impl Transaction for sea_orm::RestrictedTransaction {
    type Pool = sea_orm::RestrictedConnection;
    const RESTRICTED: bool = true;
}
