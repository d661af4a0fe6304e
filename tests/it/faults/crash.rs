//! Crashes: the process dies at every statement, before it is sent and after it is done.

use std::{
    env,
    process::{Command, Stdio},
};

use super::{
    bench::{Bench, one_connection},
    faulty::{Fault, Faulty, Strike},
    operations::{Prepared, operations, prepare},
    progress::progress,
    variants::{Without, repair, set_role},
};
use crate::{
    backend::{Database, on_every_backend, patient},
    entities::entries,
    invariants::assert_none,
};

on_every_backend!(
    a_process_that_dies_leaves_all_or_nothing,
    crashes_show_what_is_missing,
);

/// The task of the dying process: database, operation, point, rows.
const TASK: &str = "AUDIT_TEST_CRASH";

async fn a_process_that_dies_leaves_all_or_nothing(database: &Database) {
    let bench = Bench::new(database).await;
    let mut run = 0;
    let all = operations(database.backend());
    let count = all.len();
    for (index, (operation, plan)) in all.into_iter().enumerate() {
        progress("crash", database, (operation, plan), index, count);
        bench.renew().await;
        let mut reached = 0;
        loop {
            run += 1;
            let rows = prepare(&bench.observer, run).await.unwrap();
            let before = entries(&bench.observer).await.len();
            let survived = die(database, &format!("{index} {reached} {run}"), &rows);
            bench.settle().await;
            let outcome = survived.then_some(Ok(()));
            let found = bench
                .judge(outcome.as_ref(), before, operation.entries())
                .await;
            assert_none(&found, &format!("{operation:?} {plan:?} at {reached}"));
            if survived {
                break;
            }
            reached += 1;
        }
        println!(
            "{:?} {operation:?} {plan:?}: died at 0 to {reached}",
            database.backend()
        );
        assert!(reached > 1);
    }
}

async fn crashes_show_what_is_missing(database: &Database) {
    let bench = Bench::new(database).await;
    let rows = prepare(&bench.observer, 0).await.unwrap();
    for (without, name, is_seen) in [
        (Without::Nothing, "nothing", false),
        (Without::Transaction, "transaction", true),
        (Without::Order, "order", true),
    ] {
        let mut seen = false;
        for point in 0.. {
            let survived = die(database, &format!("{name} {point} 0"), &rows);
            bench.settle().await;
            seen |= !bench.violations().await.is_empty();
            if survived {
                break;
            }
        }
        assert_eq!(seen, is_seen, "without {without:?}");
        repair(&bench.observer, rows.user.id).await;
    }
}

/// Runs [`dying_process`] in a separate process. Returns whether it completed its operation.
fn die(database: &Database, task: &str, rows: &Prepared) -> bool {
    let task = format!(
        "{task} {} {} {}",
        rows.user.id,
        rows.document.revision,
        database.url()
    );
    let status = Command::new(env::current_exe().unwrap())
        .args(["--exact", "faults::crash::dying_process", "--nocapture"])
        .env(TASK, task)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    // A panic would exit with a code.
    assert!(
        status.success() || status.code().is_none(),
        "the process did not die as it was to"
    );
    status.success()
}

/// Not a test: the process that [`die`] starts. Without a task it does nothing.
#[test]
fn dying_process() {
    let Ok(task) = env::var(TASK) else { return };
    let parts: Vec<_> = task.splitn(6, ' ').collect();
    let [what, point, run, user, revision, url] = parts[..] else {
        panic!("{task}")
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let mut options = patient(url);
        one_connection(&mut options);
        let inner = sea_orm::Database::connect(options).await.unwrap();
        let id: i32 = user.parse().unwrap();
        let rows = prepared(&inner, id, run, revision).await;
        let fault = Fault::at(point.parse().unwrap(), Strike::Abort);
        let db = Faulty { inner, fault };
        let without = match what {
            "nothing" => Without::Nothing,
            "transaction" => Without::Transaction,
            "order" => Without::Order,
            index => {
                let all = operations(db.inner.get_database_backend());
                let (operation, plan) = all[index.parse::<usize>().unwrap()];
                return operation.run(plan, db, rows).await.unwrap();
            }
        };
        set_role(&db, id, &format!("role {what} {point}"), without)
            .await
            .unwrap();
    });
}

async fn prepared(
    db: &sea_orm::DatabaseConnection,
    id: i32,
    run: &str,
    revision: &str,
) -> Prepared {
    use sea_orm::EntityTrait;

    use crate::entities::{document, user};

    let run = run.parse().unwrap();
    Prepared {
        user: user::Entity::find_by_id(id).one(db).await.unwrap().unwrap(),
        document: document::Model {
            id: format!("document {run}"),
            title: "title".to_owned(),
            revision: revision.parse().unwrap(),
        },
        run,
    }
}
