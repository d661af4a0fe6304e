//! Dates and times as text. Years that have not four digits are signed, and there is a year 0, which PostgreSQL calls 1 BC.

use sea_orm::sea_query::Expr;

use super::sql;
use crate::write::fused::{form::Form, raised::Raised};

pub(super) fn date(form: Form, value: Expr) -> Expr {
    match form {
        Form::Quick => usual(USUAL_DATE, value),
        Form::Full => sql(DATE, [value]),
    }
}

pub(super) fn date_time(form: Form, value: Expr) -> Expr {
    match form {
        Form::Quick => usual(USUAL_DATE_TIME, value),
        Form::Full => sql(DATE_TIME, [value]),
    }
}

pub(super) fn instant(form: Form, value: Expr) -> Expr {
    match form {
        Form::Quick => usual(USUAL_INSTANT, value),
        Form::Full => sql(INSTANT, [value]),
    }
}

fn usual(template: &'static str, value: Expr) -> Expr {
    sql(template, [value, Raised::Unusual.text()])
}

macro_rules! usual {
    ($value:literal, $rest:literal) => {
        concat!(
            "CASE WHEN ",
            $value,
            " < '0001-01-01' OR ",
            $value,
            " >= '10000-01-01' THEN $2 ELSE to_char(",
            $value,
            ", 'YYYY",
            $rest,
            "') END",
        )
    };
}

macro_rules! any {
    ($value:literal, $rest:literal) => {
        concat!(
            "CASE WHEN ",
            $value,
            " >= '0001-01-01' AND ",
            $value,
            " < '10000-01-01' THEN to_char(",
            $value,
            ", 'YYYY",
            $rest,
            "') ",
            "WHEN NOT isfinite(",
            $value,
            ") THEN ",
            $value,
            "::text ",
            "WHEN extract(year FROM ",
            $value,
            ") = -1 THEN '0000' || to_char(",
            $value,
            ", '",
            $rest,
            "') ",
            "ELSE to_char(extract(year FROM ",
            $value,
            ") + CASE WHEN ",
            $value,
            " < '0001-01-01' THEN 1 ELSE 0 END, 'FMSG999990000') || to_char(",
            $value,
            ", '",
            $rest,
            "') END",
        )
    };
}

/// A template for values of a type, by the macro that tells which of them it is for.
macro_rules! date {
    ($which:ident) => {
        $which!("$1::timestamp", "-MM-DD")
    };
}

macro_rules! date_time {
    ($which:ident) => {
        $which!("$1", r#"-MM-DD"T"HH24:MI:SS.US"#)
    };
}

macro_rules! instant {
    ($which:ident) => {
        $which!("timezone('UTC', $1)", r#"-MM-DD"T"HH24:MI:SS.US"Z""#)
    };
}

const DATE: &str = date!(any);
const DATE_TIME: &str = date_time!(any);
const INSTANT: &str = instant!(any);

const USUAL_DATE: &str = date!(usual);
const USUAL_DATE_TIME: &str = date_time!(usual);
const USUAL_INSTANT: &str = instant!(usual);
