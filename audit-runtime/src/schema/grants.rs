//! The rights to own, write, read and purge the log.

mod mysql;
mod postgres;
mod roles;

use sea_orm::{Iden, Iterable};

pub use self::roles::Roles;
use self::{mysql::on_mysql, postgres::on_postgres};
use crate::{audit_log::Column, dialect::Dialect};

/// Returns the statements that grant each role its rights on the log. On PostgreSQL they also revoke all other rights.
///
/// Run them as a superuser, or as an account that may grant, after [`install`](super::install), and again after guards
/// or retention are installed. They are idempotent. They do not cover the application's own tables.
///
/// ```
/// use audit_runtime::schema::{Dialect, Roles, grants};
///
/// let roles = Roles::new().reader("auditor").in_schema("shop");
/// assert_eq!(
///     grants(Dialect::MariaDb, &roles),
///     [
///         "GRANT SELECT ON `shop`.`audit_log` TO 'auditor'",
///         "GRANT SELECT ON `shop`.`audit_entries` TO 'auditor'",
///         "GRANT SELECT ON `shop`.`audit_log_version` TO 'auditor'",
///     ],
/// );
/// // SQLite has no accounts.
/// assert!(grants(Dialect::Sqlite, &roles).is_empty());
/// ```
///
/// On PostgreSQL the owner becomes the owner of the log and of all objects that belong to it, including those of guards and
/// retention. It also gets `SELECT` on the tables that have guards, because the guards need it.
pub fn grants(dialect: Dialect, roles: &Roles) -> Vec<String> {
    match dialect {
        Dialect::Postgres => on_postgres(roles),
        Dialect::MySql | Dialect::MariaDb => on_mysql(dialect, roles),
        Dialect::Sqlite => Vec::new(),
    }
}

const RETENTION: [&str; 5] = [
    "audit_floor",
    "audit_hold",
    "audit_purge",
    "audit_archive",
    "audit_erase_id",
];
const RELATIONS: [&str; 3] = ["audit_log", "audit_entries", "audit_log_version"];

/// The columns that an application sets. The database sets the others.
fn columns(quote: char) -> String {
    let columns =
        Column::iter().filter(|column| !matches!(column, Column::Id | Column::RecordedAt));
    quoted_names(&columns.collect::<Vec<_>>(), quote)
}

fn quoted_names(columns: &[Column], quote: char) -> String {
    let columns = columns.iter();
    let columns = columns.map(|column| format!("{quote}{}{quote}", column.to_string()));
    columns.collect::<Vec<_>>().join(", ")
}
