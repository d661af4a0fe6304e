//! The process of a worker dies at every poll of a step.

use std::{
    env, fs,
    pin::pin,
    process::{Command, Stdio, abort},
    task::Poll,
};

use audit_runtime::feed::{self, Feed, JsonLines, RotatedFile};
use serde_json::Value as Json;

use super::support::{drain, expire, ids, installed, record, started};
use crate::backend::{Database, on_every_backend, patient};

on_every_backend!(workers_that_are_killed_lose_nothing);

/// The task of the dying process: the number of polls, the file and the database.
const TASK: &str = "AUDIT_TEST_FEED";

async fn workers_that_are_killed_lose_nothing(database: &Database) {
    let (db, log) = installed(database).await;
    let _ = started(&db, log).await;
    let folder = env::temp_dir().join(format!("audit_test_killed_{log}"));
    fs::create_dir(&folder).unwrap();
    let path = folder.join("audit.jsonl");
    let mut polls = 0;
    loop {
        record(&db, 3).await;
        expire(&db).await;
        let task = format!("{polls} {} {}", path.display(), database.url());
        let status = Command::new(env::current_exe().unwrap())
            .args(["--exact", "feed::killed::dying_worker", "--nocapture"])
            .env(TASK, task)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap();
        // A panic would exit with a code.
        assert!(status.success() || status.code().is_none(), "{status}");
        if status.success() {
            break;
        }
        polls += 1;
    }
    expire(&db).await;
    let mut last = feed(log, &path);
    drain(&mut last, &db).await;

    let text = fs::read_to_string(&path).unwrap();
    fs::remove_dir_all(&folder).unwrap();
    let (mut lines, mut kept) = (0, Vec::new());
    for line in text.lines() {
        let line: Json = serde_json::from_str(line).unwrap();
        let id = line["id"].as_i64().unwrap();
        if kept.last().is_none_or(|last| *last < id) {
            kept.push(id);
        }
        lines += 1;
    }
    println!(
        "{:?}: killed {polls} times, {lines} lines, {} kept",
        database.server(),
        kept.len()
    );
    assert_eq!(kept, ids(&db).await);
    assert!(polls > 3);
}

fn feed(log: uuid::Uuid, path: impl Into<std::path::PathBuf>) -> Feed<RotatedFile<JsonLines>> {
    let sink = RotatedFile::new(JsonLines::new(log), path);
    super::support::feed(log, sink).batch(4, 1 << 20)
}

/// Not a test: the process that the test above starts. Without a task it does nothing.
#[test]
fn dying_worker() {
    let Ok(task) = env::var(TASK) else { return };
    let parts: Vec<_> = task.splitn(3, ' ').collect();
    let [polls, path, url] = parts[..] else {
        panic!("{task}")
    };
    let polls: usize = polls.parse().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let db = sea_orm::Database::connect(patient(url)).await.unwrap();
        let log = feed::log_id(&db).await.unwrap();
        let mut feed = feed(log, path);
        let mut step = pin!(feed.step(&db));
        let mut polled = 0;
        std::future::poll_fn(|context| {
            if polled == polls {
                abort();
            }
            polled += 1;
            match step.as_mut().poll(context) {
                Poll::Ready(step) => {
                    step.unwrap();
                    Poll::Ready(())
                }
                Poll::Pending => Poll::Pending,
            }
        })
        .await;
        if polled == polls {
            abort();
        }
    });
}
