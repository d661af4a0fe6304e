//! Catalog queries whose results are texts.

use sea_orm::{ConnectionTrait, DbErr, Statement, Value};

use crate::{
    Error,
    error::{is_role_not_granted, is_unreadable_table},
};

/// The first columns of each row, all of which are text; NULL is the empty text.
pub(super) async fn ask<const N: usize>(
    db: &impl ConnectionTrait,
    question: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<Vec<[String; N]>, Error> {
    let backend = db.get_database_backend();
    let question = Statement::from_sql_and_values(backend, question, values);
    let rows = db.query_all_raw(question).await?;
    let read = |row: &sea_orm::QueryResult| -> Result<[String; N], DbErr> {
        let mut texts = std::array::from_fn(|_| String::new());
        for (at, text) in texts.iter_mut().enumerate() {
            *text = row
                .try_get_by_index::<Option<String>>(at)?
                .unwrap_or_default();
        }
        Ok(texts)
    };
    Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
}

pub(super) const NONE: [Value; 0] = [];

/// An empty result if this account may not read the catalog.
pub(super) fn if_readable<T>(found: Result<Vec<T>, Error>) -> Result<Vec<T>, Error> {
    Ok(readable(found)?.unwrap_or_default())
}

/// `None` if this account may not read the catalog, or has lost the role.
pub(super) fn readable<T>(found: Result<T, Error>) -> Result<Option<T>, Error> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(Error::Database(error)) => {
            let error = DbErr::from(error);
            match is_unreadable_table(&error) || is_role_not_granted(&error) {
                true => Ok(None),
                false => Err(error.into()),
            }
        }
        Err(error) => Err(error),
    }
}
