//! Text as it is kept, wherever it comes from: a form or JSON.

use unicode_normalization::UnicodeNormalization;

/// One line: in Unicode's normalisation form C, and without the blanks around it. `None` if it has a control character.
pub fn line(text: &str) -> Option<String> {
    let line: String = text.trim().nfc().collect();
    (!line.contains(char::is_control)).then_some(line)
}

/// Lines that end with LF, as a browser does not send them. `None` if there is a control character in them.
pub fn lines(text: &str) -> Option<String> {
    let lines: String = text.replace("\r\n", "\n").nfc().collect();
    let is_other = |char: char| char.is_control() && !matches!(char, '\n' | '\t');
    (!lines.contains(is_other)).then_some(lines)
}
