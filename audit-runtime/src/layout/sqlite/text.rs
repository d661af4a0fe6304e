//! SQL texts of SQLite: constants, comparison, base64 and labels.

use crate::layout::template::fill;

/// A template about one value.
pub(super) fn about(template: &str, value: &str) -> String {
    fill(template, &[("{v}", value.to_owned())])
}

/// A string constant. Only constants of this program may be passed.
pub(crate) fn constant(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Whether two values are stored differently, independent of the column's collation.
pub(super) fn bytes_differ(old: &str, new: &str) -> String {
    format!(
        "(({old}) COLLATE BINARY IS NOT ({new}) COLLATE BINARY OR typeof({old}) <> typeof({new}))"
    )
}

/// The base64 of a value's bytes.
pub(super) fn base64(value: &str) -> String {
    about(BASE64, value)
}

/// A label, as [`name`](crate::text::name) shortens it.
pub(super) fn label(text: &str) -> String {
    about(LABEL, text)
}

/// Whether a text contains U+0000. SQLite's functions on text end there.
pub(super) fn has_nul(value: &str) -> String {
    format!("instr(CAST({value} AS BLOB), x'00') > 0")
}

// Converts three bytes at a time to hexadecimal digits, and those to four letters.
const BASE64: &str = "(SELECT coalesce(group_concat(
    substr(letters, 1 + instr(digits, substr(h, 1, 1)) * 4 + instr(digits, substr(h, 2, 1)) / 4, 1)
    || substr(letters, 1 + instr(digits, substr(h, 2, 1)) % 4 * 16 + instr(digits, substr(h, 3, 1)), 1)
    || CASE WHEN size < 2 THEN '=' ELSE substr(letters, 1 + instr(digits, substr(h, 4, 1)) * 4 + instr(digits, substr(h, 5, 1)) / 4, 1) END
    || CASE WHEN size < 3 THEN '=' ELSE substr(letters, 1 + instr(digits, substr(h, 5, 1)) % 4 * 16 + instr(digits, substr(h, 6, 1)), 1) END, ''), '')
FROM (SELECT hex(substr(b, n.key * 3 + 1, 3)) || '0000' AS h, min(length(b) - n.key * 3, 3) AS size,
    '123456789ABCDEF' AS digits, 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/' AS letters
    FROM (SELECT CAST({v} AS BLOB) AS b) AS whole,
        json_each('[' || rtrim(replace(hex(zeroblob((length(b) + 2) / 3)), '00', '0,'), ',') || ']') AS n
    ORDER BY n.key))";

// Most labels need no change. Only as many characters are converted as can be stored.
const LABEL: &str = r"(SELECT CASE
    WHEN length(whole) <= 255 AND whole NOT GLOB '*[' || char(1) || '-' || char(31) || char(127) || '-' || char(159) || ']*'
        AND instr(whole, '\u{') = 0 THEN whole
    ELSE (SELECT CASE WHEN length(spelled) <= 255 THEN spelled ELSE substr(spelled, 1, 254) || '…' END
        FROM (SELECT group_concat(CASE WHEN unicode(letter) < 32 OR unicode(letter) BETWEEN 127 AND 159
                THEN '\u{' || printf('%x', unicode(letter)) || '}' ELSE letter END, '') AS spelled
            FROM (SELECT substr(text, n.key + 1, 1) AS letter
                FROM (SELECT replace(substr(whole, 1, 256), '\u{', '\u{5c}u{') AS text) AS start,
                    json_each('[' || rtrim(replace(hex(zeroblob(min(length(text), 300))), '00', '0,'), ',') || ']') AS n
                ORDER BY n.key)))
    END FROM (SELECT {v} AS whole) AS label)";
