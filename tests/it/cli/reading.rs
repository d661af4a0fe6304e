//! Searches of the log, and their output.

use std::{
    fs,
    io::{BufRead, BufReader},
    process::Stdio,
};

use audit_runtime::{Outcome, prelude::*};
use serde_json::json;

use super::{audit, command, lines, printed, refused};
use crate::{
    backend::{Database, on_every_backend},
    entities::{context, entries, install, new_user, user},
};

on_every_backend!(
    an_investigation,
    the_session_of_the_readme,
    the_arguments_of_a_search,
    a_state_is_what_entries_tell,
    what_follows_is_shown_as_it_comes,
    hostile_values_stay_on_their_line,
    wrong_arguments_are_said,
);

/// A stolen account makes eve an admin, and then a user again.
async fn told(database: &Database) -> i32 {
    let db = &database.db;
    install(db).await.unwrap();
    let visitor = AuditContext::new(Actor::anonymous()).ip([198, 51, 100, 7]);
    let eve = db.audited(&visitor).insert(new_user("eve")).await.unwrap();
    let failure = Event::new("LOGIN_FAILURE").on("User", eve.id.to_string());
    db.audited(&visitor).record(failure.failed()).await.unwrap();
    let jane = Actor::new("User", 7).named("jane.doe").role("Admin");
    let jane = AuditContext::new(jane)
        .ip([203, 0, 113, 9])
        .reason("it's urgent");
    for role in ["admin", "user"] {
        let patch = user::AdminPatch::new().role(role);
        db.audited(&jane).update(eve.id, patch).await.unwrap();
    }
    eve.id
}

async fn an_investigation(database: &Database) {
    let eve = told(database).await.to_string();
    let history = printed(database, &["history", "User", &eve, "--format", "text"]);
    let sentences: Vec<_> = history
        .lines()
        .map(|line| line.split_once("Z  #").unwrap().1)
        .collect();
    let roles = |from, to| {
        format!(
            "Admin 'jane.doe' changed User 'eve' role from '{from}' to '{to}'  from 203.0.113.9  because 'it\\'s urgent'"
        )
    };
    assert!(sentences[0].starts_with("1  Anonymous created User 'eve' with "));
    assert_eq!(
        sentences[1],
        format!("2  Anonymous: LOGIN_FAILURE on User '{eve}', failed  from 198.51.100.7")
    );
    assert_eq!(sentences[2], format!("3  {}", roles("user", "admin")));
    assert_eq!(sentences[3], format!("4  {}", roles("admin", "user")));
    assert!(!history.contains('\u{1b}'), "no colours without a terminal");

    let of_jane = lines(database, &["who", "User:7"]);
    let ids: Vec<_> = of_jane.iter().map(|entry| &entry["id"]).collect();
    assert_eq!(ids, [4, 3], "the newest first");
    assert_eq!(of_jane[1]["diff"][0]["after"], "admin");
    assert_eq!(of_jane[1]["source"]["ip"], "203.0.113.9");
}

/// Each command prints the lines that follow it, except for the times.
async fn the_session_of_the_readme(database: &Database) {
    told(database).await;
    let readme = fs::read_to_string("../README.md").unwrap();
    let (_, session) = readme.split_once("```console\n$ export ").unwrap();
    let (session, _) = session.split_once("\n```").unwrap();
    let commands: Vec<_> = session.split("\n$ audit ").skip(1).collect();
    assert_eq!(commands.len(), 3);
    for command in commands {
        let (command, expected) = command.split_once('\n').unwrap();
        let arguments: Vec<_> = command.split(' ').chain(["--format", "text"]).collect();
        let printed = printed(database, &arguments);
        let untimed = |text: &str| {
            let lines = text.lines().map(|line| line.split_once("Z  #").unwrap().1);
            lines.map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(untimed(&printed), untimed(expected), "{command}");
    }
}

async fn the_arguments_of_a_search(database: &Database) {
    let eve = told(database).await.to_string();
    let all = entries(&database.db).await;
    let first = &all[0];
    let changeset = first.changeset_id.to_string();
    let after_all = "2999-01";
    for (arguments, expected) in [
        (&["log"][..], &[4, 3, 2, 1][..]),
        (&["log", "-n", "2"], &[4, 3]),
        (&["log", "-n", "0"], &[4, 3, 2, 1]),
        (&["log", "--type", "User"], &[4, 3, 2, 1]),
        (&["log", "--type", "User", "--id", &eve], &[4, 3, 2, 1]),
        (&["log", "--type", "Order"], &[]),
        (&["log", "--action", "LOGIN_FAILURE"], &[2]),
        (&["log", "--by", "User:7"], &[4, 3]),
        (&["log", "--by", "User:7", "--outcome", "failure"], &[]),
        (&["log", "--type", "User", "--outcome", "FAILURE"], &[2]),
        (&["log", "--changeset", &changeset], &[1]),
        (&["log", "--since", "-1d", "--ip", "198.51.100.7"], &[2, 1]),
        (&["log", "--since", after_all], &[]),
        (&["log", "--until", after_all], &[4, 3, 2, 1]),
        (&["tail", "-n", "3"], &[2, 3, 4]),
        (&["tail", "--action", "UPDATE"], &[3, 4]),
    ] {
        let found = lines(database, arguments);
        let ids: Vec<_> = found
            .iter()
            .map(|entry| entry["id"].as_i64().unwrap())
            .collect();
        assert_eq!(ids, expected, "{arguments:?}");
    }
    let output = audit(database, &["log", "-n", "2"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said, "there are more than 2 entries: -n 0 shows all\n");

    let csv = printed(database, &["log", "--format", "csv"]);
    assert_eq!(
        csv.lines().count(),
        5,
        "a header, and a line for each: {csv}"
    );
    assert_eq!(first.outcome, Outcome::Success);
}

async fn a_state_is_what_entries_tell(database: &Database) {
    let eve = told(database).await.to_string();
    let all = entries(&database.db).await;
    let at = |index: usize| all[index].timestamp.to_rfc3339();
    let state = |at: &str| lines(database, &["history", "User", &eve, "--at", at]).remove(0);

    let admin = state(&at(2));
    assert_eq!(admin["exists"], true);
    assert_eq!(admin["known"]["role"], "admin");
    assert_eq!(admin["known"]["username"], "eve");
    assert_eq!(admin["unknown"], json!(["password_hash", "phone"]));
    assert_eq!(state(&at(3))["known"]["role"], "user");
    assert_eq!(state("2001-01"), json!({ "exists": false }));
    assert_eq!(
        lines(database, &["history", "User", "nobody", "--at", "2026-01"]),
        [json!({ "exists": null })]
    );
    let text = ["history", "User", &eve, "--at", &at(2), "--format", "text"];
    assert!(printed(database, &text).contains("role: \"admin\"\n"));
}

async fn what_follows_is_shown_as_it_comes(database: &Database) {
    let db = &database.db;
    told(database).await;
    let mut following = command(&["log", "--follow", "-n", "1"])
        .env("DATABASE_URL", database.url())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(following.stdout.take().unwrap()).lines();
    let mut next = || {
        let line: serde_json::Value =
            serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
        line["id"].as_i64().unwrap()
    };
    assert_eq!(next(), 4);
    let context = context();
    for id in 5..8 {
        db.audited(&context)
            .record(Event::new("SAID"))
            .await
            .unwrap();
        assert_eq!(next(), id);
    }
    following.kill().unwrap();
    following.wait().unwrap();
}

async fn hostile_values_stay_on_their_line(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let hostile = "\u{1b}[2J\r\nadmin\u{202e}'; -- \u{9b}31m";
    let context = AuditContext::new(Actor::new("Admin", hostile).named(hostile)).reason(hostile);
    let eve = db
        .audited(&context)
        .insert(new_user(hostile))
        .await
        .unwrap();
    for format in ["text", "jsonl", "ocsf", "cloudevents", "syslog"] {
        let printed = printed(database, &["log", "--format", format]);
        assert_eq!(printed.lines().count(), 1, "{format}: {printed:?}");
        // A syslog message contains the data unchanged, except for line ends.
        let turns = |char: char| char == '\u{202e}' && format != "syslog";
        let is_hostile = |char: char| char.is_control() && char != '\n' || turns(char);
        assert!(!printed.contains(is_hostile), "{format}: {printed:?}");
    }
    let state = [
        "history",
        "User",
        &eve.id.to_string(),
        "--at",
        "2999-01",
        "--format",
        "text",
    ];
    let printed = printed(database, &state);
    assert!(
        !printed.contains(['\u{1b}', '\u{202e}', '\r']),
        "{printed:?}"
    );
}

async fn wrong_arguments_are_said(database: &Database) {
    for (arguments, said) in [
        (
            &["history", "User", "7"][..],
            "there is no audit log: run `audit install`",
        ),
        (
            &["log", "--since", "yesterday"],
            "write a time as 2026-03-01T09:30:00Z",
        ),
        (&["log", "--id", "7"], "--type <TYPE>"),
        (
            &["log", "--outcome", "fine"],
            "write SUCCESS, DENIED or FAILURE",
        ),
        (&["who", "jane"], "write KIND:ID, such as Admin:7"),
        (&["hold", "release", "1"], "--reason <REASON>"),
    ] {
        let (code, message) = refused(audit(database, arguments));
        assert!(message.contains(said), "{arguments:?}: {message}");
        let expected = if said.contains("install") { 3 } else { 2 };
        assert_eq!(code, expected, "{message}");
    }
    printed(database, &["install"]);
    let (code, message) = refused(audit(database, &["log", "--ip", "203.0.113.9"]));
    assert_eq!(code, 2);
    assert!(
        message.starts_with("audit: no index serves a search by ip alone"),
        "{message}"
    );
}

#[test]
fn a_password_is_never_shown() {
    let place = "127.0.0.1:1/shop";
    for scheme in ["postgres", "mysql"] {
        let url = format!("{scheme}://me:s3cret@{place}?password=hidden");
        for arguments in [&["log"][..], &["--help"], &["log", "--nonsense"]] {
            let output = command(arguments)
                .env("DATABASE_URL", &url)
                .output()
                .unwrap();
            let all = [output.stdout, output.stderr].concat();
            let all = String::from_utf8(all).unwrap();
            assert!(!all.contains("s3cret") && !all.contains("hidden"), "{all}");
            if arguments == ["log"] {
                assert_eq!(output.status.code(), Some(3));
                let expected = format!("audit: {scheme}://{place} is not reachable: ");
                assert!(all.starts_with(&expected), "{all}");
            }
        }
    }
    let (code, message) = refused(command(&["log"]).output().unwrap());
    assert_eq!(code, 2);
    assert_eq!(
        message,
        "audit: which database? Give its --url, or set DATABASE_URL\n"
    );
}

#[test]
fn shells_and_man_get_what_they_need() {
    for (arguments, said) in [
        (&["completions", "bash"][..], "complete"),
        (&["completions", "zsh"], "#compdef audit"),
        (&["man"], ".TH audit 1"),
        (
            &["install", "--print", "postgres"],
            "CREATE TABLE IF NOT EXISTS \"audit_log\"",
        ),
    ] {
        let output = command(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        let printed = String::from_utf8(output.stdout).unwrap();
        assert!(printed.contains(said), "{arguments:?}");
    }
}
