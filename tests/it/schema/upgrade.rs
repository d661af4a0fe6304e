//! The upgrade of a log of version 1.

use audit_runtime::{
    audit_log, entities,
    prelude::*,
    schema::{
        self, GuardMode,
        doctor::{Code, Doctor},
    },
};
use sea_orm::{DbBackend, EntityTrait};

use super::{
    VERSIONS, column,
    frozen::{description, golden},
    protection::triggers,
    v1, versions,
};
use crate::{
    backend::{Database, on_every_backend, run},
    entities::{context, user},
    retention::retention,
};

on_every_backend!(
    an_upgraded_log_is_as_a_new_one,
    an_upgrade_leaves_guards_retention_and_feeds,
    an_outdated_log_is_found_and_mended,
    an_earlier_build_starts,
    what_an_earlier_build_puts_back_is_found,
);

async fn an_upgraded_log_is_as_a_new_one(db: &Database) {
    let dialect = schema::Dialect::of(&db.db).await.unwrap();
    for how in ["install", "statements", "upgrade_statements"] {
        v1::create(db).await;
        v1::table(&db.db).await;
        assert_eq!(versions(db).await, [1]);
        for number in 0..3 {
            v1::write(&db.db, number).await;
        }
        let before = audit_log::Entity::find().all(&db.db).await.unwrap();
        assert_eq!(before.len(), 3);
        let statements = match how {
            "install" => {
                schema::install(&db.db).await.unwrap();
                Vec::new()
            }
            "statements" => schema::statements(dialect),
            _ => schema::upgrade_statements(dialect),
        };
        // Each statement may run again.
        for statement in statements.iter().chain(&statements) {
            db.execute(statement).await;
        }
        assert_eq!(description(db).await, golden(db), "{how}");
        assert_eq!(versions(db).await, VERSIONS, "{how}");
        let after = audit_log::Entity::find().all(&db.db).await.unwrap();
        assert_eq!(after, before, "{how}");
        for statement in [
            "DROP VIEW audit_entries",
            "DROP TABLE audit_log",
            "DROP TABLE audit_log_version",
            "DROP TABLE users",
        ] {
            db.execute(statement).await;
        }
    }
}

async fn an_upgrade_leaves_guards_retention_and_feeds(db: &Database) {
    v1::create(db).await;
    v1::table(&db.db).await;
    schema::install_guard::<user::Entity>(&db.db, GuardMode::Capture)
        .await
        .unwrap();
    retention().install(&db.db, &context()).await.unwrap();
    schema::install_feed(&db.db).await.unwrap();
    let installed = triggers(db).await;
    assert_eq!(versions(db).await, [1]);

    schema::install(&db.db).await.unwrap();
    assert_eq!(versions(db).await, VERSIONS);
    assert_eq!(triggers(db).await, installed);
    let raw = "UPDATE users SET role = 'admin' WHERE id = 1";
    db.execute(raw).await;
    schema::collect(&db.db).await.unwrap();
    let context = context();
    let audit = db.db.audited(&context);
    audit
        .record(Event::new("CAME").on("Visit", "1"))
        .await
        .unwrap();
    let report = retention().run(&db.db, &context).await.unwrap();
    assert_eq!(report.purged(), 1);
    let entries = audit_log::Entity::find().all(&db.db).await.unwrap();
    let captured = |entry: &audit_log::Model| entry.actor_kind == "Database";
    assert_eq!(entries.iter().filter(|entry| captured(entry)).count(), 1);
    let doctor = doctor().entities(entities![user::Entity]);
    let report = doctor.examine(&db.db).await.unwrap();
    assert!(report.findings().is_empty(), "{report}");
}

async fn an_outdated_log_is_found_and_mended(db: &Database) {
    v1::create(db).await;
    outdated_is_mended(db).await;
}

/// An invalid index is dropped first.
#[test]
fn an_outdated_log_with_an_invalid_index_is_mended() {
    run(DbBackend::Postgres, async |db| {
        v1::create(db).await;
        let dialect = schema::Dialect::Postgres;
        db.execute(&schema::upgrade_statements(dialect)[0]).await;
        invalidate(db).await;
        outdated_is_mended(db).await;

        // At the present version, an invalid index is a separate finding.
        invalidate(db).await;
        mended(db, Code::LogIndex).await;
    });
}

/// Makes the index invalid, as if PostgreSQL had been stopped while it created it.
pub(super) async fn invalidate(db: &Database) {
    db.execute(
        "UPDATE pg_index SET indisvalid = false
         WHERE indexrelid = 'audit_log_action_not_update'::regclass",
    )
    .await;
}

async fn outdated_is_mended(db: &Database) {
    mended(db, Code::LogOutdated).await;
    assert_eq!(description(db).await, golden(db));
    assert_eq!(versions(db).await, VERSIONS);
}

/// An earlier build refuses a version greater than its own.
async fn an_earlier_build_starts(db: &Database) {
    schema::install(&db.db).await.unwrap();
    let question = "SELECT max(version) AS value FROM audit_log_version";
    assert_eq!(column::<i32>(db, question).await, [1]);
}

async fn what_an_earlier_build_puts_back_is_found(db: &Database) {
    schema::install(&db.db).await.unwrap();
    for statement in v1::statements(db) {
        db.execute(statement).await;
    }
    assert_eq!(versions(db).await, VERSIONS);
    match db.backend() {
        DbBackend::Postgres | DbBackend::Sqlite => mended(db, Code::LogIndex).await,
        _ => {}
    }
    assert_eq!(description(db).await, golden(db));
    let report = doctor().examine(&db.db).await.unwrap();
    assert!(report.findings().is_empty(), "{report}");
}

/// Asserts that the doctor finds only this, and nothing after its statements have run.
async fn mended(db: &Database, code: Code) {
    let report = doctor().examine(&db.db).await.unwrap();
    let [finding] = report.findings() else {
        panic!("{report}")
    };
    assert_eq!(finding.code, code, "{report}");
    for statement in &finding.mend {
        db.execute(statement).await;
    }
    let report = doctor().examine(&db.db).await.unwrap();
    assert!(report.findings().is_empty(), "{report}");
}

/// The test servers run without durability.
fn doctor() -> Doctor {
    let doctor = Doctor::new().by_owner();
    doctor
        .accept(Code::Durability)
        .accept(Code::TemporaryTables)
}
