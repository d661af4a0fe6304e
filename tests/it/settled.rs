//! The id up to which no further entry can appear.

mod gaps;

use std::{collections::BTreeSet, time::Duration};

use audit_runtime::{
    audit_log, schema,
    settled::{Blocker, Horizon},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseConnection, DbBackend, EntityTrait,
    QueryFilter, QueryOrder, QuerySelect, TransactionTrait,
};
use tokio::{sync::watch, task::JoinSet};
use uuid::Uuid;

use crate::backend::{Database, Server, on_every_backend, run};

on_every_backend!(
    a_late_commit_is_waited_for,
    a_rollback_is_not,
    nothing_appears_below_under_load,
    other_transactions_are_not_waited_for
);

async fn a_late_commit_is_waited_for(database: &Database) {
    let db = installed(database).await;
    let mut horizon = Horizon::after(0);
    assert_eq!(horizon.look(&db).await.unwrap(), 0);
    if database.backend() == DbBackend::Sqlite {
        let id = insert(&db).await;
        assert_eq!(horizon.look(&db).await.unwrap(), id);
        return;
    }

    let early = db.begin().await.unwrap();
    let first = insert(&early).await;
    let second = insert(&db).await;
    // A cursor by id has read the second entry, and skipped the first.
    assert_eq!(ids(&db, 0, i64::MAX).await, [second]);

    for _ in 0..3 {
        assert!(horizon.look(&db).await.unwrap() < first);
        let [blocker] = horizon.blockers() else {
            panic!("{:?}", horizon.blockers())
        };
        match database.backend() {
            DbBackend::Postgres => assert!(matches!(blocker, Blocker::Session { .. })),
            _ => assert_eq!(*blocker, Blocker::Uncommitted { entry: first }),
        }
    }
    early.commit().await.unwrap();
    assert_eq!(horizon.look(&db).await.unwrap(), second);
    assert_eq!(horizon.settled(), second);
    assert_eq!(horizon.blockers(), []);
    assert_eq!(ids(&db, 0, second).await, [first, second]);
}

async fn a_rollback_is_not(database: &Database) {
    let db = installed(database).await;
    let mut horizon = Horizon::after(0).patience(Duration::ZERO);
    let lost = db.begin().await.unwrap();
    insert(&lost).await;
    lost.rollback().await.unwrap();
    let kept = insert(&db).await;
    assert_eq!(horizon.look(&db).await.unwrap(), kept);
    assert_eq!(horizon.blockers(), []);
}

async fn other_transactions_are_not_waited_for(database: &Database) {
    if database.backend() == DbBackend::Sqlite {
        // On SQLite, a reader may block a writer, and there is nothing to wait for.
        return;
    }
    let db = installed(database).await;
    let other = db.begin().await.unwrap();
    for statement in [
        "CREATE TEMPORARY TABLE mine (id integer)",
        "INSERT INTO mine VALUES (1)",
        "SELECT * FROM audit_log",
    ] {
        other.execute_unprepared(statement).await.unwrap();
    }
    let id = insert(&db).await;
    assert_eq!(Horizon::after(0).look(&db).await.unwrap(), id);
    other.rollback().await.unwrap();
}

/// Concurrent writers that roll back and write several entries, and two readers: by horizon, and by the highest id.
async fn nothing_appears_below_under_load(database: &Database) {
    const WRITERS: u64 = 6;
    const ROUNDS: u64 = 150;
    let db = installed(database).await;
    let (done, is_done) = watch::channel(false);
    let (last, mut wrong_last) = watch::channel(0);

    let by_horizon = Reader::new(&db, is_done.clone());
    let reader = tokio::spawn(by_horizon.read(true));
    let by_id = Reader {
        last,
        ..Reader::new(&db, is_done)
    };
    let wrong_reader = tokio::spawn(by_id.read(false));
    if database.backend() != DbBackend::Sqlite {
        let late = db.begin().await.unwrap();
        insert(&late).await;
        let early = insert(&db).await;
        wrong_last.wait_for(|last| *last >= early).await.unwrap();
        late.commit().await.unwrap();
    }
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let db = db.clone();
        writers.spawn(async move {
            for round in 0..ROUNDS {
                let transaction = db.begin().await.unwrap();
                for _ in 0..=(writer + round) % 3 {
                    insert(&transaction).await;
                }
                // A different amount of work each time.
                for _ in 0..(writer * 7 + round * 5) % 23 {
                    transaction.execute_unprepared("SELECT 1").await.unwrap();
                }
                match (writer + round) % 10 {
                    0 => transaction.rollback().await.unwrap(),
                    _ => transaction.commit().await.unwrap(),
                }
            }
        });
    }
    writers.join_all().await;
    done.send(true).unwrap();

    let all: BTreeSet<_> = ids(&db, 0, i64::MAX).await.into_iter().collect();
    let read = reader.await.unwrap();
    assert!(read.is_sorted());
    assert_eq!(read, all.iter().copied().collect::<Vec<_>>());
    let wrong = wrong_reader.await.unwrap().len();
    println!(
        "{:?}: {} committed, {} by the horizon, {wrong} by the highest id",
        database.server(),
        all.len(),
        read.len()
    );
    if database.backend() != DbBackend::Sqlite {
        assert!(wrong < all.len(), "the highest id must be seen to lose");
    }
}

struct Reader {
    db: DatabaseConnection,
    /// Whether writing has ended.
    done: watch::Receiver<bool>,
    /// The last id that it has read.
    last: watch::Sender<i64>,
}

impl Reader {
    fn new(db: &DatabaseConnection, done: watch::Receiver<bool>) -> Self {
        Self {
            db: db.clone(),
            done,
            last: watch::Sender::new(0),
        }
    }

    async fn read(self, by_horizon: bool) -> Vec<i64> {
        // Longer than a busy machine needs to insert a row. Otherwise, speed would decide whether an entry is missed.
        let mut horizon = Horizon::after(0).patience(Duration::from_secs(5));
        let (mut last, mut read) = (0, Vec::new());
        loop {
            let was_done = *self.done.borrow();
            let until = if by_horizon {
                horizon.look(&self.db).await.unwrap()
            } else {
                i64::MAX
            };
            let new = ids(&self.db, last, until).await;
            last = new.last().copied().unwrap_or(last);
            self.last.send_replace(last);
            read.extend(new);
            let is_behind = by_horizon && !horizon.blockers().is_empty();
            if was_done && !is_behind {
                return read;
            }
        }
    }
}

#[test]
fn a_slow_trigger_is_waited_for() {
    run(Server::Postgres, async |database: &Database| {
        let db = installed(database).await;
        // The entry has its id, but no transaction id yet.
        database
            .execute(
                "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$
                 BEGIN PERFORM pg_advisory_xact_lock(NEW.kind); RETURN NEW; END $$",
            )
            .await;
        database
            .execute("CREATE TRIGGER slow BEFORE INSERT ON audit_log FOR EACH ROW WHEN (NEW.kind = 2) EXECUTE FUNCTION slow()")
            .await;
        let gate = db.begin().await.unwrap();
        gate.execute_unprepared("SELECT pg_advisory_xact_lock(2)")
            .await
            .unwrap();
        let slow = {
            let db = db.clone();
            tokio::spawn(async move {
                let mut event = entry();
                event.kind = Set(2);
                audit_log::Entity::insert(event).exec(&db).await.unwrap()
            })
        };
        while !is_waiting(&db).await {}
        let second = insert(&db).await;
        let mut horizon = Horizon::after(0);
        for _ in 0..3 {
            assert!(horizon.look(&db).await.unwrap() < second - 1);
        }
        gate.commit().await.unwrap();
        let first = slow.await.unwrap().last_insert_id;
        assert!(first < second);
        assert_eq!(horizon.look(&db).await.unwrap(), second);
    });
}

async fn is_waiting(db: &DatabaseConnection) -> bool {
    let question = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    let rows = db
        .query_all_raw(sea_orm::Statement::from_string(
            DbBackend::Postgres,
            question,
        ))
        .await
        .unwrap();
    !rows.is_empty()
}

async fn installed(database: &Database) -> DatabaseConnection {
    let db = database
        .connect(|options| {
            options.max_connections(12);
        })
        .await;
    schema::install(&db).await.unwrap();
    db
}

async fn insert<C: ConnectionTrait>(db: &C) -> i64 {
    let inserted = audit_log::Entity::insert(entry()).exec(db).await.unwrap();
    inserted.last_insert_id
}

fn entry() -> audit_log::ActiveModel {
    audit_log::ActiveModel {
        kind: Set(1),
        format: Set(1),
        changeset_id: Set(Uuid::nil()),
        action: Set("UPDATE".to_owned()),
        outcome: Set("SUCCESS".to_owned()),
        actor_kind: Set("Admin".to_owned()),
        actor_id: Set("7".to_owned()),
        timestamp: Set("2026-11-23T09:19:08.123456Z".parse().unwrap()),
        ..Default::default()
    }
}

async fn ids<C: ConnectionTrait>(db: &C, after: i64, until: i64) -> Vec<i64> {
    audit_log::Entity::find()
        .select_only()
        .column(audit_log::Column::Id)
        .filter(audit_log::Column::Id.gt(after))
        .filter(audit_log::Column::Id.lte(until))
        .order_by_asc(audit_log::Column::Id)
        .into_tuple()
        .all(db)
        .await
        .unwrap()
}
