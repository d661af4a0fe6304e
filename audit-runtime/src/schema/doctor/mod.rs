//! The doctor: examines a live database, and reports what endangers the log.
//!
//! It reads catalogs, locks nothing and changes nothing. Each finding has the statements that fix it.
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
//! #         #[audited(update)]
//! #         pub role: String,
//! #     }
//! # }
//! use audit_runtime::{
//!     entities,
//!     schema::{
//!         self,
//!         doctor::{Code, Doctor},
//!     },
//! };
//! use sea_orm::{ConnectionTrait, Database, Schema};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let db = Database::connect("sqlite::memory:").await?;
//! schema::install(&db).await?;
//! let users = Schema::new(db.get_database_backend()).create_table_from_entity(user::Entity);
//! db.execute(&users).await?;
//!
//! let doctor = Doctor::new().entities(entities![user::Entity]).accept(Code::GuardMissing);
//! assert!(doctor.examine(&db).await?.is_healthy());
//!
//! db.execute_unprepared("DROP TRIGGER audit_log_no_delete").await?;
//! let report = doctor.examine(&db).await?;
//! assert!(!report.is_healthy());
//! assert_eq!(
//!     report.to_string().lines().next(),
//!     Some("Error LOG_PROTECTION: audit_log_no_delete is missing, disabled or changed."),
//! );
//!
//! for statement in &report.findings()[0].mend {
//!     db.execute_unprepared(statement).await?;
//! }
//! assert!(doctor.examine(&db).await?.is_healthy());
//! # Ok(())
//! # }
//! ```
//!
//! It examines the database as the account of its connection sees it, and the rights of that account and its roles:
//! connect as the application does. MySQL and MariaDB show triggers only to accounts that may create them, so examine
//! twice there: with the application's account, and [`by_owner`](Doctor::by_owner) with the one that installs the log.
//! MariaDB shows an account the rights of a role only while the role is active. Other roles are noted by name, and
//! `by_owner` finds their rights. It does not find rights of other accounts on the whole server.

mod account;
mod ask;
mod guards;
mod indexes;
mod log;
mod notes;
mod report;
mod rows;
mod settings;
mod tables;

use sea_orm::DatabaseConnection;

pub(crate) use self::guards::installed_guard;
pub use self::report::{Code, Finding, Report, Severity};
use super::{entities::Entities, guard::GuardMode};
use crate::{Error, dialect::Dialect};

/// Examines a database. See [the module](self).
#[derive(Clone, Debug, Default)]
#[must_use = "a doctor examines nothing until `examine`"]
pub struct Doctor {
    entities: Entities,
    mode: Option<GuardMode>,
    accepted: Vec<Code>,
    is_owner: bool,
    replays: bool,
}

impl Doctor {
    /// Creates a doctor that examines only the log.
    pub fn new() -> Self {
        Self::default()
    }

    /// Also examines the tables of these entities.
    pub fn entities(self, entities: Entities) -> Self {
        Self { entities, ..self }
    }

    /// Expects guards in this mode. By default, any mode is accepted.
    pub fn guards(self, mode: GuardMode) -> Self {
        let mode = Some(mode);
        Self { mode, ..self }
    }

    /// Leaves out findings that are known and cannot or need not be fixed.
    pub fn accept(mut self, code: Code) -> Self {
        self.accepted.push(code);
        self
    }

    /// Leaves out the rights of the account of the connection, which owns the log and is not the application's, as in a
    /// migration.
    pub fn by_owner(self) -> Self {
        Self {
            is_owner: true,
            ..self
        }
    }

    /// Also compares each row with its entries, as a [`Replay`](crate::replay::Replay) does. This reads the whole
    /// tables and the whole log.
    pub fn replay(self) -> Self {
        Self {
            replays: true,
            ..self
        }
    }

    /// Runs the examination.
    ///
    /// # Errors
    ///
    /// An error of the database, for example if this account may not read a catalog.
    pub async fn examine(&self, db: &DatabaseConnection) -> Result<Report, Error> {
        let dialect = Dialect::of(db).await?;
        let mut findings = Vec::new();
        let has_log = log::examine(db, dialect, &mut findings).await?;
        if has_log {
            account::examine(db, dialect, self.is_owner, &mut findings).await?;
            notes::examine(db, dialect, &mut findings).await?;
        }
        for table in self.entities.iter() {
            if tables::examine(db, dialect, table, &mut findings).await? {
                let is_guarded =
                    guards::examine(db, dialect, table, self.mode, &mut findings).await?;
                tables::cascades(db, dialect, table, is_guarded, &mut findings).await?;
                if is_guarded && !self.is_owner {
                    account::owns(db, dialect, table, &mut findings).await?;
                }
                if self.replays && has_log {
                    rows::examine(db, table, &mut findings).await?;
                }
            }
        }
        settings::examine(db, dialect, &mut findings).await?;
        findings.retain(|finding| !self.accepted.contains(&finding.code));
        Ok(Report::of(findings))
    }
}
