//! Attacks of an account that may delete from the log: all are refused.

use audit_runtime::{
    Actor,
    prelude::*,
    retention::{self, Hold},
};
use sea_orm::{ConnectionTrait, DatabaseBackend, DatabaseTransaction, TransactionTrait};

use super::{ids, installed, retention};
use crate::{
    backend::{Database, on_every_backend},
    entities::{context, entries},
};

on_every_backend!(
    every_attack_is_refused,
    an_honest_purge_by_hand_is_let_through,
    a_young_entry_and_a_held_one_stay,
    a_purge_of_one_list_deletes_no_other,
);

/// Each attack is a list of statements in one transaction, which is then committed. `{id}` is the first visit,
/// `{other}` the second, `{said}` a young entry, `{purge}` an earlier PURGE entry.
async fn every_attack_is_refused(database: &Database) {
    let db = &database.db;
    let retention = installed(database, 1).await;
    retention.run(db, &context()).await.unwrap();
    super::record(database, 2).await;
    let placed = retention::hold(db, &context(), Hold::new("m").row("Visit", "9"))
        .await
        .unwrap();

    let came = ids(database, "CAME").await;
    let places = [
        ("{id}", came[0]),
        ("{other}", came[1]),
        ("{said}", ids(database, "SAID").await[1]),
        ("{purge}", ids(database, "PURGE").await[0]),
        ("{held}", placed.entry_id),
        ("{policy}", ids(database, "POLICY").await[0]),
    ];
    let backend = database.backend();
    let mut attacks = vec![
        vec!["DELETE FROM audit_log WHERE id = {id}"],
        vec!["DELETE FROM audit_log WHERE id = {purge}"],
        vec!["DELETE FROM audit_log WHERE id = {policy}"],
        vec!["DELETE FROM audit_log"],
        vec!["UPDATE audit_log SET reason = 'x' WHERE id = {id}"],
        // Changes of the previous purge.
        vec!["DELETE FROM audit_purge"],
        vec!["UPDATE audit_purge SET last_id = {other}"],
        vec!["UPDATE audit_purge SET entries = 7"],
        // A purge without an entry, with an entry that is not a PURGE, and with an earlier PURGE.
        vec![
            "{list} (999999, {id}, {id}, 1, '{digest}')",
            "DELETE FROM audit_log WHERE id = {id}",
        ],
        vec![
            "{list} ({said}, {id}, {id}, 1, '{digest}')",
            "DELETE FROM audit_log WHERE id = {id}",
        ],
        vec![
            "{list} ({purge}, {id}, {id}, 1, '{digest}')",
            "DELETE FROM audit_log WHERE id = {id}",
        ],
        // Holds.
        vec!["DELETE FROM audit_hold"],
        vec!["UPDATE audit_hold SET released_by = {purge}"],
        vec!["UPDATE audit_hold SET released_by = {held}"],
        vec!["UPDATE audit_hold SET entity_id = '8'"],
        vec!["UPDATE audit_hold SET to_time = from_time, from_time = '2001-01-01'"],
        vec!["INSERT INTO audit_hold (entity_type, entry_id) VALUES ('Visit', {purge})"],
    ];
    match backend {
        DatabaseBackend::Postgres => attacks.extend([
            vec!["TRUNCATE audit_log"],
            vec!["TRUNCATE audit_hold"],
            vec!["TRUNCATE audit_purge"],
            vec!["SET LOCAL session_replication_role = replica", "DELETE FROM audit_log WHERE id = {id}"],
            vec![
                "CREATE TEMP TABLE audit_purge (LIKE public.audit_purge) ON COMMIT DROP",
                "CREATE TEMP TABLE audit_log (LIKE public.audit_log) ON COMMIT DROP",
                "INSERT INTO pg_temp.audit_log (id, kind, format, changeset_id, action, outcome, actor_kind, actor_id, timestamp, recorded_at)
                 VALUES (999999, 2, 1, gen_random_uuid(), 'PURGE', 'SUCCESS', 'Admin', '7', now(), now())",
                "INSERT INTO pg_temp.audit_purge VALUES (999999, {id}, {id}, 1, '{digest}')",
                "DELETE FROM public.audit_log WHERE id = {id}",
            ],
            vec![
                "SAVEPOINT a",
                "{entry}",
                "RELEASE a",
                "{list} ((SELECT max(id) FROM audit_log), {id}, {id}, 1, '{digest}')",
                "DELETE FROM audit_log WHERE id = {id}",
            ],
            vec![
                "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
                "{entry}",
                "{list} ((SELECT max(id) FROM audit_log), {id}, {id}, 1, '{digest}')",
                "DELETE FROM audit_log WHERE id = {id}",
            ],
            // One entry more than listed, and another one.
            vec![
                "{entry}",
                "{list} ((SELECT max(id) FROM audit_log), {id}, {id}, 1, '{digest}')",
                "DELETE FROM audit_log WHERE id IN ({id}, {other})",
            ],
            vec![
                "{entry}",
                "{list} ((SELECT max(id) FROM audit_log), {other}, {other}, 1, '{digest}')",
                "DELETE FROM audit_log WHERE id = {other}",
            ],
        ]),
        DatabaseBackend::MySql => attacks.extend([
            vec!["TRUNCATE TABLE audit_log"],
            vec!["INSERT INTO audit_purge_id (id, entry_id) VALUES ({other}, {purge})"],
            vec!["INSERT INTO audit_purge_id (id, entry_id) VALUES ({id}, 999999)"],
            vec![
                "{entry}",
                "{list} ((SELECT max(id) FROM audit_log), {id}, {id}, 1, '{digest}')",
                "INSERT INTO audit_purge_id (id, entry_id) SELECT {id}, max(entry_id) FROM audit_purge",
                "DELETE FROM audit_log WHERE id IN ({id}, {other})",
            ],
            vec![
                "{entry}",
                "{list} ((SELECT max(id) FROM audit_log), {id}, {id}, 1, '{digest}')",
                "INSERT INTO audit_purge_id (id, entry_id) SELECT {id}, max(entry_id) FROM audit_purge",
                "UPDATE audit_purge_id SET id = {other}",
            ],
        ]),
        _ => attacks.extend([
            vec!["REPLACE INTO audit_log (id, kind, format, changeset_id, action, outcome, actor_kind, actor_id, timestamp)
                  VALUES ({id}, 2, 1, x'', 'X', 'SUCCESS', 'Admin', '7', '2026-11-23T09:19:08.123456+00:00')"],
            vec!["INSERT INTO audit_never (id) VALUES (1)"],
            vec!["UPDATE audit_purge SET incomplete = 1"],
            vec!["REPLACE INTO audit_hold (id, entity_type, entry_id) SELECT id, 'X', entry_id FROM audit_hold"],
            vec!["REPLACE INTO audit_purge SELECT * FROM audit_purge"],
            // Fewer than listed, and more.
            vec!["{entry}", "{list} ((SELECT max(id) FROM audit_log), {id}, {other}, 2, '{digest}')", "DELETE FROM audit_log WHERE id = {id}"],
            vec!["{entry}", "{list} ((SELECT max(id) FROM audit_log), {id}, {other}, 2, '{digest}')"],
            vec![
                "{entry}",
                "{list} ((SELECT max(id) FROM audit_log), {id}, {other}, 1, '{digest}')",
                "DELETE FROM audit_log WHERE id IN ({id}, {other})",
            ],
            vec![
                "CREATE TEMP TABLE audit_purge AS SELECT * FROM main.audit_purge",
                "INSERT INTO temp.audit_purge (entry_id, first_id, last_id, entries, deleted, incomplete) VALUES (999999, {id}, {id}, 1, 0, 1)",
                "DELETE FROM main.audit_log WHERE id = {id}",
            ],
        ]),
    }
    let before = entries(db).await;
    let held = retention::holds(db).await.unwrap();
    for attack in attacks {
        let transaction = db.begin().await.unwrap();
        let result = run(&attack, &places, came[0], &transaction).await;
        let result = match result {
            Ok(()) => transaction.commit().await,
            Err(error) => {
                transaction.rollback().await.unwrap();
                Err(error)
            }
        };
        assert!(result.is_err(), "not refused: {attack:#?}");
        assert_eq!(entries(db).await, before, "{attack:#?}");
        assert_eq!(retention::holds(db).await.unwrap(), held, "{attack:#?}");
    }
}

/// Runs the same statements in the right order, to show that the refused ones can work.
async fn an_honest_purge_by_hand_is_let_through(database: &Database) {
    let db = &database.db;
    let _ = installed(database, 1).await;
    let came = ids(database, "CAME").await;
    let mut purge = vec![
        "{entry}",
        "{list} ((SELECT max(id) FROM audit_log), {id}, {id}, 1, '{digest}')",
    ];
    if database.backend() == DatabaseBackend::MySql {
        purge.push(
            "INSERT INTO audit_purge_id (id, entry_id) SELECT {id}, max(entry_id) FROM audit_purge",
        );
    }
    purge.push("DELETE FROM audit_log WHERE id = {id}");
    let transaction = db.begin().await.unwrap();
    run(&purge, &[("{id}", came[0])], came[0], &transaction)
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    assert!(ids(database, "CAME").await.is_empty());
}

async fn a_young_entry_and_a_held_one_stay(database: &Database) {
    let db = &database.db;
    let _ = installed(database, 1).await;
    let said = ids(database, "SAID").await[0];
    let came = ids(database, "CAME").await[0];
    let hold = Hold::new("m").actor(context().actor());
    retention::hold(db, &context(), hold).await.unwrap();
    for (id, expected) in [
        (said, "an entry is younger than its floor"),
        (came, "an entry is on hold"),
    ] {
        let mut purge = vec![
            "{entry}",
            "{list} ((SELECT max(id) FROM audit_log), {id}, {id}, 1, '{digest}')",
        ];
        if database.backend() == DatabaseBackend::MySql {
            purge.push("INSERT INTO audit_purge_id (id, entry_id) SELECT {id}, max(entry_id) FROM audit_purge");
        }
        purge.push("DELETE FROM audit_log WHERE id = {id}");
        let transaction = db.begin().await.unwrap();
        let refused = run(&purge, &[("{id}", id)], id, &transaction)
            .await
            .unwrap_err();
        transaction.rollback().await.unwrap();
        assert!(refused.to_string().contains(expected), "{refused}");
    }
}

/// A list can be used only once.
async fn a_purge_of_one_list_deletes_no_other(database: &Database) {
    let db = &database.db;
    let _ = installed(database, 2).await;
    retention().run(db, &context()).await.unwrap();
    let ann = AuditContext::new(Actor::new("Admin", "ann"));
    db.audited(&ann)
        .record(Event::new("CAME").on("Visit", "3"))
        .await
        .unwrap();
    db.execute_unprepared("DELETE FROM audit_log WHERE entity_type = 'Visit'")
        .await
        .unwrap_err();
    assert_eq!(ids(database, "CAME").await.len(), 1);
}

async fn run(
    statements: &[&str],
    places: &[(&str, i64)],
    digest_of: i64,
    transaction: &DatabaseTransaction,
) -> Result<(), sea_orm::DbErr> {
    let changeset = match transaction.get_database_backend() {
        DatabaseBackend::Postgres => "gen_random_uuid()",
        _ => "x'00000000000000000000000000000000'",
    };
    let entry = format!(
        "INSERT INTO audit_log (kind, format, changeset_id, action, outcome, actor_kind, actor_id, timestamp)
         VALUES (2, 1, {changeset}, 'PURGE', 'SUCCESS', 'Admin', '7', '2026-11-23T09:19:08.123456')"
    );
    let list = "INSERT INTO audit_purge (entry_id, first_id, last_id, entries, ids_sha256) VALUES";
    for statement in statements {
        let mut statement = statement
            .replace("{entry}", &entry)
            .replace("{list}", list)
            .replace("{digest}", &super::sha256(&digest_of.to_string()));
        for (place, id) in places {
            statement = statement.replace(place, &id.to_string());
        }
        transaction.execute_unprepared(&statement).await?;
    }
    Ok(())
}
