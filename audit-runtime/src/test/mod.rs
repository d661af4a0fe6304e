//! Assertions for tests of applications: that the expected entries were recorded, and no others.
//!
//! [`database()`] is an in-memory database with the log and the tables of audited entities.
//! [`assert_audited!`](crate::assert_audited) compares what was recorded with a list, in any order. If an entry is missing
//! or another one is there, the message has every entry as a sentence.
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
//! One entry alone is asserted by [`Recorded::assert`], which leaves the others for later assertions, and
//! [`Recorded::assert_nothing_else`] ends them.
//!
//! # A log between tests
//!
//! Triggers refuse to delete entries, so no test empties the log. Four ways lead to a test that sees its own entries
//! alone:
//!
//! - *A database a test.* [`database()`] is one in memory. On a server, `CREATE DATABASE` takes milliseconds: of PostgreSQL
//!   from a template, `CREATE DATABASE t1 TEMPLATE shop_test`, in which `schema::install` and the migrations have run.
//!   It is dropped at the end. Tests then run in parallel.
//! - *A mark.* [`Mark::now`] at the beginning of a test, and [`Mark::recorded`] at its end. The log keeps what earlier
//!   tests wrote. Tests that share such a database run one after another, or read by what is theirs alone:
//!   `Recorded::of(&History::all().tenant("test-7").since(start), &db)`.
//! - *A unit that is rolled back.* Code that takes `&impl Writer` gets a unit, the test reads through it
//!   (`Recorded::all(&unit)`), and ends with `unit.rollback()`. Denied and failed events outlive that.
//! - *Everything anew.* `Migrator::fresh` drops all tables, the log among them.
//!
//! On SQLite in memory there is one connection. While a unit is open, read through the unit: the pool would wait for it.

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
/// If an expected entry is missing, or if there is another one. The message has every entry as a sentence.
#[macro_export]
macro_rules! assert_audited {
    ($recorded:expr $(, $expected:expr)* $(,)?) => {{
        #[allow(unused_mut)]
        let mut recorded: $crate::test::Recorded = $recorded;
        $( recorded.assert($expected); )*
        recorded.assert_nothing_else();
    }};
}
