//! SQL expressions that compute the changes of a row, and whether two states of it differ.

use sea_orm::{
    IdenStatic, Iterable,
    sea_query::{Expr, Func},
};

use super::{
    Field, Layout,
    encoder::Encoder,
    form::Form,
    raised::Raised,
    reading::read,
    row::RowAlias,
    side::Side,
    template::{constant, sql},
};
use crate::audited::{Audited, ColumnOf};

impl<E: Audited> Layout<E> {
    /// Whether two states of a row differ in a recorded field.
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

    /// The changes of a created or deleted row.
    pub(crate) fn whole_row(&self, side: Side, row: &RowAlias) -> Expr {
        // A PostgreSQL function takes at most 100 arguments.
        let objects = self.fields.chunks(50).map(|fields| {
            let fields = fields.iter().flat_map(|field| {
                let value = row.read::<E>(field.column);
                [constant(field.name), field.side(self.form, side, value)]
            });
            Func::cust("jsonb_build_object").args(fields).into()
        });
        concatenated(objects)
    }

    /// The changes between two states of a row after an update of the columns `set`.
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
        // Another column changes only by a trigger, or because it is generated.
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
                // A skipped field. Its type may have no equality operator.
                None => Expr::Constant(true.into()),
            }
        }))
    }

    /// The changes, if the key of the row is unchanged.
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

/// Columns of a row, for a comparison by bytes that ignores the equality operators of their types.
fn image<E: Audited>(row: &RowAlias, columns: &[ColumnOf<E>]) -> Expr {
    let columns = columns.iter().map(|column| row.column::<E>(*column));
    Func::cust("ROW").args(columns).into()
}

const SET_ALONE: &str = "CASE WHEN record_image_ne($1, $2) THEN $3::jsonb ELSE $4 END";
const PLAIN_CHANGE: &str = "CASE WHEN $1 THEN jsonb_build_object($2, jsonb_build_object('before', $3, 'after', $4)) ELSE '{}' END";
const CHANGE: &str = "CASE WHEN $1 THEN jsonb_build_object($2, $3 || $4) ELSE '{}' END";

fn any(conditions: impl IntoIterator<Item = Expr>) -> Expr {
    // A template, because sea-query does not know the precedence of the operators inside.
    let any = conditions
        .into_iter()
        .reduce(|a, b| sql("$1 OR $2", [a, b]));
    any.unwrap_or_else(|| Expr::Constant(false.into()))
}

fn concatenated(objects: impl IntoIterator<Item = Expr>) -> Expr {
    let all = objects.into_iter().reduce(|a, b| sql("$1 || $2", [a, b]));
    all.unwrap_or_else(|| sql("'{}'::jsonb", []))
}
