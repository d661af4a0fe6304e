//! Writes of the library pass the guard, and each has exactly one entry.

use audit_runtime::{prelude::*, schema};
use sea_orm::{ConnectionTrait, DatabaseBackend::MySql};

use super::guarded;
use crate::{
    backend::{Database, on_mysql_and_mariadb},
    entities::{context, entries, new_user},
    faults::operations::{operations, prepare},
    invariants::{assert_none, violations},
};

on_mysql_and_mariadb!(every_operation_leaves_its_entries, what_is_noted_is_told,);

async fn every_operation_leaves_its_entries(database: &Database) {
    let db = &database.db;
    guarded(database).await;
    for (nth, (operation, plan)) in operations(MySql).into_iter().enumerate() {
        let prepared = prepare(db, nth).await.unwrap();
        let before = entries(db).await.len();
        operation.run(plan, db.clone(), prepared).await.unwrap();
        let name = format!("{operation:?} {plan:?}");
        assert_eq!(
            entries(db).await.len() - before,
            operation.entries(),
            "{name}"
        );
        assert_eq!(schema::collect(db).await.unwrap(), 0, "{name}");
        assert_none(&violations(db).await, &name);
    }
}

/// An entry inserted by hand does not remove the note of another change.
async fn what_is_noted_is_told(database: &Database) {
    let db = &database.db;
    guarded(database).await;
    let context = context();
    let user = db.audited(&context).insert(new_user("a")).await.unwrap();
    let other = database
        .connect(|options| {
            options.max_connections(1);
        })
        .await;
    let raise = "UPDATE users SET role = 'admin'";
    other.execute_unprepared(raise).await.unwrap();
    let forged = format!(
        "INSERT INTO audit_log (kind, format, changeset_id, entity_type, entity_id, action, outcome, actor_kind, actor_id, timestamp) \
         VALUES (1, 1, '0123456789abcdef', 'User', '{}', 'UPDATE', 'SUCCESS', 'Admin', '7', NOW())",
        user.id
    );
    database.execute(&forged).await;
    assert_eq!(schema::collect(db).await.unwrap(), 1);
    let last = entries(db).await.pop().unwrap();
    assert_eq!((&*last.action, last.actor.kind()), ("UPDATE", "Database"));
}
