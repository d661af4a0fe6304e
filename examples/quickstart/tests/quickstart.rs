//! Compares the output of the quickstart with the database file.

use std::{
    env, fs,
    path::PathBuf,
    process::{self, Command, Output},
};

use audit_runtime::audit_log;
use sea_orm::{Database, EntityTrait, PaginatorTrait};

#[test]
fn prints_the_story() {
    let output = text(quickstart(&[]));
    assert!(is_told(&output, "'john.smith'"), "{output}");
    assert_eq!(entries_printed(&output), 8, "{output}");
    for line in [
        "Id 1, Username 'john.smith', Role 'admin', Phone unknown: it is redacted",
        "Id 1, Username 'john.smith', Role 'user', Phone unknown: it is redacted",
        "User 1 has changed since entry 4: role",
        "Auditor 'ann' changed User 'backup' role from 'admin' to 'user'",
        "User 'john.smith': PROFILE_UPDATE on User 'john.smith', denied",
        "Admin 'john.smith': CUSTOMER_EXPORT",
    ] {
        assert!(output.contains(line), "{line} is not in {output}");
    }
}

#[test]
fn agrees_with_the_file_it_keeps() {
    let file = File::new("100% sure?.sqlite3");
    for entries in [8, 16] {
        let output = text(quickstart(&["--user", "eve", "--db", file.path()]));
        assert!(is_told(&output, "'eve'"), "{output}");
        assert_eq!(entries_printed(&output), entries, "{output}");
        assert_eq!(file.entries(), entries);
    }
}

#[test]
fn no_name_forges_a_line() {
    let name = "o'hara\nAdmin 'jane.doe' changed User 'bob' role from 'user' to 'admin'";
    let output = text(quickstart(&["--user", name]));
    assert!(
        is_told(
            &output,
            r"'o\'hara\\u{a}Admin \'jane.doe\' changed User \'bob\' role from \'user\' to \'admin\'' (1)"
        ),
        "{output}"
    );
    assert!(!is_told(&output, "'bob'"), "{output}");
}

#[test]
fn wrong_arguments_are_told_the_usage() {
    for (arguments, problem) in [
        (&["--databse", "f"][..], "invalid option '--databse'"),
        (&["f"], "unexpected argument \"f\""),
        (&["--db"], "missing argument for option '--db'"),
        (&["--user", " "], "--user needs a name"),
    ] {
        let output = quickstart(arguments);
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{message}");
        assert!(message.contains(problem), "{message}");
        assert!(message.contains("usage: quickstart"), "{message}");
    }
}

#[test]
fn help_is_no_error() {
    assert!(text(quickstart(&["--help"])).starts_with("usage: quickstart"));
}

#[test]
fn a_file_that_cannot_be_opened_is_an_error() {
    let output = quickstart(&["--db", "no/such/directory/f.sqlite3"]);
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(message.starts_with("quickstart: "), "{message}");
    assert!(
        message.contains("unable to open database file"),
        "{message}"
    );
}

fn quickstart(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_quickstart"))
        .args(arguments)
        .output()
        .unwrap()
}

fn text(output: Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Whether the output has a line for the grant and one for its end.
fn is_told(output: &str, user: &str) -> bool {
    let ends = |end: String| output.lines().any(|line| line.ends_with(&end));
    ends(format!(
        "Admin 'jane.doe' changed User {user} role from 'user' to 'admin'"
    )) && ends(format!(
        "Admin 'jane.doe' changed User {user} role from 'admin' to 'user'"
    ))
}

/// Parses "8 entries in audit_log."
fn entries_printed(output: &str) -> u64 {
    let line = output.lines().last().unwrap();
    let (count, rest) = line.split_once(' ').unwrap();
    assert_eq!(rest, "entries in audit_log.");
    count.parse().unwrap()
}

/// A database file that is removed after the test.
struct File(PathBuf);

impl File {
    fn new(name: &str) -> Self {
        Self(env::temp_dir().join(format!("quickstart {} {name}", process::id())))
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }

    #[tokio::main]
    async fn entries(&self) -> u64 {
        let file = self.path().replace('%', "%25").replace('?', "%3F");
        let db = Database::connect(format!("sqlite://{file}?mode=ro"))
            .await
            .unwrap();
        audit_log::Entity::find().count(&db).await.unwrap()
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}
