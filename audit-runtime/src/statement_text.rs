//! Reads the text of a statement: which tables it writes to, and whether it is a query.
//!
//! This is not an SQL parser. A rare form of a dialect may be misread; a guard in the database detects such a write.

mod words;

use words::{Word, words};

/// A write that a statement's text names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Written {
    /// `CREATE`, `UPDATE` or `DELETE`, as an entry calls it.
    pub(crate) action: &'static str,
    pub(crate) table: String,
}

/// The writes of one or several statements in order, including those inside of `WITH`.
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
        // `REPLACE(..)` and `INSERT(..)` are also functions.
        let is_call = words.get(at + 1).is_some_and(|next| next.is("("));
        !is_lock && !is_call && WRITING.iter().any(|writing| word.is(writing))
    };
    !words.iter().enumerate().any(is_writing)
}

/// The action that a word begins.
fn action(words: &[Word], at: usize) -> Option<&'static str> {
    let word = &words[at];
    let before = |keyword| at > 0 && words[at - 1].is(keyword);
    if word.is("INSERT") || word.is("REPLACE") || word.is("COPY") || word.is("LOAD") {
        // `INSERT OR REPLACE` is one write.
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
    // `ON DELETE` belongs to a foreign key.
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
