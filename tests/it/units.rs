//! Units: one transaction, one changeset, all or nothing.

mod adopted;
mod failed;

use audit_runtime::{Error, prelude::*};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, TransactionTrait};

use crate::{
    backend::{Database, on_every_backend},
    entities::{context, entries, install, install_unguarded, new_user, user},
    invariants::{assert_none, violations},
};

on_every_backend!(
    a_commit_keeps_all_and_shares_a_changeset,
    a_rollback_keeps_nothing,
    a_dropped_unit_is_rolled_back,
    a_unit_is_a_connection,
    the_closure_form_commits_on_ok_alone,
    a_savepoint_takes_its_entries_with_it,
    operations_on_one_unit_take_turns,
    errors_convert_both_ways,
    an_empty_unit_leaves_nothing,
    the_callers_settings_stay,
    what_others_write_is_in_the_next_before
);

async fn a_commit_keeps_all_and_shares_a_changeset(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);

    let tx = audit.begin().await.unwrap();
    let john = tx.insert(new_user("john")).await.unwrap();
    tx.update(john.id, user::AdminPatch::new().role("admin"))
        .await
        .unwrap();
    tx.update(john.id, user::AdminPatch::new().role("user"))
        .await
        .unwrap();
    let changeset = tx.changeset_id();
    tx.commit().await.unwrap();
    audit.insert(new_user("jack")).await.unwrap();

    let entries = entries(db).await;
    let changesets: Vec<_> = entries
        .iter()
        .map(|entry| entry.changeset_id == changeset)
        .collect();
    assert_eq!(changesets, [true, true, true, false]);
    assert!(History::committed(changeset, db).await.unwrap());
    assert_none(&violations(db).await, "after a unit");
}

async fn a_rollback_keeps_nothing(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let tx = db.audited(&context).begin().await.unwrap();
    tx.insert(new_user("john")).await.unwrap();
    tx.record(Event::new("IMPORT")).await.unwrap();
    let changeset = tx.changeset_id();
    tx.rollback().await.unwrap();

    assert_eq!(user::Entity::find().count(db).await.unwrap(), 0);
    assert!(entries(db).await.is_empty());
    assert!(!History::committed(changeset, db).await.unwrap());
}

async fn a_dropped_unit_is_rolled_back(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let tx = db.audited(&context).begin().await.unwrap();
    tx.insert(new_user("john")).await.unwrap();
    drop(tx);
    assert_eq!(user::Entity::find().count(db).await.unwrap(), 0);
    assert!(entries(db).await.is_empty());
}

async fn a_unit_is_a_connection(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let tx = db.audited(&context).begin().await.unwrap();
    let john = tx.insert(new_user("john")).await.unwrap();
    assert_eq!(user::Entity::find().all(&tx).await.unwrap(), [john]);
    assert_eq!(entries(&tx).await.len(), 1);
    tx.execute_unprepared("UPDATE users SET last_seen_at = NULL")
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

async fn the_closure_form_commits_on_ok_alone(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    let john = audit
        .transaction(async |tx| {
            let john = tx.insert(new_user("john")).await?;
            tx.update(john.id, user::AdminPatch::new().role("admin"))
                .await
        })
        .await
        .unwrap();
    assert_eq!(john.role, "admin");

    #[derive(Debug, PartialEq)]
    struct Refused(String);
    impl From<Error> for Refused {
        fn from(error: Error) -> Self {
            Self(error.to_string())
        }
    }
    let refused = audit
        .transaction(async |tx| {
            tx.insert(new_user("jack")).await?;
            Err::<(), _>(Refused("the application says no".to_owned()))
        })
        .await;
    assert_eq!(refused, Err(Refused("the application says no".to_owned())));
    assert_eq!(user::Entity::find().count(db).await.unwrap(), 1);

    // A failure that the closure hides still fails the unit.
    let hidden: Result<(), Error> = audit
        .transaction(async |tx| {
            let _ = tx.insert(new_user("john")).await;
            Ok(())
        })
        .await;
    assert!(matches!(hidden, Err(Error::UnitFailed)));
    assert_none(&violations(db).await, "after closures");
}

async fn a_savepoint_takes_its_entries_with_it(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let tx = db.audited(&context).begin().await.unwrap();
    tx.insert(new_user("john")).await.unwrap();
    tx.execute_unprepared("SAVEPOINT before_jack")
        .await
        .unwrap();
    tx.insert(new_user("jack")).await.unwrap();
    tx.execute_unprepared("ROLLBACK TO SAVEPOINT before_jack")
        .await
        .unwrap();
    tx.insert(new_user("jill")).await.unwrap();
    tx.commit().await.unwrap();

    let labels: Vec<_> = entries(db)
        .await
        .into_iter()
        .filter_map(|entry| entry.entity_label)
        .collect();
    assert_eq!(labels, ["john", "jill"]);
    assert_none(&violations(db).await, "after a savepoint");
}

async fn operations_on_one_unit_take_turns(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let tx = db.audited(&context).begin().await.unwrap();
    let john = tx.insert(new_user("john")).await.unwrap();
    let set = |logins| tx.update(john.id, user::AdminPatch::new().logins(logins));
    let (first, second, third) = tokio::join!(set(1), set(2), set(3));
    for result in [first, second, third] {
        result.unwrap();
    }
    tx.commit().await.unwrap();
    assert_eq!(entries(db).await.len(), 4);
    assert_none(
        &violations(db).await,
        "after concurrent operations on one unit",
    );
}

async fn errors_convert_both_ways(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    async fn as_ours(db: &sea_orm::DatabaseConnection) -> Result<(), Error> {
        db.execute_unprepared("SELECT * FROM no_such_table").await?;
        Ok(())
    }
    async fn as_seaorms(db: &sea_orm::DatabaseConnection) -> Result<(), DbErr> {
        db.audited(&context()).delete::<user::Entity>(99).await?;
        Ok(())
    }
    assert!(matches!(as_ours(db).await, Err(Error::Database(_))));
    let error = as_seaorms(db).await.unwrap_err();
    assert_eq!(error, DbErr::Custom("User 99 does not exist".to_owned()));
}

async fn an_empty_unit_leaves_nothing(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    let tx = audit.begin().await.unwrap();
    let changeset = tx.changeset_id();
    tx.commit().await.unwrap();
    audit
        .adopt(db.begin().await.unwrap())
        .commit()
        .await
        .unwrap();
    assert!(entries(db).await.is_empty());
    assert!(!History::committed(changeset, db).await.unwrap());
}

async fn the_callers_settings_stay(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let (set, get) = match database.backend() {
        sea_orm::DbBackend::Postgres => (
            "SET LOCAL statement_timeout = '54321ms'",
            "SHOW statement_timeout",
        ),
        sea_orm::DbBackend::MySql => ("SET @mine = '54321ms'", "SELECT @mine"),
        _ => ("PRAGMA cache_size = 54321", "PRAGMA cache_size"),
    };
    let read = async |connection: &Unit| {
        let question = sea_orm::Statement::from_string(database.backend(), get);
        let row = connection.query_one_raw(question).await.unwrap().unwrap();
        let number = row
            .try_get_by_index::<i64>(0)
            .map(|number| number.to_string());
        number
            .or_else(|_| row.try_get_by_index::<String>(0))
            .unwrap()
    };
    let context = context();
    let transaction = db.begin().await.unwrap();
    transaction.execute_unprepared(set).await.unwrap();
    let tx = db.audited(&context).adopt(transaction);
    tx.insert(new_user("john")).await.unwrap();
    assert!(read(&tx).await.starts_with("54321"));
    tx.commit().await.unwrap();
}

async fn what_others_write_is_in_the_next_before(database: &Database) {
    let db = &database.db;
    install_unguarded(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    let john = audit.insert(new_user("john")).await.unwrap();
    database.execute("UPDATE users SET role = 'raw'").await;
    audit
        .update(john.id, user::AdminPatch::new().role("admin"))
        .await
        .unwrap();
    let entries = entries(db).await;
    assert_eq!(entries[1].before(), serde_json::json!({"role": "raw"}));
    // The raw write left no entry, which is a violation.
    assert_eq!(violations(db).await.len(), 1);
}
