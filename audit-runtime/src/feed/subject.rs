//! The routing key of an entry at a broker: `tenant.type.action`.

use crate::Entry;

/// `acme.User.UPDATE`, and `_` for what an entry does not have. What has a meaning to a broker becomes `_`.
pub(super) fn subject(entry: &Entry) -> String {
    let [tenant, entity_type] =
        [&entry.tenant, &entry.entity_type].map(|text| text.as_deref().unwrap_or_default());
    [tenant, entity_type, &entry.action].map(token).join(".")
}

/// At most 64 bytes: brokers have limits of their own.
fn token(text: &str) -> String {
    let plain = |char: char| match char {
        char if char.is_ascii_alphanumeric() || matches!(char, '-' | '_') => char,
        _ => '_',
    };
    let token: String = text.chars().take(64).map(plain).collect();
    if token.is_empty() {
        "_".to_owned()
    } else {
        token
    }
}

/// An entry without the end of its line: a message has an end of its own.
pub(super) fn message(mut line: String) -> Vec<u8> {
    let length = line.trim_end_matches(['\r', '\n']).len();
    line.truncate(length);
    line.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::token;

    #[test]
    fn a_token_has_nothing_that_a_broker_understands() {
        for (text, expected) in [
            ("User", "User"),
            ("", "_"),
            ("a.b*c>d#e f\r\n\0é", "a_b_c_d_e_f____"),
            (&"x".repeat(100), &*"x".repeat(64)),
        ] {
            assert_eq!(token(text), expected);
        }
    }
}
