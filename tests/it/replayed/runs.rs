//! Start, resumption and failure of a replay.

use std::{
    future::{Future, poll_fn},
    task::Poll,
};

use audit_runtime::{
    Error, entities,
    prelude::*,
    replay::{Position, Replay},
    schema::{
        Entities,
        doctor::{Code, Doctor},
    },
};
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait};

use super::replayed;
use crate::{
    backend::{Database, on_every_backend},
    entities::{context, document, install, install_unguarded, new_user, user},
};

on_every_backend!(
    a_position_of_others_is_refused,
    two_entities_of_one_type_are_both_replayed,
    without_a_log_it_says_so,
    a_replay_that_is_dropped_leaves_nothing,
    the_doctor_replays
);

async fn a_position_of_others_is_refused(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let mut replay = Replay::new(entities![document::Entity]).page(1);
    replay.next(db).await.unwrap();
    let position = replay.position().unwrap().clone();
    let of_users = Replay::new(entities![user::Entity]).resume(position.clone());
    let error = of_users.unwrap_err().to_string();
    assert_eq!(
        error,
        "the position does not fit the entities of this replay"
    );

    // The entity has another key now.
    for key in [r#"["jane"]"#, "[1, 2]", "[]", "[null]"] {
        let entity = std::any::type_name::<user::Entity>();
        let other = format!(r#"{{"entity":"{entity}","next":{{"rows":{key}}}}}"#);
        let other: Position = serde_json::from_str(&other).unwrap();
        let mut replay = Replay::new(entities![user::Entity]).resume(other).unwrap();
        let error = replay.next(db).await.unwrap_err();
        assert!(matches!(error, Error::InvalidPosition), "{key}: {error}");
    }
    assert_eq!(
        Replay::new(Entities::new())
            .next(db)
            .await
            .unwrap()
            .map(|page| page.rows),
        None
    );
}

/// A second entity of the same table, with fewer columns.
mod login {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "users")]
    #[audited(entity_type = "User", no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[audited(record)]
        pub logins: i32,
    }
}

async fn two_entities_of_one_type_are_both_replayed(database: &Database) {
    let db = &database.db;
    install_unguarded(db).await.unwrap();
    let context = context();
    for name in ["a", "b"] {
        db.audited(&context).insert(new_user(name)).await.unwrap();
    }
    database.execute("UPDATE users SET logins = 7").await;
    let both = entities![user::Entity, login::Entity];
    // Two rows, found through each of the entities. A page has at most 500 rows.
    assert_eq!(replayed(both.clone(), 1, db).await.len(), 4);
    assert_eq!(replayed(both, u64::MAX, db).await.len(), 4);
}

async fn without_a_log_it_says_so(database: &Database) {
    let error = Replay::new(entities![user::Entity])
        .next(&database.db)
        .await;
    let error = error.unwrap_err();
    assert!(matches!(error, Error::LogMissing(_)), "{error}");
}

/// Wherever the replay is dropped, the next borrower of the only connection can write and commit.
async fn a_replay_that_is_dropped_leaves_nothing(database: &Database) {
    install(&database.db).await.unwrap();
    let context = context();
    let db = &database
        .connect(|options| {
            options.max_connections(1);
        })
        .await;
    let mut polls = 0;
    let mut is_done = false;
    while !is_done {
        polls += 1;
        let mut replay = Replay::new(entities![user::Entity]);
        let mut next = Box::pin(replay.next(db));
        let mut left = polls;
        is_done = poll_fn(|context| match next.as_mut().poll(context) {
            Poll::Ready(page) => Poll::Ready(page.unwrap().is_some()),
            Poll::Pending if left == 1 => Poll::Ready(false),
            Poll::Pending => {
                left -= 1;
                Poll::Pending
            }
        })
        .await;
        drop(next);
        let name = format!("user {polls}");
        let written = db.audited(&context).insert(new_user(&name)).await.unwrap();
        let found = user::Entity::find_by_id(written.id).one(&database.db).await;
        assert!(found.unwrap().is_some(), "dropped after poll {polls}");
    }
    println!("{:?}: {polls} polls", database.server());
}

async fn the_doctor_replays(database: &Database) {
    let db = &database.db;
    install_unguarded(db).await.unwrap();
    let context = context();
    db.audited(&context).insert(new_user("eve")).await.unwrap();
    let doctor = || Doctor::new().entities(entities![user::Entity]);
    let found = async |doctor: Doctor| {
        let report = doctor.examine(db).await.unwrap();
        let rows = report
            .findings()
            .iter()
            .filter(|finding| finding.code == Code::RowUnexplained);
        rows.map(|finding| (finding.object.clone(), finding.what.clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(found(doctor().replay()).await, []);
    database.execute("UPDATE users SET role = 'root'").await;
    assert_eq!(found(doctor()).await, []);
    let rows = found(doctor().replay()).await;
    assert_eq!(rows.len(), 1);
    assert!(rows[0].0.starts_with("User "));
    assert!(
        rows[0]
            .1
            .starts_with("role changed without an entry; its last entry is #1, CREATE by Admin:"),
        "{rows:?}"
    );

    if database.backend() == DbBackend::Sqlite {
        db.execute_unprepared("WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 150) \
            INSERT INTO users (username, role, logins, password_hash) SELECT 'user ' || n, 'user', 0, 'x' FROM n")
            .await
            .unwrap();
        let rows = found(doctor().replay()).await;
        assert_eq!(rows.len(), 101);
        assert!(rows.iter().any(|(object, _)| object == "users"));
    }
}
