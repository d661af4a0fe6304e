//! Parsers that share no code with the writers of the formats.

use std::collections::HashMap;

/// Parses CSV by RFC 4180.
pub fn csv(text: &str) -> Vec<Vec<String>> {
    let (mut records, mut record, mut cell) = (Vec::new(), Vec::new(), String::new());
    let mut is_quoted = false;
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '"' if is_quoted && chars.peek() == Some(&'"') => cell.extend(chars.next()),
            '"' => is_quoted = !is_quoted,
            _ if is_quoted => cell.push(char),
            ',' => record.push(std::mem::take(&mut cell)),
            '\r' => {
                assert_eq!(chars.next(), Some('\n'));
                record.push(std::mem::take(&mut cell));
                records.push(std::mem::take(&mut record));
            }
            '\n' => panic!("a bare line feed"),
            _ => cell.push(char),
        }
    }
    assert!(
        !is_quoted && record.is_empty() && cell.is_empty(),
        "cut short"
    );
    records
}

/// A message of RFC 5424 with one element of structured data.
pub struct Message {
    pub priority: u8,
    pub id: String,
    pub data: HashMap<String, String>,
    pub text: String,
}

pub fn syslog(line: &str) -> Message {
    let fields: Vec<_> = line.splitn(7, ' ').collect();
    let [version, time, host, app, process, kind, rest] = fields[..] else {
        panic!("{line}")
    };
    let rest = rest.strip_prefix('[').unwrap();
    let priority = version
        .strip_prefix('<')
        .unwrap()
        .strip_suffix(">1")
        .unwrap();
    assert!(
        time == "-" || time.ends_with('Z') && time.len() == 27,
        "{time}"
    );
    for (field, limit) in [(host, 255), (app, 48), (process, 128), (kind, 32)] {
        let is_printable = field.bytes().all(|byte| (33..=126).contains(&byte));
        assert!(
            is_printable && (1..=limit).contains(&field.len()),
            "{field:?}"
        );
    }
    let (id, mut rest) = rest.split_once(' ').unwrap();
    let mut data = HashMap::new();
    let rest = loop {
        let (name, value) = rest.split_once("=\"").unwrap();
        assert!(
            name.len() <= 32
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
        );
        let (value, after) = parameter(value);
        assert!(data.insert(name.to_owned(), value).is_none());
        match after.strip_prefix(' ') {
            Some(next) => rest = next,
            None => break after.strip_prefix(']').unwrap(),
        }
    };
    Message {
        priority: priority.parse().unwrap(),
        id: id.to_owned(),
        data,
        text: rest.strip_prefix(" \u{feff}").unwrap().to_owned(),
    }
}

fn parameter(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, char)) = chars.next() {
        match char {
            '"' => return (value, &text[at + 1..]),
            ']' => panic!("a bracket that is not escaped"),
            '\\' => {
                let (_, escaped) = chars.next().unwrap();
                assert!(matches!(escaped, '"' | '\\' | ']'), "{escaped:?}");
                value.push(escaped);
            }
            _ => value.push(char),
        }
    }
    panic!("no end: {text}")
}

/// Converts escaped control characters back.
pub fn unspelled(text: &str) -> String {
    let mut parts = text.split(r"\u{");
    let mut whole = parts.next().unwrap().to_owned();
    for part in parts {
        let (code, rest) = part.split_once('}').unwrap();
        whole.push(char::from_u32(u32::from_str_radix(code, 16).unwrap()).unwrap());
        whole.push_str(rest);
    }
    whole
}
