//! The words of an SQL text, without comments and values.

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) is_quoted: bool,
}

impl Word {
    /// Whether it is this keyword or sign.
    pub(super) fn is(&self, keyword: &str) -> bool {
        !self.is_quoted && self.text.eq_ignore_ascii_case(keyword)
    }
}

/// Words, quoted names and signs, without texts and comments.
pub(super) fn words(sql: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            '\'' => quoted(rest, '\'').1,
            '"' | '`' | '[' => {
                let close = if first == '[' { ']' } else { first };
                let (text, length) = quoted(rest, close);
                words.push(Word {
                    text,
                    is_quoted: true,
                });
                length
            }
            '$' if dollar(rest).is_some() => dollar(rest).unwrap_or(rest.len()),
            _ if first.is_alphanumeric() || first == '_' => {
                let is_inside = |char: char| char.is_alphanumeric() || matches!(char, '_' | '$');
                let end = rest.find(|char| !is_inside(char)).unwrap_or(rest.len());
                words.push(Word {
                    text: rest[..end].to_owned(),
                    is_quoted: false,
                });
                end
            }
            _ => {
                if !first.is_whitespace() {
                    words.push(Word {
                        text: first.to_string(),
                        is_quoted: false,
                    });
                }
                first.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    words
}

/// The text between quotes, and its length including them. A doubled quote is one quote.
fn quoted(text: &str, close: char) -> (String, usize) {
    let mut inside = String::new();
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, char)) = chars.next() {
        if char != close {
            inside.push(char);
        } else if chars.next_if(|(_, next)| *next == close).is_some() {
            inside.push(close);
        } else {
            return (inside, at + close.len_utf8());
        }
    }
    (inside, text.len())
}

/// The length of a text in PostgreSQL's dollar quotes.
fn dollar(text: &str) -> Option<usize> {
    let tag = text[1..].find('$')? + 2;
    let is_tag = |char: char| char.is_alphanumeric() || char == '_';
    let name = &text[1..tag - 1];
    if !name.chars().all(is_tag) || name.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    let end = text[tag..].find(&text[..tag])?;
    Some(tag + end + tag)
}
