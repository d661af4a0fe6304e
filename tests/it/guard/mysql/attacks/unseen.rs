//! Changes that no trigger sees.

use Step::Raw;
use audit_runtime::schema;
use sea_orm::ConnectionTrait;

use super::{Step, prepare, restore, single};
use crate::{
    backend::{Database, Server, on_mysql_and_mariadb},
    invariants::violations,
};

on_mysql_and_mariadb!(
    a_cascade_passes_unseen,
    a_cascade_of_a_key_passes_unseen,
    truncate_passes_unseen,
    a_temporary_table_in_place_of_the_notes_hides_them
);

async fn a_cascade_passes_unseen(database: &Database) {
    // The deletion of the user is seen, and that of its order is not.
    unseen(database, &[Raw("DELETE FROM users WHERE id = 2")], 1).await;
}

async fn a_cascade_of_a_key_passes_unseen(database: &Database) {
    unseen(database, &[Raw("UPDATE users SET id = 9 WHERE id = 2")], 2).await;
}

async fn truncate_passes_unseen(database: &Database) {
    unseen(database, &[Raw("TRUNCATE documents")], 0).await;
}

async fn a_temporary_table_in_place_of_the_notes_hides_them(database: &Database) {
    prepare(database).await;
    restore(database).await;
    let db = single(database).await;
    for statement in [
        "CREATE TEMPORARY TABLE notes LIKE audit_guard_pending",
        "ALTER TABLE notes RENAME audit_guard_pending",
    ] {
        db.execute_unprepared(statement).await.unwrap();
    }
    let changed = db
        .execute_unprepared("UPDATE documents SET title = 'mine' WHERE id = 'x'")
        .await;
    // MySQL refuses, because it cannot open a temporary table twice in one statement.
    assert_eq!(changed.is_ok(), database.server() != Server::MySql);
    db.execute_unprepared("DROP TEMPORARY TABLE audit_guard_pending")
        .await
        .unwrap();
    assert_eq!(schema::collect(&database.db).await.unwrap(), 0);
    let unseen = violations(&database.db).await.len();
    assert_eq!(unseen, usize::from(changed.is_ok()));
}

/// Asserts that the triggers see `seen` changes, and that one change has no entry.
pub(super) async fn unseen(database: &Database, steps: &[Step], seen: u64) {
    prepare(database).await;
    restore(database).await;
    let db = single(database).await;
    for step in steps {
        if let Raw(sql) = step {
            db.execute_unprepared(sql).await.unwrap();
        }
    }
    assert_eq!(schema::collect(&database.db).await.unwrap(), seen);
    assert_eq!(violations(&database.db).await.len(), 1);
}
