//! The guards of a database, in its coverage.

use audit_runtime::{
    coverage::Coverage,
    entities,
    schema::{self, Dialect, GuardMode},
};
use sea_orm::{ConnectOptions, DatabaseConnection, DbBackend};

use super::{audited, json, told};
use crate::{
    backend::{Database, on_every_backend, on_mysql_and_mariadb},
    entities::{create_table, order, user},
    grants::{name, url_of},
};

on_every_backend!(guards_are_those_of_the_database);
on_mysql_and_mariadb!(a_guard_that_is_not_seen_is_not_known);

async fn covered(db: &DatabaseConnection) -> Coverage {
    Coverage::with_guards(&audited(), db).await.unwrap()
}

async fn guards_are_those_of_the_database(database: &Database) {
    let db = &database.db;
    schema::install(db).await.unwrap();
    create_table(db, user::Entity).await.unwrap();
    let guard = async || {
        let manifest = json(&covered(db).await);
        // The entity has no table yet.
        assert_eq!(manifest["entities"]["Order"]["guard"], "none");
        manifest["entities"]["User"]["guard"].clone()
    };
    let list = entities![user::Entity];
    assert_eq!(guard().await, "none");
    let bare = covered(db).await;

    schema::install_guards(db, &list, GuardMode::Capture)
        .await
        .unwrap();
    assert_eq!(guard().await, "capture");
    let captured = covered(db).await;
    let one = |change: &str, is_loosened| [(change.to_owned(), "User".to_owned(), is_loosened)];
    let weakened = one("GUARD_WEAKENED", true);
    let strengthened = one("GUARD_STRENGTHENED", false);
    assert_eq!(told(&captured, &bare), strengthened);
    assert_eq!(told(&bare, &captured), weakened);

    if db.get_database_backend() != DbBackend::MySql {
        schema::install_guards(db, &list, GuardMode::Enforce)
            .await
            .unwrap();
        assert_eq!(guard().await, "enforce");
        assert_eq!(told(&covered(db).await, &captured), strengthened);
        assert_eq!(told(&captured, &covered(db).await), weakened);
    }

    // An incomplete guard counts as none.
    let trigger = match db.get_database_backend() {
        DbBackend::Postgres => "ALTER TABLE users DISABLE TRIGGER USER",
        _ => "DROP TRIGGER audit_guard_users_update",
    };
    database.execute(trigger).await;
    assert_eq!(guard().await, "none");
    schema::install_guards(db, &list, GuardMode::Capture)
        .await
        .unwrap();
    assert_eq!(guard().await, "capture");
    schema::remove_guards(db, &list).await.unwrap();
    assert_eq!(guard().await, "none");
    create_table(db, order::Entity).await.unwrap();
    assert_eq!(guard().await, "none");
}

async fn a_guard_that_is_not_seen_is_not_known(database: &Database) {
    let db = &database.db;
    schema::install(db).await.unwrap();
    for created in [
        create_table(db, user::Entity).await,
        create_table(db, order::Entity).await,
    ] {
        created.unwrap();
    }
    schema::install_guards(db, &audited(), GuardMode::Capture)
        .await
        .unwrap();
    assert!(matches!(
        Dialect::of(db).await.unwrap(),
        Dialect::MySql | Dialect::MariaDb
    ));
    let shop = name(database);
    let account = format!("sees_{}", &shop["audit_test_".len()..]);
    database.execute(&format!("CREATE USER {account}")).await;
    database
        .execute(&format!("GRANT SELECT ON {shop}.* TO {account}"))
        .await;
    let options = ConnectOptions::new(url_of(database, &account));
    let app = sea_orm::Database::connect(options).await.unwrap();
    let (owner, app) = (covered(db).await, covered(&app).await);
    database.execute(&format!("DROP USER {account}")).await;
    let note = ("GUARD_UNKNOWN".to_owned(), "Order, User".to_owned(), false);
    assert_eq!(told(&app, &owner), [note]);
    assert_eq!(told(&owner, &app), []);
    assert_eq!(app.completed_by(&owner), owner);
}
