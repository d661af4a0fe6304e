//! The SQL of an entity's values: PostgreSQL expressions for the entries of its rows.

mod changes;
pub(crate) mod encoder;
pub(crate) mod form;
pub(crate) mod mysql;
mod names;
pub(crate) mod raised;
pub(crate) mod reading;
pub(crate) mod row;
pub(crate) mod side;
pub(crate) mod sqlite;
pub(crate) mod template;

use sea_orm::{
    Iterable, PrimaryKeyToColumn,
    sea_query::{ArrayType, Expr},
};

use self::{encoder::Encoder, form::Form};
use crate::{
    audited::{Audited, ColumnOf, FieldPolicy},
    encode::ValueKind,
};

/// The SQL of an entity whose entries PostgreSQL can build.
pub(crate) struct Layout<E: Audited> {
    pub(crate) form: Form,
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

impl<E: Audited> Layout<E> {
    /// The error is the name of a field without an SQL encoder.
    pub(crate) fn of_entity(form: Form) -> Result<Self, &'static str> {
        let layout = Self::of_key(form)?;
        if let Some(field) = layout.opaque_field() {
            return Err(field);
        }
        let label = E::label().map(with_text::<E>).transpose()?;
        Ok(Self { label, ..layout })
    }

    /// As [`of_entity`](Self::of_entity), without the label and the [opaque](Self::opaque_field) fields.
    pub(crate) fn of_key(form: Form) -> Result<Self, &'static str> {
        let mut layout = Self {
            form,
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
            let (column, encoder) = with_text::<E>(key.into_column())?;
            // PostgreSQL removes all characters of a blank one.
            if ValueKind::of::<E>(column) == ValueKind::Scalar(ArrayType::Char) {
                return Err(E::field(column).name);
            }
            layout.key.push((column, encoder));
        }
        Ok(layout)
    }

    /// The first recorded field whose values only Rust can encode.
    pub(crate) fn opaque_field(&self) -> Option<&'static str> {
        self.opaque.first().map(|column| E::field(*column).name)
    }
}

fn with_text<E: Audited>(column: ColumnOf<E>) -> Result<(ColumnOf<E>, Encoder), &'static str> {
    match Encoder::of::<E>(column) {
        Some(encoder) if encoder.text(Form::Full, Expr::null()).is_some() => Ok((column, encoder)),
        _ => Err(E::field(column).name),
    }
}
