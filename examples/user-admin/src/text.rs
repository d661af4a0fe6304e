//! Normalisation of text from forms and JSON.

use unicode_normalization::UnicodeNormalization;

/// Trims a line and converts it to Unicode normalisation form C. Returns `None` if it contains a control character.
pub fn line(text: &str) -> Option<String> {
    let line: String = text.trim().nfc().collect();
    (!line.contains(char::is_control)).then_some(line)
}

/// Converts line ends to LF; browsers send CRLF. Returns `None` if the text contains other control characters.
pub fn lines(text: &str) -> Option<String> {
    let lines: String = text.replace("\r\n", "\n").nfc().collect();
    let is_other = |char: char| char.is_control() && !matches!(char, '\n' | '\t');
    (!lines.contains(is_other)).then_some(lines)
}
