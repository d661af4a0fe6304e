//! The transactions that a unit can own, and the pools that begin them.

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, TransactionSession, TransactionTrait,
};

/// Prevents implementations outside of this crate, except in tests of the library through `__private`.
pub trait Sealed {}

/// The bound that the compiler reports if [`AuditConnection`] is missing. The type of the handle is then unknown, so
/// later code gives no second error.
#[diagnostic::on_unimplemented(
    message = "audited writes cannot be made on `{Self}`",
    label = "not a `DatabaseConnection` or `RestrictedConnection`",
    note = "the library owns its transactions: `let tx = db.audited(&context).begin().await?`",
    note = "a transaction of your own is given by value: `db.audited(&context).adopt(transaction)`",
    note = "a function that writes takes `&impl Writer`, which an `Audit` and a `Unit` are, instead of a connection",
    note = "a migration has a pool in `SchemaManagerConnection::Connection(db)`, if its `use_transaction` is `Some(false)`"
)]
pub trait Pool {
    /// This type.
    type Itself;

    /// This connection.
    fn itself(&self) -> &Self::Itself;
}

/// A connection that audited writes can be made on.
///
/// Sealed: SeaORM's pools implement it, and nothing else can.
pub trait AuditConnection:
    ConnectionTrait
    + TransactionTrait<Transaction: Transaction<Pool = Self>>
    + Clone
    + Send
    + Sealed
    + Pool<Itself = Self>
    + 'static
{
}

impl Sealed for DatabaseConnection {}
impl Pool for DatabaseConnection {
    type Itself = Self;

    fn itself(&self) -> &Self {
        self
    }
}
impl AuditConnection for DatabaseConnection {}

#[cfg(feature = "rbac")]
impl Sealed for sea_orm::RestrictedConnection {}
#[cfg(feature = "rbac")]
impl Pool for sea_orm::RestrictedConnection {
    type Itself = Self;

    fn itself(&self) -> &Self {
        self
    }
}
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
