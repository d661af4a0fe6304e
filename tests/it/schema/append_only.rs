//! Changes of entries that the database refuses.

use audit_runtime::{audit_log, schema};
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait};

use super::{entries, insert};
use crate::backend::{Database, on_every_backend};

on_every_backend!(entries_are_neither_changed_nor_deleted);

async fn entries_are_neither_changed_nor_deleted(db: &Database) {
    schema::install(&db.db).await.unwrap();
    let entry = insert(&db.db, None).await;

    let columns =
        "id, kind, format, changeset_id, action, outcome, actor_kind, actor_id, timestamp";
    let same = format!("{columns}) SELECT {columns} FROM audit_log");
    let (message, statements): (_, &[String]) = match db.backend() {
        DbBackend::Sqlite => (
            "",
            &[
                format!("INSERT OR REPLACE INTO audit_log ({same}"),
                format!("INSERT INTO audit_log ({same} WHERE true ON CONFLICT DO UPDATE SET reason = 'forged'"),
                "UPDATE OR REPLACE audit_log SET id = id".to_owned(),
                "INSERT INTO audit_log (id, kind, format, changeset_id, action, outcome, actor_kind, actor_id, timestamp) VALUES (-1, 2, 1, '', '', '', '', '', '')".to_owned(),
            ],
        ),
        DbBackend::Postgres => (
            "audit_log is append-only: ",
            &[
                "TRUNCATE audit_log".to_owned(),
                format!("INSERT INTO audit_log ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM audit_log ON CONFLICT (id) DO UPDATE SET reason = 'forged'"),
                // One implicit transaction, with which the setting ends.
                "SET LOCAL session_replication_role = replica; DELETE FROM audit_log".to_owned(),
                "SET LOCAL session_replication_role = replica; TRUNCATE audit_log".to_owned(),
            ],
        ),
        _ => (
            "audit_log is append-only: ",
            &[
                format!("REPLACE INTO audit_log ({same}"),
                format!("INSERT INTO audit_log ({same} ON DUPLICATE KEY UPDATE reason = 'forged'"),
            ],
        ),
    };
    for sql in [
        "UPDATE audit_log SET reason = 'forged'",
        "DELETE FROM audit_log",
    ] {
        let refused = db.db.execute_unprepared(sql).await.unwrap_err().to_string();
        let expected = format!("audit_log is append-only: {} refused", &sql[..6]);
        assert!(refused.contains(&expected), "{refused}");
    }
    for sql in statements {
        let refused = db.db.execute_unprepared(sql).await.unwrap_err().to_string();
        assert!(refused.contains(message), "{sql}: {refused}");
    }
    assert_eq!(
        audit_log::Entity::find().all(&db.db).await.unwrap(),
        [entry]
    );

    // On MySQL and MariaDB, TRUNCATE fires no trigger. It needs the DROP privilege, which must not be granted.
    if db.backend() == DbBackend::MySql {
        db.execute("TRUNCATE audit_log").await;
        assert_eq!(entries(&db.db).await, 0);
    }
}
