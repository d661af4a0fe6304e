//! Errors that a database raises by itself: deadlocks, lock timeouts, old snapshots, full disks.

mod retryable;

use audit_runtime::{Error, Violation, prelude::*};
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait};

use crate::{
    backend::{Database, on_every_backend},
    entities::{context, entries, install, new_user, order, user},
    invariants::{assert_none, violations},
};

on_every_backend!(
    a_full_disk_keeps_neither,
    an_entry_that_is_refused_takes_the_change_with_it,
    a_commit_that_is_refused_is_not_unknown,
    a_violated_constraint_is_told
);

async fn a_full_disk_keeps_neither(database: &Database) {
    if database.backend() != DbBackend::Sqlite {
        // A test cannot fill a server's disk.
        return;
    }
    let db = &database
        .connect(|options| {
            options.max_connections(1);
        })
        .await;
    install(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    let john = audit.insert(new_user("john")).await.unwrap();
    let row = db
        .query_one_raw(sea_orm::Statement::from_string(
            DbBackend::Sqlite,
            "PRAGMA page_count",
        ))
        .await
        .unwrap()
        .unwrap();
    let pages: i64 = row.try_get_by_index(0).unwrap();

    let mut full = 0;
    for spare in 0..40 {
        db.execute_unprepared(&format!("PRAGMA max_page_count = {}", pages + spare))
            .await
            .unwrap();
        let tx = audit.begin().await.unwrap();
        let long = "x".repeat(20_000);
        let first = tx
            .update(
                john.id,
                user::AdminPatch::new().role(format!("{long}{spare}")),
            )
            .await;
        // SQLite may have ended the transaction by itself, so later statements would be committed at once.
        let second = tx.insert(new_user(&format!("jack {spare}"))).await;
        let committed = tx.commit().await;
        if first.is_err() || second.is_err() {
            full += 1;
            assert!(committed.is_err());
        }
        db.execute_unprepared("PRAGMA max_page_count = 1000000")
            .await
            .unwrap();
        assert_none(
            &violations(db).await,
            &format!("with {spare} pages to spare"),
        );
    }
    println!("the disk was full {full} times");
    assert!(full > 0);
}

async fn an_entry_that_is_refused_takes_the_change_with_it(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    let john = audit.insert(new_user("john")).await.unwrap();
    let before = entries(db).await.len();
    let refuse = match database.backend() {
        DbBackend::Postgres => vec![
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'refused'; END $$",
            "CREATE TRIGGER refuse BEFORE INSERT ON audit_log FOR EACH ROW EXECUTE FUNCTION refuse()",
        ],
        DbBackend::MySql => vec![
            "CREATE TRIGGER refuse BEFORE INSERT ON audit_log FOR EACH ROW \
             SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'refused'",
        ],
        _ => vec![
            "CREATE TRIGGER refuse BEFORE INSERT ON audit_log BEGIN SELECT RAISE(ABORT, 'refused'); END",
        ],
    };
    for statement in refuse {
        database.execute(statement).await;
    }
    audit.insert(new_user("jack")).await.unwrap_err();
    audit
        .update(john.id, user::AdminPatch::new().role("admin"))
        .await
        .unwrap_err();
    audit.delete::<user::Entity>(john.id).await.unwrap_err();
    audit
        .record(Event::new("REPORT_EXPORTED"))
        .await
        .unwrap_err();
    let tx = audit.begin().await.unwrap();
    tx.insert(new_user("jill")).await.unwrap_err();
    tx.record(Event::new("PAYOUT").denied()).await.unwrap();
    assert!(matches!(tx.commit().await, Err(Error::UnitFailed)));
    let tx = audit.begin().await.unwrap();
    tx.record(Event::new("PAYOUT").denied()).await.unwrap();
    let lost = tx.commit().await.unwrap_err();
    assert!(
        matches!(
            lost,
            Error::EventNotWritten {
                committed: true,
                ..
            }
        ),
        "{lost}"
    );

    assert_eq!(user::Entity::find().all(db).await.unwrap(), [john]);
    assert_eq!(entries(db).await.len(), before);
}

async fn a_commit_that_is_refused_is_not_unknown(database: &Database) {
    if database.backend() == DbBackend::MySql {
        // MySQL and MariaDB have no deferred constraints.
        return;
    }
    let db = &database.db;
    install(db).await.unwrap();
    if database.backend() == DbBackend::Postgres {
        database
            .execute(
                "ALTER TABLE orders ADD CONSTRAINT deferred FOREIGN KEY (user_id) REFERENCES users (id) \
                 DEFERRABLE INITIALLY DEFERRED",
            )
            .await;
        database
            .execute("ALTER TABLE orders DROP CONSTRAINT \"fk-orders-user_id\"")
            .await;
    }
    let context = context();
    let tx = db.audited(&context).begin().await.unwrap();
    if database.backend() == DbBackend::Sqlite {
        tx.execute_unprepared("PRAGMA defer_foreign_keys = ON")
            .await
            .unwrap();
    }
    let orphan = order::ActiveModel {
        user_id: Set(4711),
        total: Set(1),
        ..Default::default()
    };
    tx.insert(orphan).await.unwrap();
    let refused = tx.commit().await.unwrap_err();
    let Error::Database(refused) = refused else {
        panic!("{refused}")
    };
    assert_eq!(refused.violation(), Some(Violation::ForeignKey));
    assert!(entries(db).await.is_empty());
    assert!(order::Entity::find().all(db).await.unwrap().is_empty());
}

async fn a_violated_constraint_is_told(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    audit.insert(new_user("john")).await.unwrap();
    let twice = audit.insert(new_user("john")).await.unwrap_err();
    assert!(
        matches!(
            twice.sql_err(),
            Some(sea_orm::SqlErr::UniqueConstraintViolation(_))
        ),
        "{twice}"
    );
    let Error::Database(error) = &twice else {
        panic!("{twice}")
    };
    assert_eq!(error.violation(), Some(Violation::Unique));
    assert!(error.constraint().unwrap().contains("username"), "{error}");
    assert!(!twice.is_retryable());
    let and_back = Error::from(sea_orm::DbErr::from(twice));
    assert!(
        matches!(
            and_back.sql_err(),
            Some(sea_orm::SqlErr::UniqueConstraintViolation(_))
        ),
        "{and_back}"
    );

    let orphan = order::ActiveModel {
        user_id: Set(4711),
        total: Set(1),
        ..Default::default()
    };
    let orphan = audit.insert(orphan).await.unwrap_err();
    assert!(
        matches!(
            orphan.sql_err(),
            Some(sea_orm::SqlErr::ForeignKeyConstraintViolation(_))
        ),
        "{orphan}"
    );
}
