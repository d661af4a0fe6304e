//! The routing key of an entry at a broker: `tenant.type.action`.

use crate::Entry;

/// The subject of an entry: `acme.User.UPDATE`. `_` replaces missing parts and characters that a broker interprets.
pub(super) fn subject(entry: &Entry) -> String {
    let [tenant, entity_type] =
        [&entry.tenant, &entry.entity_type].map(|text| text.as_deref().unwrap_or_default());
    [tenant, entity_type, &entry.action].map(token).join(".")
}

/// At most 64 bytes, because brokers have limits.
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

/// Removes the line end, which a message does not need.
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
