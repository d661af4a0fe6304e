//! What MySQL and MariaDB let an account do with the log.

use sea_orm::{ConnectionTrait, DbBackend, Statement};

use crate::Error;

/// Whether this account has a privilege on the log.
pub(super) async fn may<C: ConnectionTrait>(db: &C, privilege: &str) -> Result<bool, Error> {
    may_on(db, privilege, None, "audit_log").await
}

/// Whether this account has a privilege on a table: its own or one of a role that is active, on the server, the database
/// or the table.
pub(super) async fn may_on<C: ConnectionTrait>(
    db: &C,
    privilege: &str,
    schema: Option<&str>,
    table: &str,
) -> Result<bool, Error> {
    let ask = |question: &str| Statement::from_string(DbBackend::MySql, question);
    let database = db.query_one_raw(ask("SELECT DATABASE() AS `name`")).await?;
    let Some(row) = database else {
        return Ok(false);
    };
    let current: Option<String> = row.try_get("", "name")?;
    let Some(database) = schema.map(str::to_owned).or(current) else {
        return Ok(false);
    };
    // The tables of `information_schema` do not tell of roles.
    for row in db.query_all_raw(ask("SHOW GRANTS")).await? {
        let grant: String = row.try_get_by(0)?;
        if gives(&grant, privilege, &database, table) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a grant, as SHOW GRANTS has it, gives the privilege on a table.
fn gives(grant: &str, privilege: &str, database: &str, table: &str) -> bool {
    let Some((privileges, rest)) = grant
        .strip_prefix("GRANT ")
        .and_then(|grant| grant.split_once(" ON "))
    else {
        return false;
    };
    let is_given = without_columns(privileges)
        .split(',')
        .any(|given| [privilege, "ALL PRIVILEGES"].contains(&given.trim()));
    is_given && is_on(rest, database, table)
}

/// What is given on columns keeps its parentheses, and so is no name of a privilege.
fn without_columns(privileges: &str) -> String {
    let mut depth = 0;
    let outside = privileges.chars().filter(|c| {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => return depth == 0,
        }
        true
    });
    outside.collect()
}

fn is_on(text: &str, database: &str, table: &str) -> bool {
    let Some((on_database, rest)) = name(text) else {
        return false;
    };
    let Some((on_table, _)) = rest.strip_prefix('.').and_then(name) else {
        return false;
    };
    match (on_database, on_table) {
        (None, None) => true,
        (Some(pattern), None) => is_like(database, &pattern),
        (Some(name), Some(on_table)) => name == database && on_table == table,
        (None, Some(_)) => false,
    }
}

/// The name that a text begins with, `None` for `*`, and what follows.
fn name(text: &str) -> Option<(Option<String>, &str)> {
    if let Some(rest) = text.strip_prefix('*') {
        return Some((None, rest));
    }
    let quote = text.chars().next().filter(|c| ['`', '"'].contains(c))?;
    let mut name = String::new();
    let mut rest = &text[1..];
    loop {
        let (part, after) = rest.split_once(quote)?;
        name.push_str(part);
        match after.strip_prefix(quote) {
            Some(more) => {
                name.push(quote);
                rest = more;
            }
            None => return Some((Some(name), after)),
        }
    }
}

/// As LIKE has it: a privilege on databases is given by a pattern.
fn is_like(name: &str, pattern: &str) -> bool {
    let mut pattern_chars = pattern.chars();
    match pattern_chars.next() {
        None => name.is_empty(),
        Some('%') => {
            let rest = pattern_chars.as_str();
            let mut starts = name.char_indices().map(|(at, _)| at).chain([name.len()]);
            starts.any(|at| is_like(&name[at..], rest))
        }
        Some(c) => {
            let expected = match c {
                '_' => None,
                '\\' => Some(pattern_chars.next().unwrap_or('\\')),
                c => Some(c),
            };
            let mut name = name.chars();
            name.next()
                .is_some_and(|found| expected.is_none_or(|expected| expected == found))
                && is_like(name.as_str(), pattern_chars.as_str())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_gives_what_it_names() {
        for (grant, is_given) in [
            ("GRANT ALL PRIVILEGES ON *.* TO `a`@`%`", true),
            ("GRANT SELECT, TRIGGER ON *.* TO `a`@`%`", true),
            ("GRANT SELECT, TRIGGER ON `shop`.* TO `a`", true),
            (
                "GRANT TRIGGER ON \"shop\".\"audit_log\" TO \"a\"@\"%\"",
                true,
            ),
            ("GRANT TRIGGER ON `sh%`.* TO `a`", true),
            ("GRANT TRIGGER ON `sho_`.* TO `a`", true),
            ("GRANT TRIGGER ON `%op%`.* TO `a`", true),
            ("GRANT TRIGGER ON `sho\\_`.* TO `a`", false),
            ("GRANT TRIGGER ON `other`.* TO `a`", false),
            ("GRANT TRIGGER ON `shop`.`users` TO `a`", false),
            ("GRANT SELECT ON *.* TO `a`@`%`", false),
            (
                "GRANT SELECT (`x, TRIGGER, y`) ON `shop`.`audit_log` TO `a`",
                false,
            ),
            (
                "GRANT SELECT (`a`), TRIGGER ON `shop`.`audit_log` TO `a`",
                true,
            ),
            ("GRANT `TRIGGER`@`%` TO `a`@`%`", false),
            ("GRANT TRIGGER ON `sh``op`.* TO `a`", false),
            (
                "GRANT EXECUTE ON PROCEDURE `shop`.`audit_log` TO `a`",
                false,
            ),
            ("REVOKE TRIGGER ON `shop`.* FROM `a`@`%`", false),
            ("SET DEFAULT ROLE `r` FOR `a`@`%`", false),
        ] {
            let found = gives(grant, "TRIGGER", "shop", "audit_log");
            assert_eq!(found, is_given, "{grant}");
        }
    }
}
