//! Reads the reverted entry from the log again, because the caller's copy may have been altered.

use sea_orm::{
    ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QuerySelect, Value,
    sea_query::{Expr, ExprTrait, LockType},
};

use crate::{
    Entry, Error,
    audit_log::{self, Column},
    dialect::{Family, is_missing_table},
    encode::number::are_kept,
    error::DatabaseError,
    history::seen::{is_hidden, seen},
};

/// Reads the entry again. If JSON is to be restored, it refuses numbers that would be rounded.
pub(super) async fn entry<C: ConnectionTrait>(
    id: i64,
    restores_json: bool,
    connection: &C,
) -> Result<Entry, Error> {
    let family = Family::of(connection);
    let mut question = audit_log::Entity::find_by_id(id).expr_as(
        Expr::col(Column::Changes).cast_as(family.text_type()),
        "text",
    );
    if family.fixes_snapshot_on_read() {
        question = question.lock(LockType::Share);
    }
    let rows = seen(question, None, connection).await;
    let Some(row) = rows.map_err(failed_to_read)?.pop() else {
        return Err(refused(id, "the log has no such entry"));
    };
    let text: Option<String> = row.try_get("", "text").map_err(failed_to_read)?;
    if restores_json && !are_kept(&text.unwrap_or_default()) {
        let problem = "its JSON has numbers that are no integers of 64 bits and no doubles, and would come back rounded";
        return Err(refused(id, problem));
    }
    let row = audit_log::Model::from_query_result(&row, "").map_err(failed_to_read)?;
    Ok(row.into())
}

fn failed_to_read(error: DbErr) -> Error {
    if is_missing_table(&error) {
        Error::LogMissing(error.into())
    } else if is_hidden(&error) {
        Error::LogHidden
    } else {
        DatabaseError::scrubbed(error).into()
    }
}

pub(super) fn refused(entry: i64, problem: &str) -> Error {
    Error::Irreversible {
        entry,
        problem: problem.to_owned(),
        fields: Vec::new(),
    }
}

/// The error if the caller's copy differs from the log.
pub(super) fn altered(entry: i64) -> Error {
    refused(entry, "the log says otherwise than what was given")
}

pub(super) fn is_json(value: &Value) -> bool {
    match value {
        Value::Json(_) => true,
        #[cfg(feature = "postgres-array")]
        Value::Array(sea_orm::sea_query::ArrayType::Json, _) => true,
        _ => false,
    }
}
