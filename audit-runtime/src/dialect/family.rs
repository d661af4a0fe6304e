//! The database families, and the capabilities in which they differ.
//!
//! Everything outside of DDL that depends on the database is a method here, named for the capability, or an exhaustive
//! `match` on [`Family`]. A new family does not compile until it is handled everywhere.

use sea_orm::{
    ConnectionTrait, DbBackend, ExprTrait,
    sea_query::{Expr, Func, SimpleExpr},
};

/// A family of databases. It is known without a query to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    Postgres,
    /// MySQL and MariaDB.
    MySql,
    Sqlite,
}

impl From<DbBackend> for Family {
    fn from(backend: DbBackend) -> Self {
        match backend {
            DbBackend::Postgres => Self::Postgres,
            DbBackend::MySql => Self::MySql,
            // The enum is `#[non_exhaustive]`. `schema::install` refuses a backend that SeaORM adds.
            _ => Self::Sqlite,
        }
    }
}

impl Family {
    pub(crate) fn of<C: ConnectionTrait>(db: &C) -> Self {
        db.get_database_backend().into()
    }

    /// The schema with which the log must be named. SQLite searches temporary tables first.
    pub(crate) fn log_schema(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => Some("main"),
            Self::Postgres | Self::MySql => None,
        }
    }

    /// Whether a purge lists each id that it deletes, because no trigger sees a whole statement or the end of a
    /// transaction.
    #[cfg(feature = "retention")]
    pub(crate) fn lists_purged_ids(self) -> bool {
        match self {
            Self::MySql => true,
            Self::Postgres | Self::Sqlite => false,
        }
    }

    /// Whether a JSON value has more bytes than this. NULL does not.
    pub(crate) fn is_json_over(self, value: SimpleExpr, bytes: i32) -> SimpleExpr {
        let length = match self {
            // The stored value is compressed, so only a small one must be expanded to measure it.
            Self::Postgres => {
                let text =
                    "CASE WHEN pg_column_size($1) > $2 THEN $2 + 1 ELSE octet_length($1::text) END";
                Expr::cust_with_exprs(text, [value, bytes.into()])
            }
            Self::MySql => Expr::expr(Func::cust("OCTET_LENGTH").arg(value)),
            // `length` counts the characters of a text.
            Self::Sqlite => Expr::expr(Func::cust("length").arg(value.cast_as("blob"))),
        };
        Expr::expr(Func::coalesce([length, 0.into()])).gt(bytes)
    }

    /// Whether a statement may force an index.
    pub(crate) fn forces_indexes(self) -> bool {
        match self {
            Self::MySql => true,
            Self::Postgres | Self::Sqlite => false,
        }
    }

    /// Whether a partial index of the log serves only a statement whose text excludes the other rows.
    pub(crate) fn plans_without_values(self) -> bool {
        match self {
            Self::Sqlite => true,
            // PostgreSQL plans with the values as long as that is cheaper.
            Self::Postgres | Self::MySql => false,
        }
    }

    /// Whether the database chooses an index without statistics, and sorts a whole log for one page.
    #[cfg(feature = "retention")]
    pub(crate) fn plans_without_statistics(self) -> bool {
        match self {
            Self::Sqlite => true,
            Self::Postgres | Self::MySql => false,
        }
    }

    /// Whether policies may hide rows of a table from an account.
    pub(crate) fn has_row_security(self) -> bool {
        match self {
            Self::Postgres => true,
            Self::MySql | Self::Sqlite => false,
        }
    }

    /// Whether the values inside a JSON column can be indexed.
    pub(crate) fn indexes_json(self) -> bool {
        match self {
            Self::Postgres => true,
            Self::MySql | Self::Sqlite => false,
        }
    }

    /// Whether a `char(n)` is padded with blanks that do not belong to its value.
    pub(crate) fn pads_char(self) -> bool {
        match self {
            Self::Postgres | Self::MySql => true,
            Self::Sqlite => false,
        }
    }

    /// Whether the driver sends an instant with all its digits.
    pub(crate) fn sends_nanoseconds(self) -> bool {
        match self {
            Self::Sqlite => true,
            Self::Postgres | Self::MySql => false,
        }
    }

    /// Whether the driver counts instants from the year 2000 and rounds toward it.
    pub(crate) fn rounds_toward_2000(self) -> bool {
        match self {
            Self::Postgres => true,
            Self::MySql | Self::Sqlite => false,
        }
    }

    /// Whether the driver or the server loses dates out of its range instead of refusing them.
    pub(crate) fn loses_dates(self) -> bool {
        match self {
            Self::MySql => true,
            Self::Postgres | Self::Sqlite => false,
        }
    }

    /// Whether a failed statement aborts its transaction.
    pub(crate) fn aborts_on_error(self) -> bool {
        match self {
            Self::Postgres => true,
            Self::MySql | Self::Sqlite => false,
        }
    }

    /// Whether the database can change, log and read back in one statement.
    pub(crate) fn has_fused_plan(self) -> bool {
        match self {
            Self::Postgres => true,
            Self::MySql | Self::Sqlite => false,
        }
    }

    /// Whether `schema::guard` can install triggers that check entries.
    pub(crate) fn has_guards(self) -> bool {
        match self {
            Self::Postgres => true,
            Self::MySql | Self::Sqlite => false,
        }
    }

    /// Whether a session can change the tables that unqualified names refer to.
    pub(crate) fn has_search_path(self) -> bool {
        match self {
            Self::Postgres => true,
            Self::MySql | Self::Sqlite => false,
        }
    }

    /// Whether a connection stays usable when a statement is dropped before its end.
    ///
    /// sqlx loses count of MySQL's packets when it is dropped while a statement is prepared in a transaction. The pool
    /// then waits forever for a reply that has already arrived, and loses one connection (sqlx 0.9.0).
    pub(crate) fn survives_dropped_statements(self) -> bool {
        match self {
            Self::Postgres | Self::Sqlite => true,
            Self::MySql => false,
        }
    }

    /// Whether a read without a lock fixes the snapshot of the transaction.
    pub(crate) fn fixes_snapshot_on_read(self) -> bool {
        match self {
            Self::Postgres | Self::Sqlite => false,
            Self::MySql => true,
        }
    }

    /// Whether the id that an insert of several rows returns is that of the last one; otherwise it is that of the first.
    pub(crate) fn returns_last_id(self) -> bool {
        match self {
            Self::Postgres | Self::MySql => false,
            Self::Sqlite => true,
        }
    }

    /// Whether the distance between generated ids is a setting.
    pub(crate) fn has_id_step(self) -> bool {
        match self {
            Self::Postgres | Self::Sqlite => false,
            Self::MySql => true,
        }
    }

    /// The type for a cast to text.
    pub(crate) fn text_type(self) -> &'static str {
        match self {
            Self::Postgres | Self::Sqlite => "text",
            Self::MySql => "char",
        }
    }
}
