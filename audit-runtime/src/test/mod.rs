//! Assertions for tests of applications: the expected entries were recorded, and no others.
//!
//! [`database()`] returns an in-memory database with the log and the tables of audited entities.
//! [`assert_audited!`](crate::assert_audited) compares the recorded entries with a list, in any order. If an entry is
//! missing or unexpected, the message lists every entry as a sentence.
//!
//! ```
//! # mod user {
//! #     use audit_runtime::Audited;
//! #     use sea_orm::entity::prelude::*;
//! #     #[sea_orm::model]
//! #     #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
//! #     #[sea_orm(table_name = "users")]
//! #     #[audited(entity_type = "User", no_hooks)]
//! #     pub struct Model {
//! #         #[sea_orm(primary_key)]
//! #         pub id: i32,
//! #         #[audited(create, update)]
//! #         pub role: String,
//! #     }
//! # }
//! use audit_runtime::{assert_audited, entities, prelude::*};
//! use audit_runtime::test::{Expected, Mark, Recorded, database};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), audit_runtime::Error> {
//! let db = database(&entities![user::Entity]).await?;
//! let jane = Actor::new("User", 7).named("jane.doe").role("Admin");
//! let context = AuditContext::new(jane.clone());
//! let john = db.audited(&context).insert(user::Draft::new().role("user")).await?;
//!
//! // What the test is about: from here on.
//! let mark = Mark::now(&db).await?;
//! let audit = db.audited(&context);
//! audit.update(john.id, user::Patch::new().role("admin")).await?;
//! audit.record(Event::new("ROLES_REVIEWED")).await?;
//!
//! assert_audited!(
//!     mark.recorded(&db).await?,
//!     Expected::update::<user::Entity>(john.id)
//!         .from_to(user::Column::Role, "user", "admin")
//!         .by(&jane),
//!     Expected::event("ROLES_REVIEWED").by(&jane),
//! );
//! # Ok(())
//! # }
//! ```
//!
//! [`Recorded::assert`] asserts a single entry and leaves the others for later assertions.
//! [`Recorded::assert_nothing_else`] asserts that none is left.
//!
//! # A log between tests
//!
//! Triggers refuse to delete entries, so a test cannot empty the log. There are four ways to see only the entries of
//! one test:
//!
//! - *One database per test.* [`database()`] returns one in memory. On a server, `CREATE DATABASE` takes milliseconds.
//!   On PostgreSQL, use a template in which `schema::install` and the migrations have run:
//!   `CREATE DATABASE t1 TEMPLATE shop_test`. Drop the database at the end. Such tests can run in parallel.
//! - *A mark.* Call [`Mark::now`] at the beginning of a test and [`Mark::recorded`] at its end. The log keeps the
//!   entries of earlier tests. Tests that share a database run one after another, or filter for their own entries:
//!   `Recorded::of(&History::all().tenant("test-7").since(start), &db)`.
//! - *A unit that is rolled back.* Pass a unit to code that takes `&impl Writer`, read through it
//!   (`Recorded::all(&unit)`), and end with `unit.rollback()`. Denied and failed events are kept.
//! - *A new schema.* `Migrator::fresh` drops all tables, including the log.
//!
//! SQLite in memory has one connection. While a unit is open, read through the unit: the pool would wait for it.

mod database;
mod expected;
mod recorded;

pub use database::database;
pub use expected::Expected;
pub use recorded::{Mark, Recorded};

/// Asserts that these entries were recorded, in any order, and no others.
///
/// The first argument is a [`Recorded`](crate::test::Recorded), the others are
/// [`Expected`](crate::test::Expected); see [`test`](crate::test).
///
/// # Panics
///
/// If an entry is missing or unexpected. The message lists every entry as a sentence.
#[macro_export]
macro_rules! assert_audited {
    ($recorded:expr $(, $expected:expr)* $(,)?) => {{
        #[allow(unused_mut)]
        let mut recorded: $crate::test::Recorded = $recorded;
        $( recorded.assert($expected); )*
        recorded.assert_nothing_else();
    }};
}
