//! The SQL of an entity's values: what of its rows goes into its entries, as PostgreSQL expressions.

pub(crate) mod encoder;
pub(crate) mod form;
pub(crate) mod raised;
pub(crate) mod reading;
pub(crate) mod row;
pub(crate) mod side;
pub(crate) mod template;

use sea_orm::{
    IdenStatic, Iterable, PrimaryKeyToColumn,
    sea_query::{ArrayType, Expr, Func},
};

use self::{
    encoder::Encoder,
    form::Form,
    raised::Raised,
    reading::read,
    row::RowAlias,
    side::Side,
    template::{constant, sql},
};
use crate::{
    audited::{Audited, ColumnOf, FieldPolicy},
    encode::ValueKind,
};

/// An entity whose entries PostgreSQL can build by itself.
pub(crate) struct Layout<E: Audited> {
    pub(crate) form: Form,
    fields: Vec<Field<E>>,
    key: Vec<(ColumnOf<E>, Encoder)>,
    label: Option<(ColumnOf<E>, Encoder)>,
    /// Columns that are recorded, and whose values only Rust can encode.
    opaque: Vec<ColumnOf<E>>,
}

struct Field<E: Audited> {
    column: ColumnOf<E>,
    name: &'static str,
    encoder: Encoder,
    is_redacted: bool,
}

impl<E: Audited> Layout<E> {
    /// The field that stands in the way is the error.
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
            // Of one that is all blanks PostgreSQL would leave nothing.
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

    /// Whether two states of a row differ in what is recorded.
    pub(crate) fn differ(&self, before: &RowAlias, after: &RowAlias) -> Expr {
        let opaque =
            (!self.opaque.is_empty()).then(|| self.images_differ(before, after, &self.opaque));
        let known = self.fields.iter().map(|field| {
            let [old, new] = [before, after].map(|row| row.read::<E>(field.column));
            field.encoder.differs(old, new)
        });
        any(known.chain(opaque))
    }

    /// The changes between two states of a row with the same key.
    pub(crate) fn changes(&self, before: &RowAlias, after: &RowAlias) -> Expr {
        let fields = self.fields.iter();
        concatenated(fields.map(|field| field.change(self.form, before, after)))
    }

    /// Whether two states of a row differ in any byte of any column.
    pub(crate) fn any_byte_differs(&self, before: &RowAlias, after: &RowAlias) -> Expr {
        let columns: Vec<_> = E::Column::iter().collect();
        self.images_differ(before, after, &columns)
    }

    fn images_differ(&self, before: &RowAlias, after: &RowAlias, columns: &[ColumnOf<E>]) -> Expr {
        let images = [before, after].map(|row| image::<E>(row, columns));
        sql("record_image_ne($1, $2)", images)
    }

    /// The changes of a row that came to be, or that ceased to be.
    pub(crate) fn whole_row(&self, side: Side, row: &RowAlias) -> Expr {
        // A function takes no more than 100 arguments.
        let objects = self.fields.chunks(50).map(|fields| {
            let fields = fields.iter().flat_map(|field| {
                let value = row.read::<E>(field.column);
                [constant(field.name), field.side(self.form, side, value)]
            });
            Func::cust("jsonb_build_object").args(fields).into()
        });
        concatenated(objects)
    }

    /// The changes between two states of a row, of which the columns `set` were set.
    pub(crate) fn difference(
        &self,
        before: &RowAlias,
        after: &RowAlias,
        set: &[ColumnOf<E>],
    ) -> Expr {
        let change = |field: &Field<E>| field.change(self.form, before, after);
        let (set, others) = self.fields.iter().partition::<Vec<_>, _>(|field| {
            let name = field.column.as_str();
            set.iter().any(|set| set.as_str() == name)
        });
        let of_set = concatenated(set.into_iter().map(change));
        // Only a trigger or a generated column changes another one.
        if self.form == Form::Quick {
            let key = self.key.iter().map(|(column, _)| *column);
            let others = others.iter().map(|field| field.column);
            let others: Vec<_> = key.chain(others).collect();
            let [old, new] = [before, after].map(|row| image::<E>(row, &others));
            let unusual = Raised::Unusual.text();
            return sql(SET_ALONE, [old, new, unusual, of_set]);
        }
        if others.is_empty() {
            return self.unless_key_changed(before, after, of_set);
        }
        let changes = others.iter().map(|field| {
            let [old, new] = [before, after].map(|row| row.read::<E>(field.column));
            field.encoder.differs(old, new)
        });
        let all = concatenated(self.fields.iter().map(change));
        let changes = sql(
            "CASE WHEN $1 THEN $2 ELSE $3 END",
            [any(changes), all, of_set],
        );
        self.unless_key_changed(before, after, changes)
    }

    /// Whether setting the columns to these values changes the row.
    pub(crate) fn differs(
        &self,
        row: &RowAlias,
        values: impl IntoIterator<Item = (ColumnOf<E>, Expr)>,
    ) -> Expr {
        any(values.into_iter().map(|(column, value)| {
            match Encoder::of::<E>(column) {
                Some(encoder) => encoder.differs(row.read::<E>(column), read::<E>(column, value)),
                // Of a skipped field. Its type may have no equality.
                None => Expr::Constant(true.into()),
            }
        }))
    }

    /// The changes, if the row still has the key it had.
    fn unless_key_changed(&self, before: &RowAlias, after: &RowAlias, changes: Expr) -> Expr {
        let changed = self.key.iter().map(|(column, encoder)| {
            let [old, new] = [before, after].map(|row| row.read::<E>(*column));
            encoder.differs(old, new)
        });
        sql(
            "CASE WHEN $1 THEN $2::jsonb ELSE $3 END",
            [any(changed), Raised::KeyChanged.text(), changes],
        )
    }

    /// As [`entity_id`](crate::encode::entity_id) has it.
    pub(crate) fn entity_id(&self, row: &RowAlias) -> Expr {
        let text = |(column, encoder): &(ColumnOf<E>, Encoder)| {
            encoder
                .id(self.form, row.read::<E>(*column))
                .unwrap_or(Expr::null())
        };
        if let [key] = &*self.key {
            return match key.1 {
                Encoder::Plain | Encoder::BigInt | Encoder::Unsigned => text(key),
                _ => sql(CAPPED, [text(key)]),
            };
        }
        let parts = self.key.iter().map(|(column, encoder)| {
            let value = encoder.id_json(self.form, row.read::<E>(*column));
            sql("to_jsonb($1)::text", [value.unwrap_or(Expr::null())])
        });
        let list = parts.reduce(|a, b| sql("$1 || ',' || $2", [a, b]));
        let array = sql("'[' || $1 || ']'", [list.unwrap_or(Expr::null())]);
        sql(CAPPED, [array])
    }

    /// The label as [`name`](crate::text::name) makes it fit its column.
    pub(crate) fn label(&self, row: &RowAlias) -> Expr {
        let Some((column, encoder)) = &self.label else {
            return sql("NULL::text", []);
        };
        let text = encoder.text(self.form, row.read::<E>(*column));
        if let (Encoder::Plain | Encoder::BigInt | Encoder::Unsigned, Some(text)) = (encoder, &text)
        {
            return text.clone();
        }
        let text = text.unwrap_or(Expr::null());
        match self.form {
            Form::Quick => sql(USUAL_LABEL, [text, Raised::Unusual.text()]),
            Form::Full => sql(LABEL, [text]),
        }
    }
}

impl<E: Audited> Field<E> {
    fn side(&self, form: Form, side: Side, value: Expr) -> Expr {
        if self.is_redacted {
            side.redacted(value)
        } else {
            self.encoder.side(form, side, value)
        }
    }

    fn change(&self, form: Form, before: &RowAlias, after: &RowAlias) -> Expr {
        let [old, new] = [before, after].map(|row| row.read::<E>(self.column));
        let differs = self.encoder.differs(old.clone(), new.clone());
        let plain = [&old, &new].map(|value| self.encoder.json(form, value.clone()));
        let (template, [old, new]) = match plain {
            [Some(old), Some(new)] if !self.is_redacted => (PLAIN_CHANGE, [old, new]),
            _ => (
                CHANGE,
                [
                    self.side(form, Side::Before, old),
                    self.side(form, Side::After, new),
                ],
            ),
        };
        sql(template, [differs, constant(self.name), old, new])
    }
}

/// Columns of a row, to be compared byte by byte, whatever their types take for equal.
fn image<E: Audited>(row: &RowAlias, columns: &[ColumnOf<E>]) -> Expr {
    let columns = columns.iter().map(|column| row.column::<E>(*column));
    Func::cust("ROW").args(columns).into()
}

const SET_ALONE: &str = "CASE WHEN record_image_ne($1, $2) THEN $3::jsonb ELSE $4 END";
const PLAIN_CHANGE: &str = "CASE WHEN $1 THEN jsonb_build_object($2, jsonb_build_object('before', $3, 'after', $4)) ELSE '{}' END";
const CHANGE: &str = "CASE WHEN $1 THEN jsonb_build_object($2, $3 || $4) ELSE '{}' END";

const USUAL_LABEL: &str = r"CASE WHEN char_length($1) > 255 OR $1 ~ '[\u0001-\u001f\u007f-\u009f]|\\u[{]' THEN $2 ELSE $1 END";
/// Mostly there is nothing to do, and to look is cheaper. No more characters are looked at than could be stored.
const LABEL: &str = r"CASE WHEN char_length($1) <= 255 AND $1 !~ '[\u0001-\u001f\u007f-\u009f]|\\u[{]' THEN $1 ELSE (SELECT CASE WHEN char_length(audit_label.whole) <= 255 THEN audit_label.whole ELSE left(audit_label.whole, 254) || '…' END FROM (SELECT string_agg(CASE WHEN audit_letter.letter ~ '[\u0001-\u001f\u007f-\u009f]' THEN '\u{' || to_hex(ascii(audit_letter.letter)) || '}' ELSE audit_letter.letter END, '' ORDER BY audit_letter.place) AS whole FROM regexp_split_to_table(replace(left($1, 256), '\u{', '\u{5c}u{'), '') WITH ORDINALITY AS audit_letter(letter, place)) AS audit_label) END";

/// The prefix and hash of [`identity`](crate::text::identity) for a column of 512.
const CAPPED: &str = "CASE WHEN char_length($1) < 512 THEN $1 ELSE left($1, 446) || '…:' || encode(sha256(convert_to($1, 'UTF8')), 'hex') END";

fn with_text<E: Audited>(column: ColumnOf<E>) -> Result<(ColumnOf<E>, Encoder), &'static str> {
    match Encoder::of::<E>(column) {
        Some(encoder) if encoder.text(Form::Full, Expr::null()).is_some() => Ok((column, encoder)),
        _ => Err(E::field(column).name),
    }
}

fn any(conditions: impl IntoIterator<Item = Expr>) -> Expr {
    // A template, for sea-query does not know how tightly the operators inside bind.
    let any = conditions
        .into_iter()
        .reduce(|a, b| sql("$1 OR $2", [a, b]));
    any.unwrap_or_else(|| Expr::Constant(false.into()))
}

fn concatenated(objects: impl IntoIterator<Item = Expr>) -> Expr {
    let all = objects.into_iter().reduce(|a, b| sql("$1 || $2", [a, b]));
    all.unwrap_or_else(|| sql("'{}'::jsonb", []))
}
