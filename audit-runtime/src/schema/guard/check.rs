//! The checks before a guard is installed: the mode, the types of the fields, and the tables.

use std::collections::HashSet;

use sea_orm::{ConnectionTrait, IdenStatic, Iterable, PrimaryKeyToColumn, Statement};

use super::{super::installed, GuardMode, mysql, postgres, sqlite};
use crate::{
    Error,
    audited::{Audited, entity_type::entity_type},
    dialect::Dialect,
};

pub(super) fn check_mode(dialect: Dialect, mode: GuardMode) -> Result<(), Error> {
    match (dialect, mode) {
        (Dialect::Postgres | Dialect::Sqlite, _)
        | (Dialect::MySql | Dialect::MariaDb, GuardMode::Capture) => Ok(()),
        (Dialect::MySql | Dialect::MariaDb, GuardMode::Enforce) => {
            Err(Error::GuardUnsupported(dialect))
        }
    }
}

/// The error for a field with a type that a trigger cannot encode.
pub(super) fn not_encoded<E: Audited>(dialect: Dialect, field: &str) -> Error {
    let mut keys = E::PrimaryKey::iter();
    let rest = if keys.any(|key| E::field(key.into_column()).name == field) {
        "and it is part of the key"
    } else {
        match dialect {
            Dialect::Postgres | Dialect::Sqlite => {
                "so that it cannot be recorded by a trigger: GuardMode::Enforce does without"
            }
            Dialect::MySql | Dialect::MariaDb => "so that it cannot be recorded by a trigger",
        }
    };
    refused::<E>(format!("the type of `{field}` has no SQL encoder, {rest}"))
}

pub(super) async fn check_tables<E: Audited, C: ConnectionTrait>(
    db: &C,
    dialect: Dialect,
) -> Result<(), Error> {
    if installed::state(db).await? == installed::State::Incomplete {
        let problem = "the audit log is not there: call audit_runtime::schema::install(&db) first, \
            or put audit_runtime::schema::migrations() before the guard's migration";
        return Err(refused::<E>(problem.to_owned()));
    }
    let entity = E::default();
    let (columns, table, name) = match dialect {
        Dialect::Postgres => {
            let table = postgres::table::<E>();
            (postgres::COLUMNS, table.clone(), vec![table.into()])
        }
        Dialect::Sqlite => {
            let name = vec![entity.table_name().into()];
            (sqlite::COLUMNS, postgres::table::<E>(), name)
        }
        Dialect::MySql | Dialect::MariaDb => {
            (mysql::COLUMNS, mysql::table::<E>(), mysql::name::<E>())
        }
    };
    let question = Statement::from_sql_and_values(db.get_database_backend(), columns, name);
    let mut found = HashSet::new();
    for row in db.query_all_raw(question).await? {
        found.insert(row.try_get::<String>("", "name")?);
    }
    if found.is_empty() {
        return Err(refused::<E>(format!(
            "there is no table {table}: run the migration that creates it first"
        )));
    }
    let keys: Vec<_> = E::PrimaryKey::iter()
        .map(|key| key.into_column().as_str())
        .collect();
    for column in E::Column::iter().map(|column| column.as_str()) {
        if found.contains(column) {
            continue;
        }
        let what = if keys.contains(&column) {
            "column of the entity's key"
        } else {
            "column"
        };
        return Err(refused::<E>(format!(
            "{table} has no {what} `{column}`: run the migration that adds it first"
        )));
    }
    Ok(())
}

pub(super) fn refused<E: Audited>(problem: String) -> Error {
    Error::GuardRefused {
        entity_type: entity_type::<E>().into_owned(),
        problem,
    }
}
