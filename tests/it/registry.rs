//! Lists of audited entities: explicit and registered.

use audit_runtime::{
    audited::FieldPolicy,
    entities,
    schema::{self, Entities, GuardMode},
};
use sea_orm::sea_query::ColumnType;

use crate::{
    backend::{Database, on_every_backend},
    entities::{entries, install, order, user},
};

#[test]
fn a_list_has_each_entity_once() {
    let list = entities![user::Entity, order::Entity, user::Entity,];
    let tables: Vec<_> = list.iter().map(|table| table.table()).collect();
    assert_eq!(tables, ["users", "orders"]);
    let types: Vec<_> = list.iter().map(|table| table.entity_type()).collect();
    assert_eq!(types, ["User", "Order"]);
    assert_eq!(entities![].iter().count(), 0);

    let user = list.iter().next().unwrap();
    assert_eq!(user.schema(), None);
    let policies: Vec<_> = user
        .columns()
        .iter()
        .map(|column| (column.name, column.field, column.policy))
        .collect();
    assert_eq!(policies[0], ("id", "id", FieldPolicy::Key));
    assert_eq!(policies[4], ("phone", "phone", FieldPolicy::Redact));
    assert_eq!(
        policies[6],
        ("last_seen_at", "last_seen_at", FieldPolicy::Skip)
    );
    assert_eq!(user.columns()[3].column_type, ColumnType::Integer);
}

#[test]
fn derived_entities_register_themselves() {
    let here = |path| {
        let found = Entities::registered_in(path);
        let mut tables: Vec<_> = found.iter().map(|table| table.table()).collect();
        tables.sort_unstable();
        tables
    };
    for path in ["it::entities", "it::entities::*", "it::entities::"] {
        assert_eq!(here(path), ["documents", "orders", "users"], "{path}");
    }
    assert_eq!(here("it::entities::user"), ["users"]);
    // A part of a name is not a module.
    assert!(here("it::entit").is_empty());
    assert!(Entities::registered().iter().count() > 3);
}

on_every_backend!(guards_of_a_list_are_installed_and_removed);

async fn guards_of_a_list_are_installed_and_removed(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let list = Entities::registered_in("it::entities");
    let raw = [
        "INSERT INTO users VALUES (1, 'a', 'user', 0, NULL, '', NULL)",
        "INSERT INTO documents VALUES ('a', 'b', 1)",
    ];
    schema::install_guards(db, &list, GuardMode::Capture)
        .await
        .unwrap();
    for statement in raw {
        database.execute(statement).await;
    }
    schema::collect(db).await.unwrap();
    assert_eq!(entries(db).await.len(), 2);
    schema::remove_guards(db, &list).await.unwrap();
    for statement in raw.map(|statement| statement.replace("(1,", "(2,").replace("'a'", "'b'")) {
        database.execute(&statement).await;
    }
    schema::collect(db).await.unwrap();
    assert_eq!(entries(db).await.len(), 2);
    // A guard that cannot be installed is reported.
    database.execute("DROP TABLE documents").await;
    let installed = schema::install_guards(db, &list, GuardMode::Capture).await;
    let error = installed.unwrap_err();
    assert!(error.to_string().contains("there is no table"), "{error}");
}
