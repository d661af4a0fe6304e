//! The SQL of an entity's values on MySQL and MariaDB: the trigger texts that compute entries from rows.
//!
//! JSON is built as text, because the JSON functions of MySQL and MariaDB differ.

mod encoder;
pub(crate) mod stored;
mod text;

use sea_orm::{IdenStatic, Iterable, PrimaryKeyToColumn, sea_query::ArrayType};

pub(crate) use self::text::{capped, constant, quoted, spelled};
use self::{encoder::Encoder, stored::Stored};
use super::{side::Side, template::fill};
use crate::{
    audited::{Audited, ColumnOf, FieldPolicy},
    dialect::Dialect,
    encode::ValueKind,
};

/// An entity whose entries MySQL or MariaDB can build by itself.
pub(crate) struct MySqlLayout<E: Audited> {
    fields: Vec<Field<E>>,
    key: Vec<(ColumnOf<E>, Encoder)>,
    label: Option<(ColumnOf<E>, Encoder)>,
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
}

impl<E: Audited> MySqlLayout<E> {
    /// The error is the name of a field without an SQL encoder. `stored` returns the type of a column; without one, it
    /// is the type that SeaORM creates.
    pub(crate) fn new(
        dialect: Dialect,
        stored: impl Fn(&str) -> Option<Option<Stored>>,
    ) -> Result<Self, &'static str> {
        let encoder = |column: ColumnOf<E>| {
            let encoder = match stored(column.as_str()) {
                Some(stored) => {
                    stored.and_then(|stored| Encoder::of::<E>(column, dialect, Some(stored)))
                }
                None => Encoder::of::<E>(column, dialect, None),
            };
            encoder.ok_or_else(|| E::field(column).name)
        };
        let with_text = |column| match encoder(column)? {
            encoder if encoder.has_text() => Ok((column, encoder)),
            _ => Err(E::field(column).name),
        };
        let mut fields = Vec::new();
        for column in E::Column::iter() {
            let field = E::field(column);
            let is_redacted = match field.policy {
                FieldPolicy::Key | FieldPolicy::Skip => continue,
                FieldPolicy::Record => false,
                FieldPolicy::Redact => true,
            };
            fields.push(Field {
                column,
                name: field.name,
                encoder: encoder(column)?,
                is_redacted,
            });
        }
        let mut key = Vec::new();
        for column in E::PrimaryKey::iter().map(PrimaryKeyToColumn::into_column) {
            // MySQL removes a blank character, which leaves nothing.
            if ValueKind::of::<E>(column) == ValueKind::Scalar(ArrayType::Char) {
                return Err(E::field(column).name);
            }
            key.push(with_text(column)?);
        }
        Ok(Self {
            fields,
            key,
            label: E::label().map(with_text).transpose()?,
        })
    }

    /// Whether two states of a row differ in a recorded field.
    pub(crate) fn differ(&self) -> String {
        any(self.fields.iter().map(Field::differs))
    }

    /// Whether the key of the row has changed.
    pub(crate) fn key_differs(&self) -> String {
        any(self.key.iter().map(|(column, encoder)| {
            let [old, new] = [Row::Old, Row::New].map(|row| row.column::<E>(*column));
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
                ("{name}", member(field.name)),
                ("{before}", before),
                ("{after}", after),
            ];
            fill(CHANGE, &places)
        });
        object(changes)
    }

    /// The changes of a created or deleted row.
    pub(crate) fn whole_row(&self, side: Side, row: Row) -> String {
        object(self.fields.iter().map(|field| {
            let name = member(field.name);
            format!("CONCAT({name}, {}, '}}')", field.side(side, row))
        }))
    }

    /// The text of [`entity_id`](crate::encode::entity_id), without its limit of length.
    pub(crate) fn entity_id(&self, row: Row) -> String {
        if let [(column, encoder)] = &*self.key {
            return encoder.text(&row.column::<E>(*column));
        }
        let parts = self
            .key
            .iter()
            .map(|(column, encoder)| encoder.id_json(&row.column::<E>(*column)));
        let parts: Vec<_> = parts.collect();
        format!("CONCAT('[', {}, ']')", parts.join(", ',', "))
    }

    /// The label, neither shortened nor escaped.
    pub(crate) fn label(&self, row: Row) -> String {
        match &self.label {
            Some((column, encoder)) => encoder.text(&row.column::<E>(*column)),
            None => "NULL".to_owned(),
        }
    }
}

impl<E: Audited> Field<E> {
    /// The members of the field's object for one side.
    fn side(&self, side: Side, row: Row) -> String {
        let value = row.column::<E>(self.column);
        if self.is_redacted {
            let (key, key_is) = side.keys();
            return format!(
                r#"CASE WHEN {value} IS NULL THEN '"{key}":null' ELSE '"{key_is}":"redacted"' END"#
            );
        }
        self.encoder.side(side, &value)
    }

    fn differs(&self) -> String {
        let [old, new] = [Row::Old, Row::New].map(|row| row.column::<E>(self.column));
        self.encoder.differs(&old, &new)
    }
}

const CHANGE: &str = "CASE WHEN {differs} THEN CONCAT({name}, {before}, ',', {after}, '}') END";

/// The start of a member: `"name":{`.
fn member(name: &str) -> String {
    constant(&format!("{}:{{", serde_json::Value::from(name)))
}

/// An object of members, without those that are NULL.
fn object(members: impl Iterator<Item = String>) -> String {
    let members: Vec<_> = members.collect();
    if members.is_empty() {
        return "'{}'".to_owned();
    }
    format!(
        "CONCAT('{{', CONCAT_WS(',', {}), '}}')",
        members.join(",\n        ")
    )
}

fn any(conditions: impl Iterator<Item = String>) -> String {
    let conditions: Vec<_> = conditions
        .map(|condition| format!("({condition})"))
        .collect();
    match conditions.is_empty() {
        true => "FALSE".to_owned(),
        false => conditions.join(" OR "),
    }
}
