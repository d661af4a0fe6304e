//! Describes a database error in words of this crate, without the database's message.

use sea_orm::DbErr;

use super::{
    classify::{database_error, is_changed_since},
    facts::Violation,
    told::told,
    withheld::Withheld,
};

pub(super) fn summary(
    error: &DbErr,
    violation: Option<Violation>,
    constraint: Option<&str>,
    code: Option<&str>,
) -> String {
    let database = database_error(error);
    if let Some(withheld) = database.and_then(|error| error.try_downcast_ref::<Withheld>()) {
        return withheld.0.summary.clone();
    }
    let told = database.and_then(told);
    let what = match violation {
        Some(Violation::Unique) => "unique constraint violated",
        Some(Violation::ForeignKey) => "foreign key violated",
        Some(Violation::NotNull) => "a column cannot be null",
        Some(Violation::Check) => "check constraint violated",
        None => match error {
            error if is_changed_since(error) => {
                "a row changed after the transaction's first read: the transaction can be tried again"
            }
            DbErr::Exec(_) | DbErr::Query(_) if database.is_some() => told
                .as_deref()
                .unwrap_or("the database refused the statement"),
            DbErr::Conn(_) | DbErr::Exec(_) | DbErr::Query(_) => "the connection failed",
            DbErr::Type(_) | DbErr::Json(_) | DbErr::TryIntoErr { .. } => {
                "a value does not fit its type"
            }
            _ => "the write failed",
        },
    };
    let constraint = constraint
        .map(|name| format!(": {name}"))
        .unwrap_or_default();
    let code = code
        .map(|code| format!(", code {code}"))
        .unwrap_or_default();
    format!("{what}{constraint}{code}")
}
