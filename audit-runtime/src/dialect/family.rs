//! The database families, and the capabilities in which they differ.
//!
//! Everything outside of DDL that depends on the database is a method here, named for the capability, or an exhaustive
//! `match` on [`Family`]: a family that is added does not compile until each has an answer.

use sea_orm::{
    ConnectionTrait, DbBackend, ExprTrait,
    sea_query::{Expr, Func, SimpleExpr},
};

/// A family of databases. A connection knows it without a question to its server.
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

    /// The schema that the log has to be named with. SQLite looks among temporary tables first.
    pub(crate) fn log_schema(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => Some("main"),
            Self::Postgres | Self::MySql => None,
        }
    }

    /// Whether a purge lists each id that it deletes: no trigger there sees a statement as a whole, nor its transaction's end.
    #[cfg(feature = "retention")]
    pub(crate) fn lists_purged_ids(self) -> bool {
        match self {
            Self::MySql => true,
            Self::Postgres | Self::Sqlite => false,
        }
    }

    /// Whether a JSON value has more bytes than this. NULL has not.
    pub(crate) fn is_json_over(self, value: SimpleExpr, bytes: i32) -> SimpleExpr {
        let length = match self {
            // What is stored is compressed: only what is small there has to be written out to be measured.
            Self::Postgres => {
                let text =
                    "CASE WHEN pg_column_size($1) > $2 THEN $2 + 1 ELSE octet_length($1::text) END";
                Expr::cust_with_exprs(text, [value, bytes.into()])
            }
            Self::MySql => Expr::expr(Func::cust("OCTET_LENGTH").arg(value)),
            // Of a text, SQLite counts characters.
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

    /// Whether the log has an index without some rows, which serves only a statement that leaves them out in its text.
    pub(crate) fn plans_without_values(self) -> bool {
        match self {
            Self::Sqlite => true,
            // PostgreSQL plans for the values as long as that is cheaper.
            Self::Postgres | Self::MySql => false,
        }
    }

    /// Whether the database chooses an index by its form alone, and sorts a whole log for a page of it.
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

    /// Whether a `char(n)` is filled up with blanks that do not belong to its value.
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

    /// Whether a session can change where unqualified names lead.
    pub(crate) fn has_search_path(self) -> bool {
        match self {
            Self::Postgres => true,
            Self::MySql | Self::Sqlite => false,
        }
    }

    /// Whether a connection stays usable when a statement is dropped before its end.
    ///
    /// sqlx loses count of MySQL's packets when it is dropped while a statement is prepared in a transaction. The pool then
    /// waits for ever for a reply that has already come, and is one connection short from then on (sqlx 0.9.0).
    pub(crate) fn survives_dropped_statements(self) -> bool {
        match self {
            Self::Postgres | Self::Sqlite => true,
            Self::MySql => false,
        }
    }

    /// Whether a read without a lock fixes what the transaction sees from then on.
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

    /// Whether the distance of generated ids is a setting.
    pub(crate) fn has_id_step(self) -> bool {
        match self {
            Self::Postgres | Self::Sqlite => false,
            Self::MySql => true,
        }
    }

    /// The type that a value is cast to as text.
    pub(crate) fn text_type(self) -> &'static str {
        match self {
            Self::Postgres | Self::Sqlite => "text",
            Self::MySql => "char",
        }
    }
}
