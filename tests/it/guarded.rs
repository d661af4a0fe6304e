//! Plain SeaORM through a `Guarded` connection, and plain writes through a unit.

use audit_runtime::{Error, Guarded, entities, prelude::*};
use futures_util::TryStreamExt;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseConnection, DbErr, EntityTrait,
    IntoActiveModel, PaginatorTrait, QueryFilter, Statement, StreamTrait, TransactionError,
    TransactionSession, TransactionTrait,
    sea_query::{Alias, Expr, Query},
};
use tracing::Level;

use crate::{
    backend::{Database, on_every_backend},
    entities::{context, create_table, document, entries, install, new_user, order, user},
    traces::Traces,
};

mod plain {
    //! An entity without audit.

    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "plain_notes")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub text: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

on_every_backend!(
    plain_writes_to_audited_tables_are_refused,
    what_is_not_audited_passes,
    rows_come_as_a_stream,
    a_plain_write_in_a_unit_is_said_once_a_table,
);

async fn guarded(database: &Database) -> (Guarded<DatabaseConnection>, user::Model) {
    let db = &database.db;
    install(db).await.unwrap();
    create_table(db, plain::Entity).await.unwrap();
    let list = entities![user::Entity, order::Entity, document::Entity];
    let guarded = Guarded::new(db.clone(), list);
    let context = context();
    let user = guarded
        .audited(&context)
        .insert(new_user("a"))
        .await
        .unwrap();
    (guarded, user)
}

fn new_note(text: &str) -> plain::ActiveModel {
    plain::ActiveModel {
        text: Set(text.to_owned()),
        ..Default::default()
    }
}

/// Asserts that the refusal names this call.
#[track_caller]
fn refused<T: std::fmt::Debug>(outcome: Result<T, DbErr>, call: &str) {
    match outcome {
        Err(DbErr::Custom(text)) => assert!(text.contains(call), "{text}"),
        outcome => panic!("{outcome:?}"),
    }
}

async fn every_plain_write<C>(db: &C, user: &user::Model)
where
    C: ConnectionTrait + StreamTrait + TransactionTrait,
{
    refused(new_user("b").insert(db).await, "insert(row)");
    refused(new_user("b").save(db).await, "insert(row)");
    let mut row = user.clone().into_active_model();
    row.role = Set("admin".to_owned());
    refused(row.clone().update(db).await, "update(id, patch)");
    refused(row.clone().save(db).await, "update(id, patch)");
    refused(row.delete(db).await, "delete::<Entity>(id)");
    refused(
        user::Entity::insert_many([new_user("b"), new_user("c")])
            .exec(db)
            .await,
        "insert(row)",
    );
    let many = user::Entity::update_many().col_expr(user::Column::Logins, Expr::value(1));
    refused(many.exec(db).await, "update(id, patch)");
    let some = user::Entity::delete_many().filter(user::Column::Logins.eq(0));
    refused(some.exec(db).await, "delete::<Entity>(id)");
    refused(
        user::Entity::delete_by_id(user.id).exec(db).await,
        "delete::<Entity>(id)",
    );
    let insert = Query::insert()
        .into_table(Alias::new("orders"))
        .columns([Alias::new("user_id")])
        .values_panic([1.into()])
        .to_owned();
    refused(db.execute(&insert).await, "insert(row)");
    refused(db.stream(&insert).await.map(drop), "insert(row)");

    // With children, in a transaction that SeaORM begins.
    let nested = user::ActiveModelEx {
        username: Set("nested".to_owned()),
        role: Set("user".to_owned()),
        logins: Set(0),
        password_hash: Set("hash".to_owned()),
        ..Default::default()
    };
    refused(nested.save(db).await, "insert(row)");

    // As SQL text.
    let backend = ConnectionTrait::get_database_backend(db);
    for sql in [
        "UPDATE users SET role = 'admin'",
        "INSERT INTO plain_notes (text) VALUES ('a')",
        "CREATE TABLE others (id integer)",
        "SELECT 1; DELETE FROM users",
        "WITH a AS (SELECT 1) DELETE FROM users",
    ] {
        let call = if sql.contains("users") {
            "db.audited(&context)"
        } else {
            "Unit::raw_sql"
        };
        refused(db.execute_unprepared(sql).await, call);
        let statement = || Statement::from_string(backend, sql);
        refused(db.execute_raw(statement()).await, call);
        refused(db.query_one_raw(statement()).await.map(drop), call);
        refused(db.query_all_raw(statement()).await.map(drop), call);
        refused(db.stream_raw(statement()).await.map(drop), call);
    }
}

async fn plain_writes_to_audited_tables_are_refused(database: &Database) {
    let (db, user) = guarded(database).await;
    every_plain_write(&db, &user).await;
    let outer = db.begin().await.unwrap();
    every_plain_write(&outer, &user).await;
    let inner = outer.begin().await.unwrap();
    refused(new_user("b").insert(&inner).await, "insert(row)");
    inner.rollback().await.unwrap();
    outer.commit().await.unwrap();
    let inside = db
        .transaction::<_, (), DbErr>(|tx| {
            Box::pin(async move {
                new_note("rolled back").insert(tx).await?;
                new_user("b").insert(tx).await.map(drop)
            })
        })
        .await;
    match inside {
        Err(TransactionError::Transaction(error)) => refused::<()>(Err(error), "insert(row)"),
        other => panic!("{other:?}"),
    }
    assert_eq!(plain::Entity::find().count(&db).await.unwrap(), 0);
    assert_eq!(entries(&db).await.len(), 1);
    // The error contains no value of a row.
    let refusal = Error::PlainWrite {
        entity_type: "User".to_owned(),
        table: "users".to_owned(),
        action: "UPDATE",
    };
    assert_eq!(
        refusal.to_string(),
        "a plain write to `users` was refused, as it would leave no entry of User: \
         call db.audited(&context).update(id, patch) instead"
    );
}

async fn what_is_not_audited_passes(database: &Database) {
    let (db, user) = guarded(database).await;
    let note = new_note("a").insert(&db).await.unwrap();
    let mut changed = note.clone().into_active_model();
    changed.text = Set("UPDATE users SET role = 'x'".to_owned());
    changed.update(&db).await.unwrap();
    let committed =
        db.transaction::<_, _, DbErr>(|tx| Box::pin(async move { new_note("b").insert(tx).await }));
    committed.await.unwrap();
    assert_eq!(plain::Entity::find().count(&db).await.unwrap(), 2);
    assert_eq!(user::Entity::find().all(&db).await.unwrap(), [user]);
    let found = db
        .query_one_raw(Statement::from_string(
            database.backend(),
            "SELECT username FROM users WHERE username <> 'DELETE FROM users'",
        ))
        .await
        .unwrap();
    assert!(found.is_some());
    plain::Entity::delete_many().exec(&db).await.unwrap();
}

async fn rows_come_as_a_stream(database: &Database) {
    let (db, user) = guarded(database).await;
    for text in ["a", "b", "c"] {
        new_note(text).insert(&db).await.unwrap();
    }
    let notes = plain::Entity::find().stream(&db).await.unwrap();
    let notes: Vec<_> = notes.map_ok(|note| note.text).try_collect().await.unwrap();
    assert_eq!(notes, ["a", "b", "c"]);

    let transaction = db.begin().await.unwrap();
    let users = user::Entity::find().stream(&transaction).await.unwrap();
    assert_eq!(users.try_collect::<Vec<_>>().await.unwrap(), [user]);
    let text = Statement::from_string(database.backend(), "SELECT text FROM plain_notes");
    let rows = transaction.stream_raw(text).await.unwrap();
    assert_eq!(rows.try_collect::<Vec<_>>().await.unwrap().len(), 3);
    transaction.commit().await.unwrap();
}

async fn a_plain_write_in_a_unit_is_said_once_a_table(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    create_table(db, plain::Entity).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    let traces = Traces::keep(Level::WARN);
    let user = audit.insert(new_user("a")).await.unwrap();

    // The library's own writes, reads, and writes to other tables are not plain writes.
    let unit = audit.begin().await.unwrap();
    unit.update(user.id, user::AdminPatch::new().logins(3))
        .await
        .unwrap();
    user::Entity::find().all(&unit).await.unwrap();
    new_note("users").insert(&unit).await.unwrap();
    let draft = document::Draft::new().id("1").title("a");
    unit.insert(draft).await.unwrap();
    assert_eq!(traces.take(), "");

    // Only the warning is tested.
    for _ in 0..2 {
        let _ = unit
            .execute_unprepared("UPDATE users SET role = 'top secret'")
            .await;
    }
    let said = traces.take();
    assert_eq!(said.matches(" WARN ").count(), 1, "{said}");
    assert!(said.contains("a plain write to `users`"), "{said}");
    assert!(said.contains("unit.update(id, patch)"), "{said}");
    assert!(!said.contains("secret"), "{said}");
    unit.rollback().await.unwrap();

    // Once per table and unit.
    let unit = audit.begin().await.unwrap();
    let _ = new_user("b").insert(&unit).await;
    let _ = document::Entity::delete_many().exec(&unit).await;
    let said = traces.take();
    assert_eq!(said.matches(" WARN ").count(), 2, "{said}");
    for expected in [
        "`users`",
        "unit.insert(row)",
        "`documents`",
        "unit.delete::<Entity>(id)",
    ] {
        assert!(said.contains(expected), "{said}");
    }
    unit.rollback().await.unwrap();

    // With a mark, the write is recorded where there is a guard.
    let unit = audit.begin().await.unwrap();
    if unit.raw_sql("a backfill").await.is_ok() {
        unit.execute_unprepared("UPDATE users SET logins = 7")
            .await
            .unwrap();
        assert_eq!(traces.take(), "");
    }
}
