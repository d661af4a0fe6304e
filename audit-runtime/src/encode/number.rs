//! Comparison of numbers by value, digit by digit.

use serde_json::Number;

/// A decimal number: its digits without zeros at either end, and the power of ten of the last one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Digits {
    is_negative: bool,
    digits: String,
    exponent: i64,
}

impl Digits {
    /// Parses a number such as `-12.50e3`.
    pub(super) fn of(text: &str) -> Option<Self> {
        let (is_negative, number) = match text.strip_prefix('-') {
            Some(number) => (true, number),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, exponent) = match number.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse().ok()?),
            None => (number, 0_i64),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = format!("{whole}{fraction}");
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let significant = digits.trim_end_matches('0');
        if significant.is_empty() {
            return Some(Self {
                is_negative: false,
                digits: String::new(),
                exponent: 0,
            });
        }
        let zeros = i64::try_from(digits.len() - significant.len()).ok()?;
        let places = i64::try_from(fraction.len()).ok()?;
        Some(Self {
            is_negative,
            digits: significant.trim_start_matches('0').to_owned(),
            exponent: exponent.checked_sub(places)?.checked_add(zeros)?,
        })
    }
}

/// Whether a double has the same value as the notation it was parsed from.
pub(super) fn is_exact(text: &str, double: f64) -> bool {
    let written = Digits::of(&format!("{double:e}"));
    written.is_some() && written == Digits::of(text)
}

/// Whether the numbers in a JSON text keep their value when they are parsed and written. serde_json keeps them as
/// 64-bit integers or as doubles, unless a crate turns on `arbitrary_precision`.
pub(crate) fn are_kept(json: &str) -> bool {
    let mut rest = json;
    while let Some(start) =
        rest.find(|char: char| char == '"' || char == '-' || char.is_ascii_digit())
    {
        rest = &rest[start..];
        if rest.starts_with('"') {
            rest = after_string(rest);
            continue;
        }
        let is_part = |char: char| char.is_ascii_digit() || "+-.eE".contains(char);
        let end = rest.find(|char| !is_part(char)).unwrap_or(rest.len());
        let (number, after) = rest.split_at(end);
        let is_kept = number.parse::<Number>().is_ok_and(|read| {
            let read = Digits::of(&read.to_string());
            read.is_some() && read == Digits::of(number)
        });
        if !is_kept {
            return false;
        }
        rest = after;
    }
    true
}

/// Returns the text after a string; its quote is the first character.
fn after_string(text: &str) -> &str {
    let mut is_escaped = false;
    for (at, char) in text.char_indices().skip(1) {
        match char {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => return &text[at + 1..],
            _ => {}
        }
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::{Digits, are_kept};

    #[test]
    fn one_number_has_many_notations() {
        for (a, b, same) in [
            ("1", "1.0", true),
            ("1e2", "100", true),
            ("-0", "0", true),
            ("0.10", "1E-1", true),
            ("+5", "5", true),
            ("12345678901234567890.10", "12345678901234567890.1", true),
            ("12345678901234567890.1", "12345678901234567890.2", false),
            ("1", "-1", false),
            ("1", "10", false),
        ] {
            assert_eq!(Digits::of(a) == Digits::of(b), same, "{a} {b}");
        }
        for text in ["", "-", ".", "e5", "1e", "NaN", "1_0", "0x1"] {
            assert_eq!(Digits::of(text), None, "{text}");
        }
    }

    #[test]
    fn what_a_double_cannot_hold_is_found() {
        for (json, kept) in [
            (
                r#"{"a": [1, -2.5, 1e300, 0.1, 18446744073709551615]}"#,
                true,
            ),
            (r#"{"a": "0.12345678901234567890", "1e999": null}"#, true),
            (r#"{"a\\\"": "\\", "b": 9007199254740993}"#, true),
            ("18446744073709551616", false),
            ("9007199254740993.5", false),
            ("0.12345678901234567890", false),
            ("1e999", false),
            (r#"["\"", 1.00000000000000000001]"#, false),
        ] {
            assert_eq!(are_kept(json), kept, "{json}");
        }
    }
}
