//! SQL expressions for the entity id and the label of a row.

use sea_orm::sea_query::Expr;

use super::{Layout, encoder::Encoder, form::Form, raised::Raised, row::RowAlias, template::sql};
use crate::audited::{Audited, ColumnOf};

impl<E: Audited> Layout<E> {
    /// The same text as [`entity_id`](crate::encode::entity_id).
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

    /// The label, as [`name`](crate::text::name) shortens it.
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

const USUAL_LABEL: &str = r"CASE WHEN char_length($1) > 255 OR $1 ~ '[\u0001-\u001f\u007f-\u009f]|\\u[{]' THEN $2 ELSE $1 END";
/// Most labels need no change, and the check is cheaper than the conversion. Only as many characters are converted as
/// can be stored.
const LABEL: &str = r"CASE WHEN char_length($1) <= 255 AND $1 !~ '[\u0001-\u001f\u007f-\u009f]|\\u[{]' THEN $1 ELSE (SELECT CASE WHEN char_length(audit_label.whole) <= 255 THEN audit_label.whole ELSE left(audit_label.whole, 254) || '…' END FROM (SELECT string_agg(CASE WHEN audit_letter.letter ~ '[\u0001-\u001f\u007f-\u009f]' THEN '\u{' || to_hex(ascii(audit_letter.letter)) || '}' ELSE audit_letter.letter END, '' ORDER BY audit_letter.place) AS whole FROM regexp_split_to_table(replace(left($1, 256), '\u{', '\u{5c}u{'), '') WITH ORDINALITY AS audit_letter(letter, place)) AS audit_label) END";

/// The prefix and hash of [`identity`](crate::text::identity) for a column of 512.
const CAPPED: &str = "CASE WHEN char_length($1) < 512 THEN $1 ELSE left($1, 446) || '…:' || encode(sha256(convert_to($1, 'UTF8')), 'hex') END";
