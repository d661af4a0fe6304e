//! The filter on changes of a field, and on its values before and after.
//!
//! What the database is asked is what it can say exactly or too generously; what really matches is decided here,
//! so that blanks, letter case and the notation of numbers are the same whichever database it is.

use sea_orm::{
    ColumnTrait, DbBackend, ExprTrait, Value,
    sea_query::{
        ArrayType, CaseStatement, Cond, Expr, Func, SimpleExpr, extension::postgres::PgExpr,
    },
};
use serde_json::{Map, Value as Json, json};

use super::{
    Entry,
    names::{Names, Told, index},
    recorded::holds_text,
};
use crate::{
    Error,
    audit_log::{self, Column},
    audited::{Audited, ColumnOf, FieldPolicy, entity_type::entity_types, names::field_names},
    changes::{Change, Changes},
    dialect::Family,
    encode::{DecodeError, Encoded, ValueKind, decode, encode},
};

#[derive(Clone, Debug)]
pub(super) struct FieldFilter {
    entity_types: Vec<String>,
    /// Today's name first.
    names: Vec<&'static str>,
    /// Of all fields, and which of them it is.
    all_names: Names,
    column: usize,
    kind: ValueKind,
    policy: FieldPolicy,
    pub(super) before: Option<Value>,
    pub(super) after: Option<Value>,
}

/// The filter with its values as the log has them.
#[derive(Debug)]
pub(super) struct FieldCondition {
    entity_types: Vec<String>,
    names: Vec<&'static str>,
    all_names: Names,
    column: usize,
    kind: ValueKind,
    /// Whether it asks for what is not shown: then nothing matches, and the database is not asked.
    is_withheld: bool,
    before: Option<Encoded>,
    after: Option<Encoded>,
}

/// Before the change, or after it.
#[derive(Clone, Copy)]
pub(super) enum SideOfField {
    Before,
    After,
}

impl FieldFilter {
    pub(super) fn of_column<E: Audited>(column: ColumnOf<E>) -> Self {
        Self {
            entity_types: entity_types::<E>(),
            names: field_names::<E>(column),
            all_names: Names::of::<E>(),
            column: index::<E>(column),
            kind: ValueKind::of::<E>(column),
            policy: E::field(column).policy,
            before: None,
            after: None,
        }
    }

    pub(super) fn with(mut self, side: SideOfField, value: Value) -> Self {
        match side {
            SideOfField::Before => self.before = Some(value),
            SideOfField::After => self.after = Some(value),
        }
        self
    }

    pub(super) fn condition(&self) -> Result<FieldCondition, Error> {
        let side = |value: &Option<Value>| {
            let value = value.as_ref().map(|value| as_stored(value, &self.kind));
            value.transpose().map_err(|error| {
                Error::InvalidQuery(format!("`{}` has no such value: {error}", self.names[0]))
            })
        };
        let (before, after) = (side(&self.before)?, side(&self.after)?);
        let asks_for_value = [&before, &after]
            .into_iter()
            .flatten()
            .any(|value| *value != Encoded::NULL);
        Ok(FieldCondition {
            entity_types: self.entity_types.clone(),
            names: self.names.clone(),
            all_names: self.all_names.clone(),
            column: self.column,
            kind: self.kind.clone(),
            is_withheld: match self.policy {
                FieldPolicy::Key | FieldPolicy::Record => false,
                FieldPolicy::Redact => asks_for_value,
                FieldPolicy::Skip => true,
            },
            before,
            after,
        })
    }
}

impl FieldCondition {
    pub(super) fn entity_types(&self) -> &[String] {
        &self.entity_types
    }

    /// The condition in a form that does not depend on a library's `Debug`, for cursors.
    pub(super) fn written(&self) -> Json {
        let change = Change {
            before: self.before.clone(),
            after: self.after.clone(),
        };
        let change = Changes::from_iter([(self.names[0], change)].into_iter());
        json!([self.entity_types, change.to_json()])
    }

    pub(super) fn has_value(&self) -> bool {
        self.before.is_some() || self.after.is_some()
    }

    pub(super) fn matches(&self, entry: &Entry) -> bool {
        let means = |expected: &Option<Encoded>, found: &Option<Encoded>| match expected {
            Some(expected) => found.as_ref().is_some_and(|found| found.means(expected)),
            None => true,
        };
        let is_of_type = |name: &String| self.entity_types.iter().any(|of| of == name);
        let matches = |change: &Change| {
            means(&self.before, &change.before) && means(&self.after, &change.after)
        };
        !self.is_withheld
            && entry.entity_type.as_ref().is_some_and(is_of_type)
            && match self.all_names.told(entry, self.column) {
                // Rather one too many than one that is missed.
                Told::Change(change) | Told::Perhaps(_, change) => matches(change),
                Told::Nothing => false,
            }
    }

    /// True for all entries that match, and for few others.
    pub(super) fn in_sql(&self, backend: DbBackend) -> Cond {
        if self.is_withheld {
            return Cond::all().add(Column::Id.is_in(Vec::<i64>::new()));
        }
        let names = self.names.iter();
        names.fold(Cond::any(), |any, name| {
            any.add(match Family::from(backend) {
                Family::Postgres => self.on_postgres(name),
                Family::MySql => self.on_mysql(name),
                Family::Sqlite => self.on_sqlite(name),
            })
        })
    }

    fn on_postgres(&self, name: &str) -> Cond {
        let sides = [("before", &self.before), ("after", &self.after)];
        let sides = sides.into_iter().filter_map(|(side, value)| {
            let json = value.as_ref()?.json()?.into_owned();
            Some((side.to_owned(), json))
        });
        let pattern = json!({ name: sides.collect::<Map<_, _>>() });
        Cond::all().add(changes().contains(Expr::val(pattern)))
    }

    fn on_mysql(&self, name: &str) -> Cond {
        let found = Func::cust("JSON_CONTAINS_PATH").args([
            changes(),
            Expr::val("one"),
            Expr::val(path(name, None)),
        ]);
        self.sides().fold(
            Cond::all().add(Expr::expr(found).eq(1)),
            |all, (side, text)| {
                let json =
                    Func::cust("JSON_EXTRACT").args([changes(), Expr::val(path(name, Some(side)))]);
                // As bytes, for text compares as the connection's collation has it.
                let bytes = Expr::expr(Func::cust("JSON_UNQUOTE").arg(json)).cast_as("BINARY");
                all.add(bytes.eq(text.into_bytes()))
            },
        )
    }

    fn on_sqlite(&self, name: &str) -> Cond {
        let found = Func::cust("json_type").args([changes(), Expr::val(path(name, None))]);
        self.sides().fold(
            Cond::all().add(where_valid(Expr::expr(found)).is_not_null()),
            |all, (side, text)| {
                let value =
                    Func::cust("json_extract").args([changes(), Expr::val(path(name, Some(side)))]);
                let text_of_it = where_valid(Expr::expr(value)).cast_as("text");
                all.add(text_of_it.eq(text))
            },
        )
    }

    /// The values whose text every store has in one form.
    fn sides(&self) -> impl Iterator<Item = (&'static str, String)> {
        let sides = [("before", &self.before), ("after", &self.after)];
        let one_form = !matches!(
            self.kind,
            ValueKind::Array(_) | ValueKind::Scalar(ArrayType::Json)
        );
        sides.into_iter().filter_map(move |(side, value)| {
            let text = match value.as_ref()? {
                Encoded::Plain(Json::String(text)) | Encoded::Base64(text) => text.clone(),
                Encoded::Plain(Json::Number(number)) if number.is_i64() => number.to_string(),
                _ => return None,
            };
            one_form.then_some((side, text))
        })
    }
}

fn changes() -> SimpleExpr {
    Expr::col((audit_log::Entity, Column::Changes))
}

fn path(name: &str, side: Option<&str>) -> String {
    match side {
        Some(side) => format!("$.\"{name}\".\"{side}\""),
        None => format!("$.\"{name}\""),
    }
}

/// SQLite's functions fail on text that is not JSON.
fn where_valid(expr: SimpleExpr) -> SimpleExpr {
    let valid = Expr::expr(Func::cust("json_valid").arg(changes())).eq(1);
    CaseStatement::new().case(valid, expr).into()
}

/// A value as it would stand in the log, were the column to hold it: `1` in a column of decimals is `"1"`.
fn as_stored(value: &Value, kind: &ValueKind) -> Result<Encoded, DecodeError> {
    let encoded = encode(value);
    let read = decode(&encoded, kind).or_else(|error| {
        let reread = match value {
            Value::Double(Some(double)) => Some(Encoded::Plain(f64::from(*double as f32).into())),
            // A decimal is stored as text.
            Value::Int(_) | Value::BigInt(_) | Value::Unsigned(_) | Value::BigUnsigned(_)
                if !holds_text(kind) =>
            {
                encoded
                    .json()
                    .map(|json| Encoded::Plain(json.to_string().into()))
            }
            Value::String(Some(text)) => serde_json::from_str(text).ok().map(Encoded::Plain),
            _ => None,
        };
        reread.map_or(Err(error.clone()), |reread| {
            decode(&reread, kind).map_err(|_| error)
        })
    });
    read.map(|value| encode(&value))
}
