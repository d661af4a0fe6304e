//! JSON on one line that is safe to show on a terminal.

use std::fmt::Write;

use serde::Serialize;

/// Escapes characters that could affect a terminal. In JSON they occur only in strings.
pub(crate) fn escaped(value: &impl Serialize) -> String {
    let json = serde_json::to_string(value).expect("an entry has nothing that JSON has not");
    if !json.contains(moves) {
        return json;
    }
    json.chars().fold(String::new(), |mut escaped, char| {
        if moves(char) {
            let _ = write!(escaped, "\\u{:04x}", u32::from(char));
        } else {
            escaped.push(char);
        }
        escaped
    })
}

/// C0 and C1 controls, line separators and bidirectional controls.
fn moves(char: char) -> bool {
    char.is_control()
        || matches!(
            char,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}
