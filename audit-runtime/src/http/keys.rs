//! The keys of a JSON object, read from a body that may not be valid JSON.

use serde::de::{Deserialize, Deserializer, Error, Visitor};

/// Returns the keys of the top-level objects of a body, even if the body is truncated, deeply nested, not valid UTF-8,
/// or followed by other data.
///
/// A JSON parser stops at the first error and cannot report later keys. This scanner knows only strings and brackets: a
/// string before a colon is a key of the outermost object.
pub(super) fn keys(body: &[u8]) -> impl Iterator<Item = String> {
    let mut rest = body;
    let mut depth = 0_usize;
    std::iter::from_fn(move || {
        loop {
            let at = rest.iter().position(|byte| b"\"{}".contains(byte))?;
            match rest[at] {
                b'{' => depth += 1,
                b'}' => depth = depth.saturating_sub(1),
                _ => {
                    let (text, behind) = rest[at..].split_at(end_of_string(&rest[at..])?);
                    rest = behind;
                    let next = behind.trim_ascii_start().first();
                    if depth == 1 && next == Some(&b':') {
                        return Some(unquoted(text));
                    }
                    continue;
                }
            }
            rest = &rest[at + 1..];
        }
    })
}

/// The length of the string that starts here, with its quotes; `None` if it does not end.
fn end_of_string(text: &[u8]) -> Option<usize> {
    let mut is_escaped = false;
    let end = text[1..].iter().position(|byte| {
        let ends = *byte == b'"' && !is_escaped;
        is_escaped = *byte == b'\\' && !is_escaped;
        ends
    })?;
    Some(end + 2)
}

/// Decodes a string without quotes and escapes. Invalid Unicode is replaced.
fn unquoted(text: &[u8]) -> String {
    let unescaped = serde_json::from_slice::<Bytes>(text).map(|Bytes(bytes)| bytes);
    let bytes = unescaped.unwrap_or_else(|_| text[1..text.len() - 1].to_vec());
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The bytes of a string, which need not be UTF-8.
struct Bytes(Vec<u8>);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OfString;

        impl Visitor<'_> for OfString {
            type Value = Bytes;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("a string")
            }

            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Bytes, E> {
                Ok(Bytes(bytes.to_vec()))
            }
        }

        deserializer.deserialize_bytes(OfString)
    }
}

#[cfg(test)]
mod tests {
    use super::keys;

    #[test]
    fn keys_are_found_in_whatever_is_sent() {
        let deep = format!(
            "{{\"a\":{}1{},\"b\":1}}",
            "[".repeat(9999),
            "]".repeat(9999)
        );
        let cases: &[(&[u8], &[&str])] = &[
            (br#"{"a":1,"b":{"c":1},"d":[{"e":1}]}"#, &["a", "b", "d"]),
            (br#"[{"a":1},{"b":1}] {"c":1}"#, &["a", "b", "c"]),
            (
                br#"{"a":1e999,"b":"\ud800","c":tru,"d" :NaN}"#,
                &["a", "b", "c", "d"],
            ),
            (
                br#"{"\u0061":"\"b\":","a\"":"\\","c":1}"#,
                &["a", "a\"", "c"],
            ),
            (
                b"{\"a\":\"\xff\",\"\xff\":1,\"b\":\"\n\"}",
                &["a", "\u{fffd}", "b"],
            ),
            (
                br#"{"\ud800":1,"\x":1}"#,
                &["\u{fffd}\u{fffd}\u{fffd}", "\\x"],
            ),
            (br#"{"a":"b","c":"#, &["a", "c"]),
            (br#"{"a":"b","c"#, &["a"]),
            (br#"}}{"a":1}}"#, &["a"]),
            (br#""a":1"#, &[]),
            (b"a=1&b=2", &[]),
            (b"\\\"", &[]),
            (b"", &[]),
            (deep.as_bytes(), &["a", "b"]),
        ];
        for (body, expected) in cases {
            let found: Vec<_> = keys(body).collect();
            assert_eq!(found, *expected, "{}", String::from_utf8_lossy(body));
        }
    }
}
