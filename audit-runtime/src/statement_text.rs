//! What the text of a statement tells: which tables it writes to, and whether it only asks.
//!
//! Nothing here is a parser of SQL. What it reads wrongly, such as a dialect's rare form, a guard in the database sees.

/// A write that a statement's text names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Written {
    /// `CREATE`, `UPDATE` or `DELETE`, as an entry calls it.
    pub(crate) action: &'static str,
    pub(crate) table: String,
}

/// The writes of a statement, or of more than one, in their order; those inside of `WITH` among them.
pub(crate) fn writes(sql: &str) -> Vec<Written> {
    let words = words(sql);
    let mut writes = Vec::new();
    for at in 0..words.len() {
        let Some(action) = action(&words, at) else {
            continue;
        };
        if let Some(table) = table(&words, at + 1) {
            writes.push(Written { action, table });
        }
    }
    writes
}

/// Whether a text certainly is one query and nothing else.
pub(crate) fn is_query(sql: &str) -> bool {
    const QUERIES: [&str; 7] = [
        "SELECT", "WITH", "VALUES", "TABLE", "SHOW", "DESCRIBE", "EXPLAIN",
    ];
    const WRITING: [&str; 13] = [
        "INSERT", "UPDATE", "DELETE", "REPLACE", "MERGE", "TRUNCATE", "INTO", "CREATE", "ALTER",
        "DROP", "CALL", "EXECUTE", "COPY",
    ];
    let words = words(sql);
    let first = words.iter().find(|word| !word.is("("));
    if !first.is_some_and(|first| QUERIES.iter().any(|query| first.is(query))) {
        return false;
    }
    let end = words.iter().position(|word| word.is(";"));
    if end.is_some_and(|end| words[end..].iter().any(|word| !word.is(";"))) {
        return false;
    }
    let is_writing = |(at, word): (usize, &Word)| {
        let is_lock =
            word.is("UPDATE") && at > 0 && (words[at - 1].is("FOR") || words[at - 1].is("KEY"));
        // `REPLACE(..)` and `INSERT(..)` are functions, too.
        let is_call = words.get(at + 1).is_some_and(|next| next.is("("));
        !is_lock && !is_call && WRITING.iter().any(|writing| word.is(writing))
    };
    !words.iter().enumerate().any(is_writing)
}

#[derive(Debug, PartialEq, Eq)]
struct Word {
    text: String,
    is_quoted: bool,
}

impl Word {
    /// Whether it is this keyword or sign.
    fn is(&self, keyword: &str) -> bool {
        !self.is_quoted && self.text.eq_ignore_ascii_case(keyword)
    }
}

/// The action that a word begins.
fn action(words: &[Word], at: usize) -> Option<&'static str> {
    let word = &words[at];
    let before = |keyword| at > 0 && words[at - 1].is(keyword);
    if word.is("INSERT") || word.is("REPLACE") || word.is("COPY") || word.is("LOAD") {
        // `INSERT OR REPLACE` is one.
        return (!before("OR")).then_some("CREATE");
    }
    if word.is("UPDATE") {
        // `FOR UPDATE`, `FOR NO KEY UPDATE`, `ON DUPLICATE KEY UPDATE`, `DO UPDATE`, `ON UPDATE`.
        let is_part = ["FOR", "KEY", "DO", "ON"].iter().any(|part| before(part));
        return (!is_part).then_some("UPDATE");
    }
    if word.is("MERGE") {
        return Some("UPDATE");
    }
    // `ON DELETE` is of a foreign key.
    ((word.is("DELETE") && !before("ON")) || word.is("TRUNCATE")).then_some("DELETE")
}

/// The name of the table after a keyword, without its schema.
fn table(words: &[Word], from: usize) -> Option<String> {
    const BETWEEN: [&str; 17] = [
        "INTO",
        "FROM",
        "TABLE",
        "ONLY",
        "OR",
        "IGNORE",
        "LOW_PRIORITY",
        "HIGH_PRIORITY",
        "DELAYED",
        "QUICK",
        "ROLLBACK",
        "ABORT",
        "FAIL",
        "REPLACE",
        "DATA",
        "LOCAL",
        "INFILE",
    ];
    let mut at = from;
    while BETWEEN
        .iter()
        .any(|between| words.get(at).is_some_and(|word| word.is(between)))
    {
        at += 1;
    }
    let is_name = |word: &Word| {
        word.is_quoted
            || word
                .text
                .starts_with(|first: char| first.is_alphabetic() || first == '_')
    };
    let mut name = words.get(at).filter(|word| is_name(word))?;
    while words.get(at + 1).is_some_and(|dot| dot.is("."))
        && let Some(next) = words.get(at + 2).filter(|word| is_name(word))
    {
        name = next;
        at += 2;
    }
    Some(name.text.clone())
}

/// Words, quoted names and signs, without texts and comments.
fn words(sql: &str) -> Vec<Word> {
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

/// What stands between quotes, and the length with them. A quote that is written twice is one.
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

#[cfg(test)]
mod tests {
    use super::{is_query, writes};

    #[test]
    fn writes_are_found() {
        for (sql, expected) in [
            ("SELECT 1", ""),
            ("select * from users for update", ""),
            ("SELECT * FROM users FOR NO KEY UPDATE OF users", ""),
            ("SELECT 'DELETE FROM users'", ""),
            ("SELECT 1 -- DELETE FROM users", ""),
            ("SELECT /* DELETE FROM users */ 1", ""),
            ("SELECT $a$ DELETE FROM users $a$", ""),
            ("SELECT replace(name, 'a', 'b') FROM users", ""),
            (
                "CREATE TABLE a (b int REFERENCES users ON DELETE CASCADE ON UPDATE CASCADE)",
                "",
            ),
            ("INSERT INTO users VALUES (1)", "CREATE users"),
            ("  insert into \"users\" values ($1)", "CREATE users"),
            ("INSERT INTO `shop`.`users` VALUES (?)", "CREATE users"),
            ("INSERT INTO \"a\"\"b\" DEFAULT VALUES", "CREATE a\"b"),
            ("INSERT OR REPLACE INTO users VALUES (1)", "CREATE users"),
            ("INSERT IGNORE users VALUES (1)", "CREATE users"),
            ("REPLACE INTO users VALUES (1)", "CREATE users"),
            (
                "INSERT INTO users VALUES (1) ON CONFLICT (id) DO UPDATE SET id = 2",
                "CREATE users",
            ),
            (
                "INSERT INTO users VALUES (1) ON DUPLICATE KEY UPDATE id = 2",
                "CREATE users",
            ),
            ("UPDATE ONLY public.users SET id = 1", "UPDATE users"),
            ("UPDATE OR IGNORE users SET id = 1", "UPDATE users"),
            ("/* a */ DELETE FROM [users]", "DELETE users"),
            ("-- a\nDELETE FROM users", "DELETE users"),
            ("TRUNCATE TABLE users", "DELETE users"),
            ("TRUNCATE users", "DELETE users"),
            (
                "MERGE INTO users USING b ON true WHEN MATCHED THEN DELETE",
                "UPDATE users",
            ),
            ("COPY users FROM STDIN", "CREATE users"),
            (
                "WITH a AS (DELETE FROM users RETURNING *) INSERT INTO old SELECT * FROM a",
                "DELETE users, CREATE old",
            ),
            (
                "WITH a AS (SELECT 1) UPDATE users SET id = 1",
                "UPDATE users",
            ),
            (
                "SELECT 1; DELETE FROM users; UPDATE orders SET a = 1",
                "DELETE users, UPDATE orders",
            ),
            ("INSERT INTO użytkownicy VALUES ('é')", "CREATE użytkownicy"),
            ("", ""),
            ("INSERT", ""),
            ("DELETE FROM", ""),
            ("'", ""),
            ("$", ""),
        ] {
            let found = writes(sql);
            let found = found
                .iter()
                .map(|write| format!("{} {}", write.action, write.table));
            assert_eq!(found.collect::<Vec<_>>().join(", "), expected, "{sql}");
        }
    }

    #[test]
    fn queries_are_told() {
        for query in [
            "SELECT 1",
            "select 1;",
            "(SELECT 1) UNION (SELECT 2)",
            "WITH a AS (SELECT 1) SELECT * FROM a",
            "SELECT * FROM users FOR UPDATE",
            "SELECT replace(a, 'b', 'c'), 'DROP' FROM users",
            "SELECT \"update\" FROM users",
            "SHOW search_path",
            "VALUES (1)",
        ] {
            assert!(is_query(query), "{query}");
        }
        for other in [
            "",
            "UPDATE a SET b = 1",
            "CREATE TABLE a (b int)",
            "SELECT 1; DROP TABLE a",
            "SELECT * INTO a FROM b",
            "WITH a AS (DELETE FROM b RETURNING *) SELECT * FROM a",
            "EXPLAIN ANALYZE DELETE FROM a",
            "SET search_path = a",
            "CALL a()",
            "DO $$ BEGIN END $$",
            "PRAGMA foreign_keys = OFF",
        ] {
            assert!(!is_query(other), "{other}");
        }
    }
}
