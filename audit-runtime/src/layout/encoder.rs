//! SQL encoders: for each column type, a PostgreSQL expression equal to what `encode` returns in Rust.
//!
//! The SQL texts are fixed. sea-query inserts the column or parameter.

mod moment;

use sea_orm::{
    ColumnTrait, EntityTrait,
    sea_query::{Alias, ArrayType, ColumnType, Expr},
};

use super::{
    form::Form,
    reading::{is_cast, read_type, type_called},
    side::Side,
    template::{constant, sql},
};
use crate::encode::ValueKind;

/// The SQL encoder of a column type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Encoder {
    /// A type whose JSON or text by PostgreSQL equals Rust's.
    Plain,
    BigInt,
    /// A `u32`, which may be an `oid`.
    Unsigned,
    Float,
    #[cfg(any(feature = "with-rust_decimal", feature = "with-bigdecimal"))]
    Decimal,
    Text,
    /// `char(n)`. Trailing blanks do not belong to the value.
    Char,
    Enum,
    Bytes,
    Json,
    /// `json`. It keeps its text and has no equality operator.
    JsonText,
    Date,
    Time,
    DateTime,
    Instant,
    /// An array of values with this encoder.
    Array(Box<Self>),
}

impl Encoder {
    /// `None` for a type whose values only Rust can encode.
    pub(crate) fn of<E: EntityTrait>(column: E::Column) -> Option<Self> {
        let value = match ValueKind::of::<E>(column) {
            ValueKind::Scalar(value) | ValueKind::Array(value) => value,
            ValueKind::Opaque => return None,
        };
        let def = column.def();
        match def.get_column_type() {
            _ if is_cast::<E>(column) => {
                Self::of_type(&type_called(&read_type::<E>(column)?)?, value)
            }
            ColumnType::Custom(name) => Self::of_type(&type_called(&name.to_string())?, value),
            of => Self::of_type(of, value),
        }
    }

    fn of_type(column: &ColumnType, value: ArrayType) -> Option<Self> {
        Some(match (column, value) {
            (ColumnType::Array(element), value) => match Self::of_type(element, value)? {
                Self::Json | Self::JsonText | Self::Array(_) => return None,
                element => Self::Array(Box::new(element)),
            },
            (ColumnType::Boolean, ArrayType::Bool) | (ColumnType::Uuid, ArrayType::Uuid) => {
                Self::Plain
            }
            (
                ColumnType::TinyInteger
                | ColumnType::SmallInteger
                | ColumnType::Integer
                | ColumnType::BigInteger
                | ColumnType::TinyUnsigned
                | ColumnType::SmallUnsigned
                | ColumnType::Unsigned
                | ColumnType::BigUnsigned,
                value,
            ) => match value {
                ArrayType::SmallInt
                | ArrayType::Int
                | ArrayType::TinyUnsigned
                | ArrayType::SmallUnsigned => Self::Plain,
                ArrayType::Unsigned => Self::Unsigned,
                ArrayType::BigInt | ArrayType::BigUnsigned => Self::BigInt,
                _ => return None,
            },
            (ColumnType::Float | ColumnType::Double, ArrayType::Float | ArrayType::Double) => {
                Self::Float
            }
            #[cfg(feature = "with-rust_decimal")]
            (ColumnType::Decimal(_), ArrayType::Decimal) => Self::Decimal,
            #[cfg(feature = "with-bigdecimal")]
            (ColumnType::Decimal(_), ArrayType::BigDecimal) => Self::Decimal,
            (ColumnType::String(_) | ColumnType::Text, ArrayType::String | ArrayType::Enum(_)) => {
                Self::Text
            }
            (ColumnType::Char(_), ArrayType::String | ArrayType::Char) => Self::Char,
            (ColumnType::Enum { .. }, ArrayType::String | ArrayType::Enum(_)) => Self::Enum,
            (
                ColumnType::Binary(_) | ColumnType::VarBinary(_) | ColumnType::Blob,
                ArrayType::Bytes,
            ) => Self::Bytes,
            (ColumnType::JsonBinary, ArrayType::Json) => Self::Json,
            (ColumnType::Json, ArrayType::Json) => Self::JsonText,
            (column, value) => return Self::of_moment(column, &value),
        })
    }

    fn of_moment(column: &ColumnType, value: &ArrayType) -> Option<Self> {
        let encoder = match value {
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
            _ => return None,
        };
        let fits = matches!(
            (column, &encoder),
            (ColumnType::Date, Self::Date)
                | (ColumnType::Time, Self::Time)
                | (ColumnType::DateTime | ColumnType::Timestamp, Self::DateTime)
                | (ColumnType::TimestampWithTimeZone, Self::Instant)
        );
        fits.then_some(encoder)
    }

    /// The text of a value; `None` if it differs from Rust's.
    pub(super) fn text(&self, form: Form, value: Expr) -> Option<Expr> {
        Some(match self {
            Self::Plain | Self::BigInt | Self::Unsigned | Self::Text | Self::Enum => {
                sql("$1::text", [value])
            }
            #[cfg(any(feature = "with-rust_decimal", feature = "with-bigdecimal"))]
            Self::Decimal => sql("trim_scale($1)::text", [value]),
            Self::Bytes => sql(BYTES, [value]),
            Self::Date => moment::date(form, value),
            Self::Time => sql(TIME, [value]),
            Self::DateTime => moment::date_time(form, value),
            Self::Instant => moment::instant(form, value),
            Self::Char => sql(CHAR, [value]),
            Self::Float | Self::Json | Self::JsonText | Self::Array(_) => return None,
        })
    }

    /// The text of a value in an entity id: without the blanks that pad a `char(n)`.
    pub(super) fn id(&self, form: Form, value: Expr) -> Option<Expr> {
        match self {
            Self::Char => Some(sql("$1::text", [value])),
            _ => self.text(form, value),
        }
    }

    /// The value in the array of a composite key's entity id.
    pub(super) fn id_json(&self, form: Form, value: Expr) -> Option<Expr> {
        match self {
            Self::Char => self.id(form, value),
            _ => self.json(form, value),
        }
    }

    /// The value for `jsonb_build_object`; `None` for JSON, which may need a marker beside it.
    pub(super) fn json(&self, form: Form, value: Expr) -> Option<Expr> {
        match self {
            Self::BigInt => Some(sql(BIG_INT, [value])),
            Self::Unsigned => Some(sql("$1::bigint", [value])),
            Self::Float => Some(sql(FLOAT, [value])),
            // Unchanged: PostgreSQL applies `to_jsonb`, and a `char(n)` keeps its blanks.
            Self::Plain | Self::Text | Self::Char => Some(value),
            Self::Json | Self::JsonText => None,
            Self::Array(element) => {
                let of = Expr::col((Alias::new(ELEMENT), Alias::new(VALUE)));
                let element = element.json(form, of)?;
                Some(sql(ARRAY, [value, element]))
            }
            _ => self.text(form, value),
        }
    }

    /// `{"before": value}`, with `before_is` beside it if plain JSON cannot express the value.
    pub(super) fn side(&self, form: Form, side: Side, value: Expr) -> Expr {
        let (key, key_is) = side.keys();
        let template = match self {
            Self::Json => JSON,
            Self::JsonText => JSON_TEXT,
            _ => "jsonb_build_object($2, $1)",
        };
        let value = self.json(form, value.clone()).unwrap_or(value);
        sql(template, [value, constant(key), constant(key_is)])
    }

    /// Whether two values of the column differ in meaning.
    pub(super) fn differs(&self, a: Expr, b: Expr) -> Expr {
        let template = match self {
            // Compares the logged form: 0 and -0 differ, 1.10 and 1.1 do not.
            Self::Array(_) => {
                let sides = [a, b].map(|side| self.json(Form::Full, side.clone()).unwrap_or(side));
                return sql("$1 IS DISTINCT FROM $2", sides);
            }
            // Compares bytes, independent of the column's collation.
            Self::Text => r#"$1::text COLLATE "C" IS DISTINCT FROM $2::text COLLATE "C""#,
            Self::Char => r#"$1::bpchar COLLATE "C" IS DISTINCT FROM $2::bpchar COLLATE "C""#,
            Self::Float => FLOAT_DIFFERS,
            Self::Json => "$1::jsonb IS DISTINCT FROM $2::jsonb",
            Self::JsonText => JSON_TEXT_DIFFERS,
            _ => "$1 IS DISTINCT FROM $2",
        };
        sql(template, [a, b])
    }
}

const BIG_INT: &str = "CASE WHEN $1 BETWEEN -9007199254740991 AND 9007199254740991 THEN to_jsonb($1) ELSE to_jsonb($1::text) END";

// Not NaN, not infinite and not a negative zero. A real is written as a double.
const FLOAT: &str = "CASE WHEN abs($1) < 'Infinity' AND ($1 <> 0 OR $1::text = '0') THEN to_jsonb($1::float8) ELSE to_jsonb($1::text) END";

const FLOAT_DIFFERS: &str = "$1 IS DISTINCT FROM $2 OR ($1 = 0 AND $1::text <> $2::text)";

/// A cast to `text` removes the blanks of a `char(n)`, which an entity reads.
const CHAR: &str = "textin(bpcharout($1))";

const ELEMENT: &str = "element";
const VALUE: &str = "value";
/// The names are local to the subquery.
const ARRAY: &str = r#"CASE WHEN $1 IS NOT NULL THEN (SELECT coalesce(jsonb_agg($2), '[]') FROM unnest($1) AS "element"("value")) END"#;

const BYTES: &str = "translate(encode($1, 'base64'), chr(10), '')";

const TIME: &str = "to_char($1, 'HH24:MI:SS.US')";

/// JSON nested deeper than 24 levels is stored as text.
macro_rules! is_deep {
    () => {
        r#"jsonb_path_exists($1::jsonb, 'strict $.**{24} ? (@.type() == "array" || @.type() == "object")')"#
    };
}

macro_rules! json {
    ($is_unfit:expr) => {
        concat!(
            "CASE WHEN $1 IS NULL THEN jsonb_build_object($2, NULL) ",
            "WHEN ", $is_unfit, " THEN jsonb_build_object($2, translate(encode(convert_to($1::text, 'UTF8'), 'base64'), chr(10), ''), $3, 'base64') ",
            "WHEN $1::jsonb = 'null' THEN jsonb_build_object($2, NULL, $3, 'json_null') ",
            "ELSE jsonb_build_object($2, $1::jsonb) END",
        )
    };
}

/// Whether the text of a `json` contains an escaped U+0000, which `jsonb` refuses: `\u0000` after an even number of
/// backslashes.
macro_rules! has_nul {
    ($value:literal) => {
        concat!($value, r"::text ~ '(^|[^\\])(\\\\)*\\u0000'")
    };
}

const JSON: &str = json!(is_deep!());
const JSON_TEXT: &str = json!(concat!(
    "CASE WHEN ",
    has_nul!("$1"),
    " THEN true ELSE ",
    is_deep!(),
    " END"
));
const JSON_TEXT_DIFFERS: &str = concat!(
    "CASE WHEN ",
    has_nul!("$1"),
    " OR ",
    has_nul!("$2"),
    " THEN $1::text IS DISTINCT FROM $2::text ELSE $1::jsonb IS DISTINCT FROM $2::jsonb END"
);
