//! SQL encoders: for each type of value, SQLite expressions equal to what `encode` returns in Rust.
//!
//! SQLite accepts a value of any type in a column. A value that does not fit its column is written as its bytes in
//! hexadecimal, beside its type. Neither the entity nor the log can read it.

use sea_orm::sea_query::ArrayType;

use super::{
    moment,
    text::{about, base64, bytes_differ, has_nul},
};
use crate::{
    audited::{Audited, ColumnOf},
    encode::ValueKind,
    layout::{side::Side, template::fill},
};

/// The SQL encoder of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoder {
    Bool,
    Integer,
    Double,
    /// A double that is read as an `f32`.
    Single,
    #[cfg(feature = "with-rust_decimal")]
    Decimal,
    Text,
    Bytes,
    Json,
    Uuid,
    Date,
    Time,
    DateTime,
    Instant,
}

impl Encoder {
    /// `None` for a type whose values only Rust can encode.
    pub(super) fn of<E: Audited>(column: ColumnOf<E>) -> Option<Self> {
        let ValueKind::Scalar(value) = ValueKind::of::<E>(column) else {
            return None;
        };
        Some(match value {
            ArrayType::Bool => Self::Bool,
            ArrayType::TinyInt
            | ArrayType::SmallInt
            | ArrayType::Int
            | ArrayType::BigInt
            | ArrayType::TinyUnsigned
            | ArrayType::SmallUnsigned
            | ArrayType::Unsigned
            | ArrayType::BigUnsigned => Self::Integer,
            ArrayType::Float => Self::Single,
            ArrayType::Double => Self::Double,
            #[cfg(feature = "with-rust_decimal")]
            ArrayType::Decimal => Self::Decimal,
            ArrayType::String | ArrayType::Char | ArrayType::Enum(_) => Self::Text,
            ArrayType::Bytes => Self::Bytes,
            ArrayType::Json => Self::Json,
            ArrayType::Uuid => Self::Uuid,
            ArrayType::ChronoDate => Self::Date,
            ArrayType::ChronoTime => Self::Time,
            ArrayType::ChronoDateTime => Self::DateTime,
            ArrayType::ChronoDateTimeUtc
            | ArrayType::ChronoDateTimeLocal
            | ArrayType::ChronoDateTimeWithTimeZone => Self::Instant,
            #[cfg(feature = "with-time")]
            ArrayType::TimeDate => Self::Date,
            #[cfg(feature = "with-time")]
            ArrayType::TimeTime => Self::Time,
            #[cfg(feature = "with-time")]
            ArrayType::TimeDateTime => Self::DateTime,
            #[cfg(feature = "with-time")]
            ArrayType::TimeDateTimeWithTimeZone => Self::Instant,
            #[allow(unreachable_patterns, reason = "every type, without features")]
            _ => return None,
        })
    }

    /// Whether a key or label may have such values.
    pub(super) fn has_text(self) -> bool {
        !matches!(self, Self::Double | Self::Single | Self::Json)
    }

    /// The text of a value, or NULL for NULL.
    pub(super) fn text(self, value: &str) -> String {
        let places = [
            ("{fits}", self.fits(value)),
            ("{text}", self.fitting_text(value)),
            ("{v}", value.to_owned()),
        ];
        fill(TEXT_OR_BYTES, &places)
    }

    /// The value in JSON, or NULL for NULL.
    pub(super) fn json(self, value: &str) -> String {
        let fits = match self {
            // `json_quote` escapes U+0000.
            Self::Text => about("typeof({v}) = 'text'", value),
            _ => self.fits(value),
        };
        let places = [
            ("{fits}", fits),
            ("{json}", self.fitting_json(value)),
            ("{v}", value.to_owned()),
        ];
        fill(JSON_OR_BYTES, &places)
    }

    /// `"before":value`, followed by `before_is` if plain JSON cannot express the value.
    pub(super) fn side(self, side: Side, value: &str) -> String {
        let (key, key_is) = side.keys();
        let special = match self {
            Self::Text => TEXT_IN_BASE64,
            Self::Json => JSON_UNFIT,
            _ => "",
        };
        let places = [
            ("{key}", key.to_owned()),
            ("{key_is}", key_is.to_owned()),
            ("{fits}", self.fits(value)),
            ("{json}", self.fitting_json(value)),
            ("{base64}", base64(value)),
            ("{v}", value.to_owned()),
        ];
        fill(&SIDE.replace("{special}", special), &places)
    }

    /// Whether two values of the column differ in meaning.
    pub(super) fn differs(self, old: &str, new: &str) -> String {
        let bytes = bytes_differ(old, new);
        match self {
            Self::Integer | Self::Text | Self::Bytes | Self::Uuid => bytes,
            // Ignores the order of keys and the notation of numbers.
            Self::Json => {
                let places = [
                    ("{bytes}", bytes),
                    ("{old}", old.to_owned()),
                    ("{new}", new.to_owned()),
                ];
                fill(JSON_DIFFERS, &places)
            }
            _ => format!("({bytes} AND {} IS NOT {})", self.json(old), self.json(new)),
        }
    }

    /// Whether the entity can read a value.
    fn fits(self, value: &str) -> String {
        let template = match self {
            Self::Bool | Self::Integer => "typeof({v}) = 'integer'",
            Self::Double => DOUBLE_FITS,
            Self::Single => "typeof({v}) IN ('real', 'integer')",
            #[cfg(feature = "with-rust_decimal")]
            Self::Decimal => DECIMAL_FITS,
            Self::Text => return format!("typeof({value}) = 'text' AND NOT {}", has_nul(value)),
            Self::Bytes => "typeof({v}) IN ('blob', 'text')",
            Self::Json => JSON_FITS,
            Self::Uuid => "typeof({v}) = 'blob' AND length({v}) = 16",
            Self::Date => return moment::is_date(value),
            Self::Time => return moment::is_time(value),
            Self::DateTime | Self::Instant => return moment::is_date_time(value),
        };
        about(template, value)
    }

    fn fitting_text(self, value: &str) -> String {
        match self {
            Self::Bool => about("CASE {v} WHEN 0 THEN 'false' ELSE 'true' END", value),
            Self::Integer | Self::Double | Self::Single | Self::Text | Self::Json => {
                format!("CAST({value} AS TEXT)")
            }
            #[cfg(feature = "with-rust_decimal")]
            Self::Decimal => about(DECIMAL, value),
            Self::Bytes => base64(value),
            Self::Uuid => about(UUID, value),
            Self::Date => value.to_owned(),
            Self::Time => moment::time(value),
            Self::DateTime => moment::date_time(value),
            Self::Instant => moment::instant(value),
        }
    }

    fn fitting_json(self, value: &str) -> String {
        match self {
            Self::Bool => self.fitting_text(value),
            Self::Integer => about(INTEGER, value),
            Self::Double => about(DOUBLE, value),
            Self::Single => {
                let (double, single) = (about(DOUBLE, "single"), about(SINGLE, value));
                format!("(SELECT {double} FROM (SELECT {single} AS single))")
            }
            Self::Text => format!("json_quote({value})"),
            Self::Json => format!("json({value})"),
            _ => format!("'\"' || {} || '\"'", self.fitting_text(value)),
        }
    }
}

const TEXT_OR_BYTES: &str = "(CASE WHEN {fits} THEN {text} WHEN typeof({v}) = 'blob' THEN hex({v}) ELSE CAST({v} AS TEXT) END)";

const JSON_OR_BYTES: &str = "(CASE WHEN {v} IS NULL THEN NULL WHEN {fits} THEN {json} ELSE '\"' || hex(CAST({v} AS BLOB)) || '\"' END)";

const SIDE: &str = r#"(CASE WHEN {v} IS NULL THEN '"{key}":null'{special} WHEN {fits} THEN '"{key}":' || {json}
    ELSE '"{key}":"' || hex(CAST({v} AS BLOB)) || '","{key_is}":"' || typeof({v}) || '"' END)"#;

const TEXT_IN_BASE64: &str = r#" WHEN typeof({v}) = 'text' AND instr(CAST({v} AS BLOB), x'00') > 0 THEN '"{key}":"' || {base64} || '","{key_is}":"base64"'"#;

const INTEGER: &str = "CASE WHEN {v} BETWEEN -9007199254740991 AND 9007199254740991 THEN CAST({v} AS TEXT) ELSE '\"' || {v} || '\"' END";

/// SQLite writes all digits of these numbers. The last ones are wrong for larger and smaller numbers.
const DOUBLE_FITS: &str = "typeof({v}) = 'integer' OR typeof({v}) = 'real' AND ({v} = 0 OR {v} + {v} = {v} OR abs({v}) BETWEEN 1e-45 AND 1e45)";

// Writes whole numbers without a point. A value that is not zero and equals its double is infinite.
const DOUBLE: &str = r#"CASE WHEN {v} BETWEEN -9007199254740991 AND 9007199254740991 AND {v} = CAST({v} AS INTEGER) THEN CAST(CAST({v} AS INTEGER) AS TEXT)
    WHEN {v} + {v} = {v} THEN CASE WHEN {v} > 0 THEN '"Infinity"' ELSE '"-Infinity"' END ELSE printf('%!.17g', {v}) END"#;

// The nearest `f32`: adds a number so large that the excess digits are rounded off, and subtracts it again. The number
// is 3 × 2^28 times the power of two below the value. Below 2^-126, all `f32` have the same distance.
const SINGLE: &str = "(SELECT CASE
    WHEN abs(x) >= 33554431.0 * 4294967296.0 * 4294967296.0 * 4294967296.0 * 128.0 THEN x * 1e300 * 1e300
    WHEN abs(x) < 1.0 / (4294967296.0 * 4294967296.0 * 4294967296.0 * 1073741824.0) THEN (x + low) - low
    ELSE (x + power * 805306368.0) - power * 805306368.0 END
FROM (SELECT x, abs(q - (9007199254740991.0 / 9007199254740992.0) * q) AS power, 0.75 / (4294967296.0 * 4294967296.0 * 4294967296.0) AS low
    FROM (SELECT {v} + 0.0 AS x, ({v} + 0.0) * 4503599627370497.0 AS q)))";

/// The entity reads these numbers to 15 digits, and smaller ones to fewer.
#[cfg(feature = "with-rust_decimal")]
const DECIMAL_FITS: &str =
    "typeof({v}) = 'real' AND ({v} = 0 OR abs({v}) BETWEEN 1e-13 AND 7.9e27)";

#[cfg(feature = "with-rust_decimal")]
const DECIMAL: &str = "(SELECT sign || CASE
    WHEN point >= 14 THEN digits || substr('0000000000000000', 1, point - 14)
    ELSE rtrim(rtrim(CASE WHEN point >= 0 THEN substr(digits, 1, point + 1) || '.' || substr(digits, point + 2)
        ELSE '0.' || substr('0000000000000000', 1, -point - 1) || digits END, '0'), '.') END
FROM (SELECT CASE WHEN {v} < 0 THEN '-' ELSE '' END AS sign, substr(written, 1, 1) || substr(written, 3, 14) AS digits,
    CAST(substr(written, 18) AS INTEGER) AS point FROM (SELECT printf('%.14e', abs({v})) AS written)))";

const UUID: &str = "(SELECT substr(h, 1, 8) || '-' || substr(h, 9, 4) || '-' || substr(h, 13, 4) || '-' || substr(h, 17, 4) || '-' || substr(h, 21)
FROM (SELECT lower(hex({v})) AS h))";

/// JSON nested deeper than 24 levels is stored as text. With at most 24 brackets it is not that deep.
macro_rules! is_deep {
    () => {
        "(length({v}) - length(replace(replace({v}, '[', ''), '{', '')) > 24 AND EXISTS (
        WITH RECURSIVE level (value, depth) AS (SELECT {v}, 0 UNION ALL SELECT part.value, depth + 1
            FROM level, json_each(level.value) AS part WHERE part.type IN ('object', 'array') AND depth < 24)
        SELECT 1 FROM level WHERE depth = 24))"
    };
}

/// Valid JSON. `JSON_UNFIT` is checked first.
const JSON_FITS: &str = "typeof({v}) = 'text' AND json_valid({v})";

const JSON_UNFIT: &str = concat!(
    r#" WHEN typeof({v}) = 'text' AND json_valid({v}) AND json_type({v}) = 'null' THEN '"{key}":null,"{key_is}":"json_null"'"#,
    r#" WHEN typeof({v}) = 'text' AND json_valid({v}) AND (instr(replace({v}, '\\', ''), '\u0000') > 0 OR "#,
    is_deep!(),
    r#") THEN '"{key}":"' || {base64} || '","{key_is}":"base64"'"#,
);

const JSON_DIFFERS: &str = "({bytes} AND CASE WHEN typeof({old}) = 'text' AND typeof({new}) = 'text' AND json_valid({old}) AND json_valid({new})
    THEN EXISTS (SELECT fullkey, replace(type, 'real', 'integer'), atom FROM json_tree({old}) EXCEPT SELECT fullkey, replace(type, 'real', 'integer'), atom FROM json_tree({new}))
        OR EXISTS (SELECT fullkey, replace(type, 'real', 'integer'), atom FROM json_tree({new}) EXCEPT SELECT fullkey, replace(type, 'real', 'integer'), atom FROM json_tree({old}))
    ELSE 1 END)";
