//! A line of `SHOW GRANTS`.

/// Rights on a table, or on the database or the server that it is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Grant {
    /// The names of the rights; that on a column is `UPDATE (action)`.
    pub(crate) rights: Vec<String>,
    /// The table, the database or the server, as a statement names it.
    pub(crate) place: String,
    /// The account, the role or `PUBLIC`, as a statement names it.
    pub(crate) grantee: String,
}

impl Grant {
    /// Reads a line that is about this table.
    pub(super) fn on_table(line: &str, database: &str, table: &str) -> Option<Self> {
        let (privileges, rest) = line.strip_prefix("GRANT ")?.split_once(" ON ")?;
        let after = after_place(rest, database, table)?;
        Some(Self {
            rights: rights(privileges),
            place: rest[..rest.len() - after.len()].to_owned(),
            grantee: grantee(after.strip_prefix(" TO ")?)?,
        })
    }

    /// Whether it gives a privilege on the whole table.
    pub(super) fn gives(&self, privilege: &str) -> bool {
        let is_it = |right: &String| [privilege, "ALL PRIVILEGES"].contains(&&**right);
        self.rights.iter().any(is_it)
    }
}

/// A name in backticks, which every `sql_mode` accepts.
pub(crate) fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

fn rights(privileges: &str) -> Vec<String> {
    let mut depth = 0;
    let between = |c: char| {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        c == ',' && depth == 0
    };
    let mut rights = Vec::new();
    for right in privileges.split(between) {
        let Some((right, columns)) = right.split_once('(') else {
            rights.push(right.trim().to_owned());
            continue;
        };
        let columns = columns.trim_end_matches(')').split(',');
        rights.extend(columns.map(|column| {
            let column = column.trim().trim_matches(['`', '"']);
            format!("{} ({column})", right.trim())
        }));
    }
    rights
}

/// The text after the place, if the place contains the table.
fn after_place<'a>(text: &'a str, database: &str, table: &str) -> Option<&'a str> {
    let (on_database, rest) = name(text)?;
    let (on_table, after) = name(rest.strip_prefix('.')?)?;
    let is_there = match (on_database, on_table) {
        (None, None) => true,
        (Some(pattern), None) => is_like(database, &pattern),
        (Some(name), Some(on_table)) => name == database && on_table == table,
        (None, Some(_)) => false,
    };
    is_there.then_some(after)
}

fn grantee(text: &str) -> Option<String> {
    if text.starts_with("PUBLIC") {
        return Some("PUBLIC".to_owned());
    }
    let (user, rest) = name(text)?;
    let user = quoted(&user?);
    match rest.strip_prefix('@').and_then(name) {
        Some((host, _)) => Some(format!("{user}@{}", quoted(&host?))),
        None => Some(user),
    }
}

/// The name at the start of a text, `None` for `*`, and the rest.
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

/// Matches like LIKE, because a privilege on databases has a pattern.
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
            let found = Grant::on_table(grant, "shop", "audit_log");
            let found = found.is_some_and(|found| found.gives("TRIGGER"));
            assert_eq!(found, is_given, "{grant}");
        }
    }
    #[test]
    fn a_grant_is_read_whole() {
        for (line, rights, place, grantee) in [
            (
                "GRANT SELECT, UPDATE (`action`, \"kind\"), DELETE ON `shop`.`audit_log` TO `a`@`%` WITH GRANT OPTION",
                "SELECT, UPDATE (action), UPDATE (kind), DELETE",
                "`shop`.`audit_log`",
                "`a`@`%`",
            ),
            (
                "GRANT DROP ON `sho_`.* TO `a``b`",
                "DROP",
                "`sho_`.*",
                "`a``b`",
            ),
            (
                "GRANT ALL PRIVILEGES ON *.* TO \"a\"@\"localhost\" REQUIRE SSL",
                "ALL PRIVILEGES",
                "*.*",
                "`a`@`localhost`",
            ),
            (
                "GRANT DELETE ON `shop`.* TO PUBLIC",
                "DELETE",
                "`shop`.*",
                "PUBLIC",
            ),
        ] {
            let found = Grant::on_table(line, "shop", "audit_log").unwrap();
            assert_eq!(found.rights.join(", "), rights, "{line}");
            assert_eq!(found.place, place, "{line}");
            assert_eq!(found.grantee, grantee, "{line}");
        }
    }
}
