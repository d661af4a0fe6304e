//! SQL encoders of dates and times. Years without four digits are signed; PostgreSQL's 1 BC is the year 0.

use sea_orm::sea_query::Expr;

use crate::layout::{form::Form, raised::Raised, template::sql};

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

const DATE: &str = any!("$1::timestamp", "-MM-DD");
const USUAL_DATE: &str = usual!("$1::timestamp", "-MM-DD");
const DATE_TIME: &str = any!("$1", r#"-MM-DD"T"HH24:MI:SS.US"#);
const USUAL_DATE_TIME: &str = usual!("$1", r#"-MM-DD"T"HH24:MI:SS.US"#);
const INSTANT: &str = any!("timezone('UTC', $1)", r#"-MM-DD"T"HH24:MI:SS.US"Z""#);
const USUAL_INSTANT: &str = usual!("timezone('UTC', $1)", r#"-MM-DD"T"HH24:MI:SS.US"Z""#);
