//! The SQL of an entity's values on SQLite: the trigger texts that compute entries from rows.
//!
//! SQLite stores a value with the type it is given, so an encoder checks the type of each value. JSON is built as text,
//! because SQLite's own functions write numbers with fewer digits.

mod encoder;
mod moment;
mod text;

use sea_orm::{
    IdenStatic, Iterable, PrimaryKeyToColumn,
    sea_query::{Expr, Query, SqliteQueryBuilder},
};

use self::encoder::Encoder;
use super::{reading::read, side::Side, template::fill};
use crate::audited::{Audited, ColumnOf, FieldPolicy};

/// An entity whose entries SQLite can build by itself.
pub(crate) struct SqliteLayout<E: Audited> {
    fields: Vec<Field<E>>,
    key: Vec<(ColumnOf<E>, Encoder)>,
    label: Option<(ColumnOf<E>, Encoder)>,
    /// Recorded columns whose values only Rust can encode.
    opaque: Vec<ColumnOf<E>>,
}

struct Field<E: Audited> {
    column: ColumnOf<E>,
    name: &'static str,
    encoder: Encoder,
    is_redacted: bool,
}

/// A row that a trigger can refer to.
#[derive(Clone, Copy)]
pub(crate) enum Row {
    Old,
    New,
}

impl Row {
    fn column<E: Audited>(self, column: ColumnOf<E>) -> String {
        let row = match self {
            Self::Old => "OLD",
            Self::New => "NEW",
        };
        format!("{row}.{}", quoted(column.as_str()))
    }

    /// The column as the entity reads it.
    fn read<E: Audited>(self, column: ColumnOf<E>) -> String {
        let stored = self.column::<E>(column);
        let select = Query::select()
            .expr(read::<E>(column, Expr::cust(stored)))
            .to_string(SqliteQueryBuilder);
        select.trim_start_matches("SELECT ").to_owned()
    }
}

impl<E: Audited> SqliteLayout<E> {
    /// The error is the name of a field without an SQL encoder.
    pub(crate) fn of_entity() -> Result<Self, &'static str> {
        let layout = Self::of_key()?;
        if let Some(field) = layout.opaque_field() {
            return Err(field);
        }
        let label = E::label().map(with_text::<E>).transpose()?;
        Ok(Self { label, ..layout })
    }

    /// As [`of_entity`](Self::of_entity), without the label and the [opaque](Self::opaque_field) fields.
    pub(crate) fn of_key() -> Result<Self, &'static str> {
        let mut layout = Self {
            fields: Vec::new(),
            key: Vec::new(),
            label: None,
            opaque: Vec::new(),
        };
        for column in E::Column::iter() {
            let field = E::field(column);
            let is_redacted = match field.policy {
                FieldPolicy::Key | FieldPolicy::Skip => continue,
                FieldPolicy::Record => false,
                FieldPolicy::Redact => true,
            };
            match Encoder::of::<E>(column) {
                Some(encoder) => layout.fields.push(Field {
                    column,
                    name: field.name,
                    encoder,
                    is_redacted,
                }),
                None => layout.opaque.push(column),
            }
        }
        for key in E::PrimaryKey::iter() {
            layout.key.push(with_text::<E>(key.into_column())?);
        }
        Ok(layout)
    }

    /// The first recorded field whose values only Rust can encode.
    pub(crate) fn opaque_field(&self) -> Option<&'static str> {
        self.opaque.first().map(|column| E::field(*column).name)
    }

    /// Whether two states of a row differ in a recorded field.
    pub(crate) fn differ(&self) -> String {
        let opaque = self.opaque.iter().map(|column| {
            let [old, new] = [Row::Old, Row::New].map(|row| row.column::<E>(*column));
            text::bytes_differ(&old, &new)
        });
        let known = self.fields.iter().map(Field::differs);
        any(known.chain(opaque))
    }

    /// Whether the key of the row has changed.
    pub(crate) fn key_differs(&self) -> String {
        any(self.key.iter().map(|(column, encoder)| {
            let [old, new] = [Row::Old, Row::New].map(|row| row.read::<E>(*column));
            encoder.differs(&old, &new)
        }))
    }

    /// The changes between two states of a row with the same key.
    pub(crate) fn changes(&self) -> String {
        let changes = self.fields.iter().map(|field| {
            let sides = [(Side::Before, Row::Old), (Side::After, Row::New)];
            let [before, after] = sides.map(|(side, row)| field.side(side, row));
            let places = [
                ("{differs}", field.differs()),
                ("{name}", json_key(field.name)),
                ("{before}", before),
                ("{after}", after),
            ];
            fill(CHANGE, &places)
        });
        object(changes)
    }

    /// The changes of a created or deleted row.
    pub(crate) fn whole_row(&self, side: Side, row: Row) -> String {
        let members = self.fields.iter().map(|field| {
            let name = json_key(field.name);
            format!("({name} || {} || '}}')", field.side(side, row))
        });
        object(members)
    }

    /// The text of [`entity_id`](crate::encode::entity_id), without its limit of length.
    pub(crate) fn entity_id(&self, row: Row) -> String {
        if let [(column, encoder)] = &*self.key {
            let text = encoder.text(&row.read::<E>(*column));
            return format!("coalesce({text}, 'null')");
        }
        let parts = self.key.iter().map(|(column, encoder)| {
            let value = row.read::<E>(*column);
            format!("coalesce({}, 'null')", encoder.json(&value))
        });
        format!(
            "('[' || {} || ']')",
            parts.collect::<Vec<_>>().join(" || ',' || ")
        )
    }

    /// The label, as [`name`](crate::text::name) shortens it.
    pub(crate) fn label(&self, row: Row) -> String {
        match &self.label {
            Some((column, encoder)) => text::label(&encoder.text(&row.read::<E>(*column))),
            None => "NULL".to_owned(),
        }
    }
}

impl<E: Audited> Field<E> {
    /// The members of the field's object for one side.
    fn side(&self, side: Side, row: Row) -> String {
        let value = row.read::<E>(self.column);
        if self.is_redacted {
            let (key, key_is) = side.keys();
            return format!(
                r#"(CASE WHEN {value} IS NULL THEN '"{key}":null' ELSE '"{key_is}":"redacted"' END)"#
            );
        }
        self.encoder.side(side, &value)
    }

    fn differs(&self) -> String {
        let [old, new] = [Row::Old, Row::New].map(|row| row.read::<E>(self.column));
        self.encoder.differs(&old, &new)
    }
}

const CHANGE: &str =
    "(CASE WHEN {differs} THEN {name} || {before} || ',' || {after} || '}' ELSE '' END)";

fn with_text<E: Audited>(column: ColumnOf<E>) -> Result<(ColumnOf<E>, Encoder), &'static str> {
    match Encoder::of::<E>(column) {
        Some(encoder) if encoder.has_text() => Ok((column, encoder)),
        _ => Err(E::field(column).name),
    }
}

/// The start of a member that follows another one, as an SQL text: `,"name":{`.
fn json_key(name: &str) -> String {
    text::constant(&format!(",{}:{{", serde_json::Value::from(name)))
}

/// An object of members that all begin with a comma.
fn object(members: impl Iterator<Item = String>) -> String {
    let members = balanced(members.collect(), " || ");
    match members {
        Some(members) => format!("('{{' || substr({members}, 2) || '}}')"),
        None => "'{}'".to_owned(),
    }
}

fn any(conditions: impl Iterator<Item = String>) -> String {
    balanced(conditions.collect(), " OR ").unwrap_or_else(|| "0".to_owned())
}

/// Joins the parts as a balanced tree, because SQLite limits the nesting of expressions.
fn balanced(mut parts: Vec<String>, operator: &str) -> Option<String> {
    while parts.len() > 1 {
        let pairs = parts.chunks(2).map(|pair| match pair {
            [a, b] => format!("({a}{operator}{b})"),
            rest => rest.concat(),
        });
        parts = pairs.collect();
    }
    parts.pop()
}

/// A quoted identifier.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

pub(crate) use self::text::constant;
