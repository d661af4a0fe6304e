//! Generated and identity columns of a table, and how to write to them.

use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, Statement,
    sea_query::{InsertStatement, PostgresQueryBuilder},
};

use super::collation::on_postgres_named;
use crate::dialect::Family;

/// A column that the database fills.
#[derive(Debug)]
pub(crate) struct Generated {
    pub(crate) column: String,
    /// Whether it is an identity, for which PostgreSQL accepts a value if the statement says so.
    pub(crate) is_identity: bool,
}

/// Returns the generated columns of a table, and on PostgreSQL its identities that are `GENERATED ALWAYS`.
pub(crate) async fn generated<C: ConnectionTrait>(
    schema: Option<&str>,
    table: &str,
    db: &C,
) -> Result<Vec<Generated>, DbErr> {
    let backend = db.get_database_backend();
    let question = match Family::from(backend) {
        Family::Postgres => Statement::from_sql_and_values(
            backend,
            "SELECT attname::text AS name, attgenerated = '' AS is_identity FROM pg_attribute \
             WHERE attrelid = to_regclass($1) AND attnum > 0 AND (attgenerated <> '' OR attidentity = 'a')",
            [on_postgres_named(schema, table).into()],
        ),
        Family::MySql => Statement::from_sql_and_values(
            backend,
            "SELECT CAST(COLUMN_NAME AS CHAR) AS name, FALSE AS is_identity FROM information_schema.COLUMNS \
             WHERE TABLE_SCHEMA = COALESCE(?, DATABASE()) AND TABLE_NAME = ? AND GENERATION_EXPRESSION <> ''",
            [schema.map(str::to_owned).into(), table.into()],
        ),
        Family::Sqlite => Statement::from_sql_and_values(
            backend,
            "SELECT name, FALSE AS is_identity FROM pragma_table_xinfo(?, ?) WHERE hidden IN (2, 3)",
            [table.into(), schema.map(str::to_owned).into()],
        ),
    };
    let rows = match db.query_all_raw(question).await {
        // A restricted connection refuses statements given as text.
        Err(DbErr::RbacError(_) | DbErr::AccessDenied { .. }) => return Ok(Vec::new()),
        rows => rows?,
    };
    let read = |row: &sea_orm::QueryResult| {
        Ok(Generated {
            column: row.try_get("", "name")?,
            is_identity: row.try_get("", "is_identity")?,
        })
    };
    rows.iter().map(read).collect()
}

/// An insert that sets identities, on PostgreSQL. `columns` is the same insert without values.
pub(crate) fn overriding(insert: &InsertStatement, columns: &InsertStatement) -> Option<Statement> {
    let (sql, values) = insert.build(PostgresQueryBuilder);
    let columns = columns.to_string(PostgresQueryBuilder);
    let rest = sql.strip_prefix(columns.trim_end())?;
    let sql = format!("{} OVERRIDING SYSTEM VALUE{rest}", columns.trim_end());
    Some(Statement::from_sql_and_values(
        DbBackend::Postgres,
        sql,
        values,
    ))
}
