//! The expected guard, read from the statements that install it.

use super::{Expected, Object};
use crate::dialect::Dialect;

impl Expected {
    pub(super) fn of(
        dialect: Dialect,
        statements: &[String],
        places: &[(&'static str, String)],
    ) -> Self {
        match dialect {
            Dialect::Postgres => super::postgres::expected(statements, places),
            Dialect::MySql | Dialect::MariaDb | Dialect::Sqlite => {
                let created = statements.iter().filter_map(|text| created(text));
                let (beside, triggers): (Vec<_>, Vec<_>) = created.partition(Created::is_shared);
                Self {
                    triggers: triggers.into_iter().map(Object::from).collect(),
                    beside: beside.into_iter().map(Object::from).collect(),
                }
            }
        }
    }
}

/// A trigger or procedure in the statement that creates it.
pub(super) struct Created {
    pub(super) name: String,
    kind: &'static str,
    /// Its table, without a schema; a procedure has none.
    table: Option<String>,
    /// Its timing, and its body.
    text: String,
}

impl Created {
    /// Whether it belongs to the log or to the tables of notes.
    pub(super) fn is_shared(&self) -> bool {
        let table = self.table.as_deref();
        table.is_none_or(|table| table == "audit_log" || table.starts_with("audit_guard_"))
    }
}

impl From<Created> for Object {
    fn from(created: Created) -> Self {
        Self {
            name: created.name,
            body: created.text,
            how: created.kind.to_owned(),
        }
    }
}

/// The trigger or procedure that a statement creates. Blanks are normalized.
pub(super) fn created(statement: &str) -> Option<Created> {
    let words: Vec<_> = statement.split_whitespace().collect();
    let text = words.join(" ");
    let rest = text.strip_prefix("CREATE ")?;
    let kind = ["TRIGGER", "PROCEDURE"]
        .into_iter()
        .find(|kind| rest.starts_with(kind))?;
    let rest = rest[kind.len()..].trim_start();
    let (name, rest) = name(rest.strip_prefix("IF NOT EXISTS ").unwrap_or(rest))?;
    if kind == "PROCEDURE" {
        let (_, body) = rest.split_once(" BEGIN ")?;
        let text = body.trim().to_owned();
        return Some(Created {
            name,
            kind,
            table: None,
            text,
        });
    }
    let (when, rest) = rest.split_once(" ON ")?;
    let (table, rest) = self::name(rest)?;
    let table = Some(table);
    let text = format!("{} {}", when.trim(), rest.trim());
    Some(Created {
        name,
        kind,
        table,
        text,
    })
}

/// The last part of the name at the start of a text, and the rest.
fn name(text: &str) -> Option<(String, &str)> {
    let mut rest = text;
    loop {
        let first = rest.chars().next()?;
        let (name, after) = if matches!(first, '"' | '`') {
            quoted(&rest[1..], first)?
        } else {
            let end = rest.find(|char: char| !char.is_alphanumeric() && char != '_');
            let (name, after) = rest.split_at(end.unwrap_or(rest.len()));
            (name.to_owned(), after)
        };
        match after.strip_prefix('.') {
            Some(more) => rest = more,
            None => return Some((name, after)),
        }
    }
}

/// A name up to its closing quote. A doubled quote is part of the name.
fn quoted(text: &str, quote: char) -> Option<(String, &str)> {
    let mut name = String::new();
    let mut rest = text;
    loop {
        let (part, after) = rest.split_once(quote)?;
        name.push_str(part);
        match after.strip_prefix(quote) {
            Some(more) => {
                name.push(quote);
                rest = more;
            }
            None => return Some((name, after)),
        }
    }
}
