//! SQL encoders: for each type of value and column, an expression of MySQL and MariaDB equal to what `encode` returns in
//! Rust.

use sea_orm::{ColumnTrait, sea_query::ArrayType};

use super::{
    stored::Stored,
    text::{about, base64, has_nul, json_string, unicode},
};
use crate::{
    audited::{Audited, ColumnOf},
    dialect::Dialect,
    encode::ValueKind,
    layout::{reading::is_cast, side::Side, template::fill},
};

/// The SQL encoder of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoder {
    Bool,
    /// At most 32 bits.
    Integer,
    BigInt,
    /// A float. MySQL writes all its digits only in JSON.
    Float(Dialect),
    #[cfg(any(feature = "with-rust_decimal", feature = "with-bigdecimal"))]
    Decimal,
    Text,
    Bytes,
    /// MySQL's `json`.
    Json,
    /// JSON in a text, which MariaDB also calls `json`.
    JsonText(Dialect),
    Uuid,
    Date,
    Time,
    DateTime,
    /// A date and time that the database keeps in UTC and shows in the zone of the session.
    ZonedDateTime,
    Instant,
    ZonedInstant,
}

impl Encoder {
    /// `None` for a type whose values only Rust can encode.
    pub(super) fn of<E: Audited>(
        column: ColumnOf<E>,
        dialect: Dialect,
        stored: Option<Stored>,
    ) -> Option<Self> {
        let ValueKind::Scalar(value) = ValueKind::of::<E>(column) else {
            return None;
        };
        if is_cast::<E>(column) {
            return None;
        }
        let stored = stored.or_else(|| Stored::of(column.def().get_column_type()))?;
        Some(match (value, stored) {
            (ArrayType::Bool, Stored::Integer) => Self::Bool,
            (
                ArrayType::TinyInt
                | ArrayType::SmallInt
                | ArrayType::Int
                | ArrayType::TinyUnsigned
                | ArrayType::SmallUnsigned
                | ArrayType::Unsigned,
                Stored::Integer,
            ) => Self::Integer,
            (ArrayType::BigInt | ArrayType::BigUnsigned, Stored::Integer) => Self::BigInt,
            (ArrayType::Float | ArrayType::Double, Stored::Float) => Self::Float(dialect),
            #[cfg(feature = "with-rust_decimal")]
            (ArrayType::Decimal, Stored::Decimal) => Self::Decimal,
            #[cfg(feature = "with-bigdecimal")]
            (ArrayType::BigDecimal, Stored::Decimal) => Self::Decimal,
            (ArrayType::String | ArrayType::Char | ArrayType::Enum(_), Stored::Text) => Self::Text,
            (ArrayType::Bytes, Stored::Bytes) => Self::Bytes,
            (ArrayType::Json, Stored::Json) => match dialect {
                Dialect::MariaDb => Self::JsonText(dialect),
                Dialect::MySql | Dialect::Postgres | Dialect::Sqlite => Self::Json,
            },
            (ArrayType::Json, Stored::Text) => Self::JsonText(dialect),
            (ArrayType::Uuid, Stored::Bytes) => Self::Uuid,
            (value, stored) => return Self::of_moment(&value, stored),
        })
    }

    fn of_moment(value: &ArrayType, stored: Stored) -> Option<Self> {
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
        match (encoder, stored) {
            (Self::Date, Stored::Date)
            | (Self::Time, Stored::Time)
            | (Self::DateTime | Self::Instant, Stored::DateTime) => Some(encoder),
            (Self::DateTime, Stored::Timestamp) => Some(Self::ZonedDateTime),
            (Self::Instant, Stored::Timestamp) => Some(Self::ZonedInstant),
            _ => None,
        }
    }

    /// Whether a key or label may have such values.
    pub(super) fn has_text(self) -> bool {
        !matches!(self, Self::Float(_) | Self::Json | Self::JsonText(_))
    }

    /// The text of a value, or NULL for NULL.
    pub(super) fn text(self, value: &str) -> String {
        let template = match self {
            Self::Bool => "CASE WHEN {v} <> 0 THEN 'true' WHEN {v} = 0 THEN 'false' END",
            // Without the zeros of ZEROFILL.
            Self::Integer | Self::BigInt => "CAST({v} + 0 AS char)",
            Self::Float(dialect) => {
                let double = match dialect {
                    Dialect::MariaDb => "CAST({v} * 1e0 AS char)",
                    Dialect::MySql | Dialect::Postgres | Dialect::Sqlite => {
                        "CAST(CAST({v} * 1e0 AS json) AS char)"
                    }
                };
                let template = fill(FLOAT, &[("{double}", double.to_owned())]);
                return about(&template, value);
            }
            #[cfg(any(feature = "with-rust_decimal", feature = "with-bigdecimal"))]
            Self::Decimal => DECIMAL,
            Self::Text | Self::Json | Self::JsonText(_) => return unicode(value),
            Self::Bytes => return base64(value),
            Self::Uuid => UUID,
            Self::Date => DATE,
            Self::Time => TIME,
            Self::DateTime => DATE_TIME,
            Self::ZonedDateTime => return about(DATE_TIME, &about(UTC, value)),
            Self::Instant => INSTANT,
            Self::ZonedInstant => return about(INSTANT, &about(UTC, value)),
        };
        about(template, value)
    }

    /// The value in the array of a composite key's entity id, exactly as Rust writes it.
    pub(super) fn id_json(self, value: &str) -> String {
        match self {
            Self::Text => json_string(&unicode(value)),
            _ => self.json(value),
        }
    }

    /// The value in JSON.
    fn json(self, value: &str) -> String {
        let template = match self {
            Self::Bool | Self::Integer => "COALESCE({text}, 'null')",
            Self::BigInt => BIG_INT,
            Self::Float(_) => {
                "COALESCE(CASE WHEN {text} = '-0' THEN '\"-0\"' ELSE {text} END, 'null')"
            }
            Self::Text => "COALESCE(JSON_QUOTE({text}), 'null')",
            Self::Json | Self::JsonText(_) => "COALESCE({text}, 'null')",
            _ => "COALESCE(CONCAT('\"', {text}, '\"'), 'null')",
        };
        let places = [("{v}", value.to_owned()), ("{text}", self.text(value))];
        fill(template, &places)
    }

    /// `"before":value`, followed by `before_is` if plain JSON cannot express the value.
    pub(super) fn side(self, side: Side, value: &str) -> String {
        let (key, key_is) = side.keys();
        let text = self.text(value);
        let template = match self {
            Self::Text => TEXT_SIDE,
            Self::Json | Self::JsonText(_) => JSON_SIDE,
            _ => "CONCAT('\"{key}\":', {json})",
        };
        let places = [
            ("{v}", value.to_owned()),
            ("{json}", self.json(value)),
            ("{has_nul}", has_nul(&text)),
            ("{base64}", base64(&text)),
            ("{escapes}", about(ESCAPES, &text)),
            ("{text}", text),
            ("{key}", key.to_owned()),
            ("{key_is}", key_is.to_owned()),
        ];
        fill(template, &places)
    }

    /// Whether two values of the column differ in meaning.
    pub(super) fn differs(self, old: &str, new: &str) -> String {
        let template = match self {
            Self::Bool => "NOT (({old} <> 0) <=> ({new} <> 0))",
            Self::Float(_) => return format!("NOT ({} <=> {})", self.text(old), self.text(new)),
            // Compares bytes, independent of the column's collation.
            Self::Text | Self::Bytes | Self::Uuid => {
                "NOT (CAST({old} AS binary) <=> CAST({new} AS binary))"
            }
            Self::JsonText(Dialect::MariaDb) => MARIADB_JSON_DIFFERS,
            Self::JsonText(Dialect::MySql | Dialect::Postgres | Dialect::Sqlite) => {
                JSON_TEXT_DIFFERS
            }
            _ => "NOT ({old} <=> {new})",
        };
        let places = [("{old}", old.to_owned()), ("{new}", new.to_owned())];
        fill(template, &places)
    }
}

const BIG_INT: &str = "CASE WHEN {v} IS NULL THEN 'null' WHEN {v} BETWEEN -9007199254740991 AND 9007199254740991 THEN {text} \
    ELSE CONCAT('\"', {text}, '\"') END";

// A float is written as a double, and a whole number without a point. A sum would turn -0 into 0.
const FLOAT: &str = "CASE WHEN {v} = 0 THEN CASE WHEN CAST({v} * 1e0 AS char) = '0' THEN '0' ELSE '-0' END \
    WHEN {v} = FLOOR({v}) AND ABS({v}) <= 9007199254740991 THEN CAST(CAST({v} AS signed) AS char) ELSE {double} END";

#[cfg(any(feature = "with-rust_decimal", feature = "with-bigdecimal"))]
const DECIMAL: &str = "CASE WHEN {v} = 0 THEN '0' WHEN LOCATE('.', CAST({v} AS char)) = 0 THEN CAST({v} AS char) \
    ELSE TRIM(TRAILING '.' FROM TRIM(TRAILING '0' FROM CAST({v} AS char))) END";

const UUID: &str = "LOWER(INSERT(INSERT(INSERT(INSERT(HEX({v}), 9, 0, '-'), 14, 0, '-'), 19, 0, '-'), 24, 0, '-'))";

// Drivers read the zero date as NULL.
const DATE: &str = "NULLIF(DATE_FORMAT({v}, '%Y-%m-%d'), '0000-00-00')";
const TIME: &str = "TIME_FORMAT({v}, '%H:%i:%s.%f')";
const DATE_TIME: &str =
    "NULLIF(DATE_FORMAT({v}, '%Y-%m-%dT%H:%i:%s.%f'), '0000-00-00T00:00:00.000000')";
const INSTANT: &str =
    "NULLIF(DATE_FORMAT({v}, '%Y-%m-%dT%H:%i:%s.%fZ'), '0000-00-00T00:00:00.000000Z')";
const UTC: &str = "CONVERT_TZ({v}, @@SESSION.time_zone, '+00:00')";

const TEXT_SIDE: &str = "CASE WHEN {has_nul} THEN CONCAT('\"{key}\":\"', {base64}, '\",\"{key_is}\":\"base64\"') \
    ELSE CONCAT('\"{key}\":', {json}) END";

/// JSON that is nested deeper than 24 levels, escapes U+0000 or is invalid is stored as text. MySQL counts an empty
/// list as deep as a number, so it is replaced.
const JSON_SIDE: &str = "CASE WHEN {v} IS NULL THEN '\"{key}\":null' \
    WHEN NOT JSON_VALID({text}) OR {escapes} OR JSON_DEPTH(REPLACE(REPLACE({text}, '[]', '[0]'), '{}', '[0]')) > 25 \
    THEN CONCAT('\"{key}\":\"', {base64}, '\",\"{key_is}\":\"base64\"') \
    WHEN JSON_TYPE({text}) = 'NULL' THEN '\"{key}\":null,\"{key_is}\":\"json_null\"' \
    ELSE CONCAT('\"{key}\":', {text}) END";

/// Whether a JSON text escapes U+0000: after an odd number of backslashes.
const ESCAPES: &str =
    "LOCATE(CONCAT(CHAR(92), 'u0000'), REPLACE(CAST({v} AS binary), REPEAT(CHAR(92), 2), '')) > 0";

const JSON_TEXT_DIFFERS: &str = "CASE WHEN CAST({old} AS binary) <=> CAST({new} AS binary) THEN FALSE \
    WHEN JSON_VALID({old}) AND JSON_VALID({new}) THEN NOT (CAST({old} AS json) <=> CAST({new} AS json)) ELSE TRUE END";

// MariaDB compares numbers as doubles, which cannot distinguish long ones.
const MARIADB_JSON_DIFFERS: &str = "CASE WHEN CAST({old} AS binary) <=> CAST({new} AS binary) THEN FALSE \
    WHEN JSON_VALID({old}) AND JSON_VALID({new}) AND {old} NOT REGEXP '[0-9]{16}' AND {new} NOT REGEXP '[0-9]{16}' \
    THEN NOT JSON_EQUALS({old}, {new}) ELSE TRUE END";
