//! The contenders: the same writes by different methods.

mod floor;
mod hand;
mod ours;
mod plain;
mod trigger;

use audit_runtime::{__private::locked, Actor, AuditContext, Error};
use sea_orm::{DatabaseConnection, DbBackend};

use crate::tables::Table;
pub use trigger::create as create_trigger;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contender {
    /// SeaORM without an audit.
    Plain,
    /// SeaORM with an audit by hand, as an experienced user writes it.
    Hand,
    /// A PostgreSQL trigger. The transaction passes the actor to it.
    Trigger,
    /// This library, by its locked plan.
    Locked,
    /// The lower bound on PostgreSQL. It is not an audit, because it does not know what changed.
    Floor,
    /// This library, by its fused plan, which it uses on PostgreSQL.
    Fused,
    /// The same, or the locked plan on other databases, with a guard on the table.
    Guarded,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    Update,
    Insert,
    Delete,
}

/// One write. An insert has no id yet.
#[derive(Clone, Copy, Debug)]
pub struct Write {
    pub operation: Operation,
    pub id: i32,
    pub turn: usize,
}

impl Contender {
    /// The first is the baseline of the others. The last is what a user of this library gets.
    pub fn all(backend: DbBackend, with_floor: bool, of_guard: bool) -> &'static [Self] {
        match backend {
            DbBackend::Postgres if of_guard => &[Self::Fused, Self::Guarded],
            _ if of_guard => &[Self::Locked, Self::Guarded],
            DbBackend::Postgres if with_floor => &[
                Self::Plain,
                Self::Hand,
                Self::Trigger,
                Self::Locked,
                Self::Floor,
                Self::Fused,
            ],
            DbBackend::Postgres => &[
                Self::Plain,
                Self::Hand,
                Self::Trigger,
                Self::Locked,
                Self::Fused,
            ],
            _ => &[Self::Plain, Self::Hand, Self::Locked],
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Hand => "hand",
            Self::Trigger => "trigger",
            Self::Locked => "locked",
            Self::Floor => "floor",
            Self::Fused => "fused",
            Self::Guarded => "guarded",
        }
    }

    pub async fn write<E: Table>(self, db: &DatabaseConnection, write: Write) -> Result<(), Error> {
        match self {
            Self::Plain => plain::write::<E>(db, write).await?,
            Self::Hand => hand::write::<E>(db, write).await?,
            Self::Trigger => trigger::write::<E>(db, write).await?,
            Self::Locked => ours::write::<E>(db, locked(context()), write).await?,
            Self::Floor => floor::write::<E>(db, write).await?,
            Self::Fused | Self::Guarded => ours::write::<E>(db, context(), write).await?,
        }
        Ok(())
    }

    /// Updates the initial rows, inserts as many, or deletes those again.
    pub async fn write_many<E: Table>(
        self,
        db: &DatabaseConnection,
        operation: Operation,
        round: usize,
    ) -> Result<(), Error> {
        match self {
            Self::Plain => plain::write_many::<E>(db, operation, round).await?,
            Self::Hand => hand::write_many::<E>(db, operation, round).await?,
            Self::Trigger => trigger::write_many::<E>(db, operation, round).await?,
            Self::Locked => ours::write_many::<E>(db, locked(context()), operation, round).await?,
            Self::Floor => floor::write_many::<E>(db, operation, round).await?,
            Self::Fused | Self::Guarded => {
                ours::write_many::<E>(db, context(), operation, round).await?
            }
        }
        Ok(())
    }

    /// The number of entries of this many writes.
    pub fn entries(self, writes: usize) -> usize {
        match self {
            Self::Plain => 0,
            _ => writes,
        }
    }

    /// The round trips of one write, without the pool's pings. MySQL returns no rows, so they are read again.
    pub fn round_trips(self, backend: DbBackend, operation: Operation) -> usize {
        let read_again = match (backend, operation) {
            (DbBackend::Postgres, _) | (_, Operation::Delete) => 0,
            _ => 1,
        };
        match (self, operation) {
            (Self::Plain, _) => 1 + read_again,
            (Self::Floor | Self::Fused, _) => 1,
            (Self::Guarded, _) if backend == DbBackend::Postgres => 1,
            // Begin, write, entry, commit.
            (Self::Hand | Self::Locked | Self::Guarded, Operation::Insert) => 4 + read_again,
            // The same, with a lock before the write.
            (Self::Hand | Self::Locked | Self::Guarded, _) => 5 + read_again,
            // Begin, context, write, commit.
            (Self::Trigger, _) => 4,
        }
    }
}

impl Operation {
    pub const ALL: [Self; 3] = [Self::Update, Self::Insert, Self::Delete];

    pub fn name(self) -> &'static str {
        match self {
            Self::Update => "update",
            Self::Insert => "insert",
            Self::Delete => "delete",
        }
    }

    /// The name of the operation on ten thousand rows.
    pub fn name_of_many(self) -> &'static str {
        match self {
            Self::Update => "update_many",
            Self::Insert => "insert_many",
            Self::Delete => "delete_many",
        }
    }

    /// The action in an entry.
    pub fn action(self) -> &'static str {
        match self {
            Self::Update => "UPDATE",
            Self::Insert => "CREATE",
            Self::Delete => "DELETE",
        }
    }
}

// The source data of every audited contender.
const ACTOR_KIND: &str = "Admin";
const ACTOR_ID: &str = "7";
const ACTOR_NAME: &str = "jane.doe";
const IP: [u8; 4] = [203, 0, 113, 9];
const USER_AGENT: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const SESSION_ID: &str = "session-4711";
const REQUEST_ID: &str = "0198a7f0-7c5e-7bb2-8d5a-3f1f6a1f2b3c";
const REASON: &str = "ticket 4711";

/// The same, as a context of this library.
fn context() -> AuditContext {
    AuditContext::new(Actor::new(ACTOR_KIND, ACTOR_ID).named(ACTOR_NAME))
        .ip(IP)
        .user_agent(USER_AGENT)
        .session_id(SESSION_ID)
        .request_id(REQUEST_ID)
        .reason(REASON)
}
