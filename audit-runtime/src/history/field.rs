//! The filter on changes of a field, by its values before and after.
//!
//! The SQL condition matches all wanted entries, and perhaps some others. The exact comparison happens in Rust, so that
//! blanks, letter case and the notation of numbers count the same on every database.

use sea_orm::{
    ColumnTrait, DbBackend, ExprTrait, Value,
    sea_query::{
        ArrayType, CaseStatement, Cond, Expr, Func, SimpleExpr, extension::postgres::PgExpr,
    },
};
use serde_json::{Map, Value as Json, json};

use super::{
    Entry,
    key_field::{self, KeptAsHash, KeyField},
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
pub(crate) struct FieldFilter {
    entity_types: Vec<String>,
    /// The current name first, then former ones.
    names: Vec<&'static str>,
    /// The names of all fields; `column` is the index of this one.
    all_names: Names,
    column: usize,
    kind: ValueKind,
    key: Option<KeyField>,
    policy: FieldPolicy,
    pub(crate) before: Option<Value>,
    pub(crate) after: Option<Value>,
}

/// The filter with encoded values.
#[derive(Debug)]
pub(crate) struct FieldCondition {
    entity_types: Vec<String>,
    names: Vec<&'static str>,
    all_names: Names,
    column: usize,
    kind: ValueKind,
    key: Option<KeyField>,
    /// Whether it asks for hidden values. Such a filter matches nothing and does not query the database.
    is_withheld: bool,
    before: Option<Encoded>,
    after: Option<Encoded>,
}

/// The side of a change.
#[derive(Clone, Copy)]
pub(super) enum SideOfField {
    Before,
    After,
}

impl FieldFilter {
    pub(crate) fn of_column<E: Audited>(column: ColumnOf<E>) -> Self {
        Self {
            entity_types: entity_types::<E>(),
            names: field_names::<E>(column),
            all_names: Names::of::<E>(),
            column: index::<E>(column),
            kind: ValueKind::of::<E>(column),
            key: KeyField::of::<E>(column),
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

    /// The current name of the field first, then former ones.
    #[cfg(feature = "test")]
    pub(crate) fn names(&self) -> &[&'static str] {
        &self.names
    }

    pub(crate) fn condition(&self) -> Result<FieldCondition, Error> {
        let side = |value: &Option<Value>| {
            let value = value.as_ref().map(|value| as_stored(value, &self.kind));
            value.transpose().map_err(|error| {
                Error::InvalidQuery(format!(
                    "`{}` cannot hold such a value: {error}",
                    self.names[0]
                ))
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
            key: self.key,
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

    /// Whether it asks for a value that the index of changes finds.
    pub(super) fn has_value(&self) -> bool {
        self.key.is_none() && (self.before.is_some() || self.after.is_some())
    }

    pub(crate) fn matches(&self, entry: &Entry) -> bool {
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
            && match (self.key, self.all_names.told(entry, self.column)) {
                (Some(key), _) => key.change(entry).is_some_and(|change| match change {
                    Ok(change) => matches(&change),
                    Err(KeptAsHash) => true,
                }),
                // An ambiguous entry is included rather than missed.
                (None, Told::Change(change) | Told::Perhaps(_, change)) => matches(change),
                (None, Told::Nothing) => false,
            }
    }

    /// Whether the database finds few entries besides the matching ones. Not every database compares documents, arrays
    /// and numbers with a fraction.
    pub(super) fn is_told_to_database(&self) -> bool {
        let values = [&self.before, &self.after].into_iter().flatten();
        self.sides().count() == values.count()
    }

    /// A condition that is true for all matching entries, and for few others.
    pub(super) fn in_sql(&self, backend: DbBackend) -> Cond {
        if self.is_withheld {
            return Cond::all().add(Column::Id.is_in(Vec::<i64>::new()));
        }
        if self.key.is_some() {
            return key_field::in_sql(self.before.is_some(), self.after.is_some());
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
                // Compared as bytes, because a comparison of text depends on the connection's collation.
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

    /// The values that every database stores as the same text.
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

/// Encodes a value as the log would store it in this column: `1` in a column of decimals becomes `"1"`.
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
