//! The parts of the entity id of a composite key.

use sea_orm::sea_query::Expr;

use crate::{
    audit_log::{self, Column},
    dialect::Family,
};

/// A part of a key in an entity id: the whole id, or an element of the array. NULL if it is not such an array, for
/// example a hash.
pub(crate) fn id_part(at: usize, length: usize, family: Family) -> Expr {
    let id = Expr::col((audit_log::Entity, Column::EntityId));
    if length == 1 {
        return id;
    }
    match family {
        Family::Postgres => Expr::cust_with_exprs(
            format!("CASE WHEN $1 ~ $2 THEN $1::json ->> {at} END"),
            [id, Expr::val(format!(r"^\[{ELEMENT}(,{ELEMENT})*\]$"))],
        ),
        Family::MySql => Expr::cust_with_exprs(
            format!("CASE WHEN JSON_VALID(?) THEN JSON_UNQUOTE(JSON_EXTRACT(?, '$[{at}]')) END"),
            [id.clone(), id],
        ),
        Family::Sqlite => Expr::cust_with_exprs(
            format!("CASE WHEN json_valid(?) THEN json_extract(?, '$[{at}]') END"),
            [id.clone(), id],
        ),
    }
}

/// A text, number or boolean as serde_json writes it: PostgreSQL has no test for JSON that does not fail.
const ELEMENT: &str =
    r#"("([^"\\]|\\["\\bfnrt]|\\u00[0-9a-f]{2})*"|-?[0-9]+(\.[0-9]+)?(e[-+]?[0-9]+)?|true|false)"#;
