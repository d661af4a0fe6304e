//! The subset of JSON that every database stores. PostgreSQL refuses U+0000, MariaDB 32 levels of nesting.

use serde_json::Value as Json;

/// The limit leaves room for the levels that changes, arrays and SQL add.
const MAX_DEPTH: usize = 24;

pub(super) fn is_storable(json: &Json) -> bool {
    fits(json, MAX_DEPTH)
}

/// Makes an application's JSON storable: U+0000 becomes U+FFFD, and values nested deeper than 24 levels become text.
pub(crate) fn clean_json(json: Json) -> Json {
    clean(json, MAX_DEPTH)
}

fn fits(json: &Json, levels: usize) -> bool {
    match json {
        Json::String(text) => !text.contains('\0'),
        Json::Array(_) | Json::Object(_) if levels == 0 => false,
        Json::Array(items) => items.iter().all(|item| fits(item, levels - 1)),
        Json::Object(entries) => entries
            .iter()
            .all(|(key, value)| !key.contains('\0') && fits(value, levels - 1)),
        _ => true,
    }
}

fn clean(json: Json, levels: usize) -> Json {
    match json {
        Json::String(text) => clean_text(text).into(),
        Json::Array(_) | Json::Object(_) if levels == 0 => json.to_string().into(),
        Json::Array(items) => items
            .into_iter()
            .map(|item| clean(item, levels - 1))
            .collect(),
        Json::Object(entries) => entries
            .into_iter()
            .map(|(key, value)| (clean_text(key), clean(value, levels - 1)))
            .collect(),
        _ => json,
    }
}

fn clean_text(text: String) -> String {
    if text.contains('\0') {
        text.replace('\0', "\u{FFFD}")
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::{clean_json, is_storable};

    fn nested(levels: usize) -> Json {
        (0..levels).fold(json!("core"), |inner, level| {
            if level % 2 == 0 {
                json!([inner])
            } else {
                json!({ "key": inner })
            }
        })
    }

    #[test]
    fn nul_is_found_wherever_it_hides() {
        assert!(is_storable(&json!({ "key": ["text", 1, null] })));
        assert!(!is_storable(&json!("a\0b")));
        assert!(!is_storable(&json!([{ "key": "a\0b" }])));
        assert!(!is_storable(&json!([{ "a\0b": 1 }])));
    }

    #[test]
    fn nesting_ends_at_24_levels() {
        assert!(is_storable(&nested(24)));
        assert!(!is_storable(&nested(25)));
        assert!(!is_storable(&nested(500)));
    }

    #[test]
    fn clean_json_keeps_what_it_can() {
        assert_eq!(clean_json(nested(24)), nested(24));
        assert_eq!(
            clean_json(json!({ "a\0b": ["c\0d", 1.5] })),
            json!({ "a\u{FFFD}b": ["c\u{FFFD}d", 1.5] }),
        );
        for levels in [25, 26, 100] {
            let clean = clean_json(nested(levels));
            assert!(is_storable(&clean));
            assert!(clean.to_string().contains("core"));
        }
    }
}
