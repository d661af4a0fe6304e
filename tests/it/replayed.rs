//! The library's own replay: it finds every change without an entry, and nothing else.

mod runs;

use std::time::Duration;

use audit_runtime::{
    Entry, entities,
    prelude::*,
    replay::{Problem, Replay, Unexplained},
    retention::{Policy, Retention},
    schema::Entities,
};
use sea_orm::{ColumnTrait, DatabaseConnection, EntityTrait, QueryFilter};
use tokio::task::JoinSet;

use crate::{
    backend::{Database, on_every_backend},
    entities::{context, document, entries, install, install_unguarded, new_user, user},
};

on_every_backend!(
    each_kind_of_change_is_found,
    a_thousand_changes_are_found,
    what_redaction_hides_is_not_guessed,
    writes_meanwhile_are_no_finding,
    what_a_purge_deleted_is_no_finding
);

/// The findings of a replay with pages of this size, as if each page ran in another process.
pub async fn replayed(entities: Entities, rows: u64, db: &DatabaseConnection) -> Vec<Unexplained> {
    let mut found = Vec::new();
    let mut replay = Replay::new(entities.clone()).page(rows);
    while let Some(page) = replay.next(db).await.unwrap() {
        assert!(page.rows <= rows.min(500));
        found.extend(page.found);
        let Some(position) = replay.position() else {
            break;
        };
        let position = serde_json::to_string(position).unwrap();
        let position = serde_json::from_str(&position).unwrap();
        replay = Replay::new(entities.clone())
            .page(rows)
            .resume(position)
            .unwrap();
    }
    assert_eq!(replay.next(db).await.unwrap().map(|page| page.rows), None);
    found
}

/// Type, id, problem, and the newest entry's id.
type Found = (String, String, Problem, Option<i64>);

fn told(found: Vec<Unexplained>) -> Vec<Found> {
    let told = |row: Unexplained| {
        let last = row.last.map(|last| last.id);
        (row.entity_type, row.entity_id, row.problem, last)
    };
    found.into_iter().map(told).collect()
}

fn changed(fields: &[&str]) -> Problem {
    let fields = fields.iter().map(|field| (*field).to_owned());
    Problem::Changed {
        fields: fields.collect(),
    }
}

async fn each_kind_of_change_is_found(database: &Database) {
    let db = &database.db;
    install_unguarded(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    let mut ids = Vec::new();
    for name in ["changed", "gone", "deleted", "fine", "twice"] {
        ids.push(audit.insert(new_user(name)).await.unwrap().id);
    }
    audit.delete::<user::Entity>(ids[2]).await.unwrap();
    let patch = user::AdminPatch::new().role("admin");
    audit.update(ids[4], patch).await.unwrap();
    let draft = document::Draft::new().id("it's").title("a");
    audit.insert(draft).await.unwrap();
    let all = || entities![user::Entity, document::Entity];
    for rows in [1, 3, 500] {
        assert_eq!(replayed(all(), rows, db).await, []);
    }

    for sql in [
        format!("UPDATE users SET role = 'root', logins = 7 WHERE id = {}", ids[0]),
        format!("DELETE FROM users WHERE id = {}", ids[1]),
        format!("INSERT INTO users (id, username, role, logins, password_hash) VALUES ({}, 'deleted', 'user', 0, 'x')", ids[2]),
        "INSERT INTO users (id, username, role, logins, password_hash) VALUES (900, 'new', 'user', 0, 'x')".to_owned(),
        format!("UPDATE users SET logins = 8 WHERE id = {}", ids[4]),
        "UPDATE documents SET id = 'its'".to_owned(),
    ] {
        database.execute(&sql).await;
    }
    let last = async |id: &str, action: &str| {
        let entries = entries(db).await;
        let of = |entry: &&Entry| entry.entity_id.as_deref() == Some(id) && entry.action == action;
        entries.iter().rfind(of).map(|entry| entry.id)
    };
    let user = |id: i32, problem, last| ("User".to_owned(), id.to_string(), problem, last);
    let id = |at: usize| ids[at].to_string();
    let mut expected = vec![
        user(
            ids[0],
            changed(&["role", "logins"]),
            last(&id(0), "CREATE").await,
        ),
        user(ids[1], Problem::Gone, last(&id(1), "CREATE").await),
        user(ids[2], Problem::Reappeared, last(&id(2), "DELETE").await),
        user(900, Problem::Unlogged, None),
        user(ids[4], changed(&["logins"]), last(&id(4), "UPDATE").await),
        (
            "Document".to_owned(),
            "it's".to_owned(),
            Problem::Gone,
            last("it's", "CREATE").await,
        ),
        (
            "Document".to_owned(),
            "its".to_owned(),
            Problem::Unlogged,
            None,
        ),
    ];
    expected.sort_by_key(|(entity_type, id, ..)| (entity_type.clone(), id.clone()));
    for rows in [1, 3, 500] {
        let mut found = told(replayed(all(), rows, db).await);
        found.sort_by_key(|(entity_type, id, ..)| (entity_type.clone(), id.clone()));
        assert_eq!(found, expected, "pages of {rows}");
    }

    // A row that is changed again through the library keeps its finding.
    let patch = user::AdminPatch::new().logins(9);
    audit.update(ids[2], patch).await.unwrap();
    let found = told(replayed(all(), 500, db).await);
    let again = found.iter().find(|(_, id, ..)| *id == ids[2].to_string());
    assert_eq!(again.unwrap().2, Problem::Reappeared);

    let mut replay = Replay::new(all()).accept_unlogged();
    let mut unlogged = 0;
    while let Some(page) = replay.next(db).await.unwrap() {
        let mut found = page.found.iter();
        unlogged += usize::from(found.any(|row| row.problem == Problem::Unlogged));
    }
    assert_eq!(unlogged, 0);
}

/// A thousand changed rows among three times as many, each with a history.
async fn a_thousand_changes_are_found(database: &Database) {
    let db = &database.db;
    install_unguarded(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    let rows = (0..3_000).map(|number| new_user(&format!("user {number}")));
    let rows = audit.insert_many(rows.collect::<Vec<_>>()).await.unwrap();
    let every_second = user::Column::Id.gt(rows[1_500].id);
    audit
        .update_many(every_second, user::AdminPatch::new().logins(1))
        .await
        .unwrap();
    let sql = "UPDATE users SET role = 'root' WHERE id % 3 = 1";
    database.execute(sql).await;
    let root = user::Entity::find().filter(user::Column::Role.eq("root"));
    let mut expected: Vec<_> = root
        .all(db)
        .await
        .unwrap()
        .iter()
        .map(|row| row.id.to_string())
        .collect();
    let mut found: Vec<_> = replayed(entities![user::Entity], 500, db)
        .await
        .into_iter()
        .map(|row| {
            assert_eq!(row.problem, changed(&["role"]));
            row.entity_id
        })
        .collect();
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
    assert_eq!(found.len(), 1_000);
}

async fn what_redaction_hides_is_not_guessed(database: &Database) {
    let db = &database.db;
    install_unguarded(db).await.unwrap();
    let context = context();
    db.audited(&context).insert(new_user("eve")).await.unwrap();
    let sql = "UPDATE users SET password_hash = 'other', phone = '1', last_seen_at = NULL";
    database.execute(sql).await;
    assert_eq!(replayed(entities![user::Entity], 500, db).await, []);
}

/// Each page is read in one snapshot, and has all of a write or nothing.
async fn writes_meanwhile_are_no_finding(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    let mut ids = Vec::new();
    for name in ["a", "b", "c"] {
        ids.push(audit.insert(new_user(name)).await.unwrap().id);
    }
    let mut writers = JoinSet::new();
    for id in ids {
        let (db, context) = (db.clone(), context.clone());
        writers.spawn(async move {
            for logins in 1..=30 {
                let patch = user::AdminPatch::new().logins(logins);
                db.audited(&context).update(id, patch).await.unwrap();
            }
        });
    }
    let mut pages = 0;
    while !writers.is_empty() || pages == 0 {
        assert_eq!(replayed(entities![user::Entity], 2, db).await, []);
        pages += 1;
        while let Some(done) = writers.try_join_next() {
            done.unwrap();
        }
    }
}

async fn what_a_purge_deleted_is_no_finding(database: &Database) {
    let db = &database.db;
    install_unguarded(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    let kept = audit.insert(new_user("kept")).await.unwrap().id;
    let gone = audit.insert(new_user("gone")).await.unwrap().id;
    let purged = Policy::new("creations")
        .document("SEC-12 v3")
        .actions(["CREATE", "DELETE"])
        .destroy_after(Duration::ZERO);
    let others = Policy::new("others").document("SEC-12 v3");
    let retention = Retention::new([purged, others]).unwrap().pace(1.0);
    retention.install(db, &context).await.unwrap();
    let patch = || user::AdminPatch::new().role("admin");
    audit.update(gone, patch()).await.unwrap();
    audit.delete::<user::Entity>(gone).await.unwrap();
    // Its update is still in the log, but the entry of its deletion is not.
    assert_eq!(retention.run(db, &context).await.unwrap().purged(), 3);
    assert_eq!(replayed(entities![user::Entity], 500, db).await, []);

    // A later change is reported in full.
    audit.update(kept, patch()).await.unwrap();
    database.execute("UPDATE users SET role = 'root'").await;
    let found = told(replayed(entities![user::Entity], 500, db).await);
    let [(_, id, problem, _)] = &found[..] else {
        panic!("{found:?}")
    };
    assert_eq!((id, problem), (&kept.to_string(), &changed(&["role"])));
}
