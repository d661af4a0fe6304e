//! The pipes of the guide, run as written.

use std::{
    env,
    io::{Read, Write, stderr},
    net::TcpListener,
    os::unix::fs::symlink,
    process::{Command, Output, Stdio},
    thread,
};

use audit_runtime::prelude::*;
use sea_orm::{ConnectionTrait, DbBackend};

use crate::{
    backend::{Database, on_every_backend},
    entities::{context, install},
    folder::Folder,
};

on_every_backend!(the_pipes_of_the_guide_work);

const GUIDE: &str = include_str!("../../../audit-runtime/src/guide/pipes.rs");
const ENTRIES: usize = 3;

async fn the_pipes_of_the_guide_work(database: &Database) {
    let (db, context) = (&database.db, context());
    install(db).await.unwrap();
    for _ in 0..ENTRIES {
        let refused = Event::new("LOGIN_FAILURE").on("User", "7").denied();
        db.audited(&context).record(refused).await.unwrap();
    }
    let [kafka, syslog, names] = &blocks("sh")[..] else {
        panic!("the guide has other pipes")
    };

    // kcat contains a mock broker for tests.
    let broker = "127.0.0.1:9 -X test.mock.num.brokers=1";
    if let Some(output) = piped(database, "kcat", &kafka.replace("broker:9092", broker)) {
        assert!(output.status.success(), "{output:?}");
    }

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let collector = listener.local_addr().unwrap().to_string();
    let sent = syslog.replace("collector:601", &collector);
    if is_there("socat") {
        let received = thread::spawn(move || {
            let mut text = String::new();
            let (mut line, _) = listener.accept().unwrap();
            line.read_to_string(&mut text).unwrap();
            text
        });
        let output = piped(database, "socat", &sent).unwrap();
        assert!(output.status.success(), "{output:?}");
        let received = received.join().unwrap();
        assert_eq!(received.lines().count(), ENTRIES, "{received}");
        for line in received.lines() {
            assert!(
                line.starts_with('<') && line.contains("LOGIN_FAILURE"),
                "{line}"
            );
        }
    }

    if let Some(output) = piped(database, "jq", names) {
        let counted = String::from_utf8(output.stdout).unwrap();
        let actor = context.actor().id();
        assert_eq!(counted.trim(), format!("{ENTRIES} {actor}"));
    }

    if database.backend() == DbBackend::Postgres {
        let [publication] = &blocks("sql")[..] else {
            panic!("the guide has other statements")
        };
        db.execute_unprepared(publication).await.unwrap();
    }
}

/// The blocks of the guide in a language.
fn blocks(language: &str) -> Vec<String> {
    let text: String = GUIDE
        .lines()
        .map(|line| line.trim_start_matches("//!").trim_start().to_owned() + "\n")
        .collect();
    let start = format!("```{language}\n");
    let parts = text.split(&start).skip(1);
    let blocks = parts.map(|part| part.split("```").next().unwrap().trim().to_owned());
    blocks.collect()
}

/// Runs a pipe without `--follow`, so that it ends. Returns `None` and reports it if the program is missing.
fn piped(database: &Database, program: &str, pipe: &str) -> Option<Output> {
    if !is_there(program) {
        let _ = writeln!(stderr(), "NOT RUN: there is no {program}");
        return None;
    }
    let folder = Folder::new();
    symlink(env!("CARGO_BIN_EXE_shop-audit"), folder.file("audit")).unwrap();
    let programs = folder.file("");
    let path = format!("{programs}:{}", env::var("PATH").unwrap());
    let output = Command::new("sh")
        .args(["-c", &pipe.replace(" --follow", "")])
        .stdin(Stdio::null())
        .env("PATH", path)
        .env("DATABASE_URL", database.url())
        .env("AUDIT_LOG_ID", "019aafe2-0c5b-7c6f-8f3e-0123456789ab")
        .output();
    Some(output.unwrap())
}

fn is_there(program: &str) -> bool {
    let found = Command::new("sh")
        .args(["-c", &format!("command -v {program}")])
        .output();
    let is_there = found.is_ok_and(|output| output.status.success());
    let is_required = env::var("CI").is_ok_and(|ci| ci == "true");
    assert!(is_there || !is_required, "there is no {program}");
    is_there
}
