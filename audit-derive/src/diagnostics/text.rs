//! Parts of messages.

use quote::ToTokens;

pub fn expected(known: &[&str]) -> String {
    format!("\n\nexpected one of {}", quoted(known))
}

pub fn quoted(names: &[&str]) -> String {
    let quoted: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

/// Formats tokens, almost as rustfmt does.
pub fn compact(tokens: &impl ToTokens) -> String {
    let mut text = tokens.to_token_stream().to_string();
    for (loose, tight) in [
        (" :: ", "::"),
        (":: ", "::"),
        (" <", "<"),
        ("< ", "<"),
        (" >", ">"),
        (" ,", ","),
        (" (", "("),
    ] {
        text = text.replace(loose, tight);
    }
    text
}

pub fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let closest = known.iter().min_by_key(|known| distance(word, known))?;
    (distance(word, closest) <= word.len().div_ceil(3)).then_some(closest)
}

/// The edit distance of two words.
fn distance(left: &str, right: &str) -> usize {
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (above, letter) in left.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = above + 1;
        for (column, other) in right.bytes().enumerate() {
            let replaced = diagonal + usize::from(letter != other);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}
