//! The database dialects, and their differences outside of DDL.

#[cfg(feature = "feed")]
pub(crate) mod clock;
mod family;

use chrono::{DateTime, SubsecRound, Utc};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, RuntimeErr, Statement, Value};

pub(crate) use family::Family;

/// The database products whose SQL differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dialect {
    /// PostgreSQL, 14 or later.
    Postgres,
    /// MySQL, 8.0.29 or later.
    MySql,
    /// MariaDB, 10.6 or later.
    MariaDb,
    /// SQLite, 3.38 or later.
    Sqlite,
}

impl Dialect {
    /// Detects the database of a connection.
    ///
    /// MySQL and MariaDB share a protocol. The server's version distinguishes them.
    ///
    /// # Errors
    ///
    /// Any [`DbErr`] of the query for the version, and [`DbErr::BackendNotSupported`] for any other backend.
    pub async fn of<C: ConnectionTrait>(db: &C) -> Result<Self, DbErr> {
        match db.get_database_backend() {
            DbBackend::Postgres => Ok(Self::Postgres),
            DbBackend::Sqlite => Ok(Self::Sqlite),
            backend @ DbBackend::MySql => {
                let question = Statement::from_string(backend, "SELECT VERSION() AS `version`");
                let version: String = match db.query_one_raw(question).await? {
                    Some(row) => row.try_get("", "version")?,
                    None => String::new(),
                };
                let mariadb = version.contains("MariaDB");
                Ok(if mariadb { Self::MariaDb } else { Self::MySql })
            }
            other => Err(DbErr::BackendNotSupported {
                db: other.as_str(),
                ctx: "the audit log",
            }),
        }
    }

    pub(crate) fn family(self) -> Family {
        match self {
            Self::Postgres => Family::Postgres,
            Self::MySql | Self::MariaDb => Family::MySql,
            Self::Sqlite => Family::Sqlite,
        }
    }

    /// Whether names are quoted with `"` instead of a backtick.
    pub(crate) fn quotes_names_twice(self) -> bool {
        match self {
            Self::Postgres | Self::Sqlite => true,
            Self::MySql | Self::MariaDb => false,
        }
    }

    /// Whether triggers are hidden from accounts without the privilege `TRIGGER`.
    pub(crate) fn hides_triggers(self) -> bool {
        match self {
            Self::MySql | Self::MariaDb => true,
            Self::Postgres | Self::Sqlite => false,
        }
    }
}

/// Converts a time to the form that the columns of `audit_log` hold and compare.
///
/// SQLite compares text, so all values need the same width; its driver omits a fraction of zero. MySQL's driver binds
/// an instant as a TIMESTAMP, and MariaDB stores one after 2038 as NULL.
pub(crate) fn timestamp(backend: DbBackend, at: DateTime<Utc>) -> Value {
    match Family::from(backend) {
        Family::Sqlite => at.format("%Y-%m-%dT%H:%M:%S%.6f+00:00").to_string().into(),
        Family::MySql => at.naive_utc().trunc_subsecs(6).into(),
        Family::Postgres => at.trunc_subsecs(6).into(),
    }
}

/// Whether a statement failed because there is no table `audit_log`.
pub(crate) fn is_missing_table(error: &DbErr) -> bool {
    is_missing(error, "audit_log")
}

/// Whether a statement failed because there is no such table.
pub(crate) fn is_missing(error: &DbErr, table: &str) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error))) =
        error
    else {
        return false;
    };
    let Some(error) = error.as_database_error() else {
        return false;
    };
    let missing = match error.code().as_deref() {
        Some("42P01" | "42S02") => true,
        _ => error.message().starts_with("no such table: "),
    };
    // Quotes and the words around the name depend on the server's language.
    let is_part_of_name = |c: char| c.is_alphanumeric() || c == '_';
    missing
        && error
            .message()
            .split(|c| !is_part_of_name(c))
            .any(|word| word == table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timestamp_on_sqlite_is_of_one_width() {
        for (at, stored) in [
            ("2026-11-23T09:19:08Z", "2026-11-23T09:19:08.000000+00:00"),
            ("2026-11-23T09:19:08.5Z", "2026-11-23T09:19:08.500000+00:00"),
            (
                "2026-11-23T14:49:08.123456999+05:30",
                "2026-11-23T09:19:08.123456+00:00",
            ),
        ] {
            let at = DateTime::parse_from_rfc3339(at).unwrap().to_utc();
            assert_eq!(timestamp(DbBackend::Sqlite, at), stored.into());
        }
    }

    #[test]
    fn a_timestamp_has_no_more_than_microseconds() {
        let at = DateTime::from_timestamp_nanos(1_999);
        let stored = DateTime::from_timestamp_nanos(1_000);
        assert_eq!(timestamp(DbBackend::Postgres, at), stored.into());
        assert_eq!(timestamp(DbBackend::MySql, at), stored.naive_utc().into());
    }

    #[tokio::test]
    async fn only_the_missing_log_is_recognised() {
        let db = sea_orm::Database::connect("sqlite::memory:").await.unwrap();
        for (sql, expected) in [
            ("SELECT * FROM audit_log", true),
            ("INSERT INTO main.audit_log (id) VALUES (1)", true),
            ("SELECT * FROM audit_log_archive", false),
            ("SELECT audit_log", false),
        ] {
            let error = db.execute_unprepared(sql).await.unwrap_err();
            assert_eq!(is_missing_table(&error), expected, "{error}");
        }
    }
}
