//! The stack that a write to a wide entity needs: at most 1.5 times that of plain SeaORM.

mod operations;
mod wide;

use std::{
    env,
    fmt::Write,
    process::{Command, Stdio},
    thread,
};

use sea_orm::DatabaseConnection;
use tokio::runtime;

use crate::{
    backend::{Database, on_every_backend, patient},
    entities::create_table,
};
use operations::{IDS, Plain, Task, prepare, tasks};

on_every_backend!(no_write_needs_much_more_stack_than_plain_seaorm);

/// The task of the process that may overflow its stack: the size of the stack, the first id, the numbers of the tasks,
/// and the database.
const TASKS: &str = "AUDIT_TEST_STACK";
/// If set, the need of each task is printed, and not only an excess.
const PRINT: &str = "AUDIT_TEST_STACK_PRINT";

async fn no_write_needs_much_more_stack_than_plain_seaorm(database: &Database) {
    audit_runtime::schema::install(&database.db).await.unwrap();
    create_table(&database.db, wide::entity::Entity)
        .await
        .unwrap();
    let tasks = tasks(database.backend());
    let mut processes = Processes {
        url: database.url(),
        next_id: 0,
    };
    let mut report = String::new();
    for plain in [Plain::Insert, Plain::Update, Plain::Delete] {
        let like_it = (0..tasks.len()).filter(|task| tasks[*task].plain() == plain);
        let (measures, audited): (Vec<_>, Vec<_>) =
            like_it.partition(|task| matches!(tasks[*task], Task::Plain(_)));
        let needed = processes.least(measures[0]);
        println!(
            "{:?} {plain:?}: {} KiB",
            database.server(),
            needed * STEP / 1024
        );
        let allowed = needed * 3 / 2;
        let is_printed = env::var(PRINT).is_ok();
        if !is_printed && processes.survive(&audited, allowed) {
            continue;
        }
        for task in audited {
            let least = processes.least(task);
            let ratio = least as f64 / needed as f64;
            println!("{:?} {:?}: {ratio:.2}", database.server(), tasks[task]);
            if least > allowed {
                writeln!(report, "{:?}: {ratio:.2} times plain", tasks[task]).unwrap();
            }
        }
    }
    assert!(report.is_empty(), "{report}");
}

/// The unit of stack sizes.
const STEP: usize = 32 * 1024;
/// More than any task needs.
const ENOUGH: usize = 512;

struct Processes<'a> {
    url: &'a str,
    next_id: i32,
}

impl Processes<'_> {
    /// The smallest stack, in steps, on which a task completes.
    fn least(&mut self, task: usize) -> usize {
        let (mut too_little, mut enough) = (1, ENOUGH);
        assert!(self.survive(&[task], enough), "it fails on any stack");
        while enough - too_little > 1 {
            let between = (too_little + enough) / 2;
            if self.survive(&[task], between) {
                enough = between;
            } else {
                too_little = between;
            }
        }
        enough
    }

    /// Whether all these tasks complete. They run in a separate process, because a stack overflow kills it.
    fn survive(&mut self, tasks: &[usize], steps: usize) -> bool {
        let numbers: Vec<_> = tasks.iter().map(usize::to_string).collect();
        let task = format!(
            "{steps} {} {} {}",
            self.next_id,
            numbers.join(","),
            self.url
        );
        self.next_id += IDS * tasks.len() as i32;
        let output = Command::new(env::current_exe().unwrap())
            .args(["--exact", "stack::process", "--nocapture"])
            .env(TASKS, task)
            .stdout(Stdio::null())
            .output()
            .unwrap();
        // A panic would exit with a code.
        assert!(
            output.status.success() || output.status.code().is_none(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        output.status.success()
    }
}

/// Not a test: the process that [`Processes`] starts. Without a task it does nothing.
#[test]
fn process() {
    let Ok(task) = env::var(TASKS) else { return };
    let parts: Vec<_> = task.splitn(4, ' ').collect();
    let [steps, first_id, numbers, url] = parts[..] else {
        panic!("{task}")
    };
    let steps: usize = steps.parse().unwrap();
    let first_id: i32 = first_id.parse().unwrap();
    let numbers: Vec<usize> = numbers.split(',').map(|at| at.parse().unwrap()).collect();
    on_stack(ENOUGH, async || {
        let db = connect(url).await;
        for (id, _) in (first_id..).step_by(IDS as usize).zip(&numbers) {
            prepare(&db, id).await;
        }
        db.close().await.unwrap();
    });
    on_stack(steps, async || {
        let db = connect(url).await;
        let all = tasks(db.get_database_backend());
        for (id, number) in (first_id..).step_by(IDS as usize).zip(&numbers) {
            all[*number].run(&db, id).await;
        }
        db.close().await.unwrap();
    });
}

fn on_stack(steps: usize, work: impl AsyncFnOnce() + Send) {
    thread::scope(|scope| {
        let thread = thread::Builder::new().stack_size(steps * STEP);
        let thread = thread.spawn_scoped(scope, || {
            let runtime = runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(work());
        });
        thread.unwrap().join().unwrap();
    });
}

/// A pool with a second connection, for reads during a unit.
async fn connect(url: &str) -> DatabaseConnection {
    let mut options = patient(url);
    options.max_connections(2);
    sea_orm::Database::connect(options).await.unwrap()
}
