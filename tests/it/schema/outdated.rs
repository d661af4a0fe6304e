//! An account that may not upgrade a log continues to use it, with a warning.

use audit_runtime::{prelude::*, schema};
use sea_orm::{DatabaseConnection, DbBackend};
use tracing::Level;

use super::{entries, insert, v1, versions};
use crate::{
    backend::{Database, on_mysql_and_mariadb, patient, run},
    entities::context,
    grants::{name, url_of},
    traces::Traces,
};

on_mysql_and_mariadb!(a_writer_starts_on_an_outdated_log);

async fn a_writer_starts_on_an_outdated_log(db: &Database) {
    v1::create(db).await;
    let account = format!("w_{}", &name(db)["audit_test_".len()..]);
    db.execute(&format!("CREATE USER {account}")).await;
    starts_with_a_warning(db, &account).await;
    db.execute(&format!("DROP USER {account}")).await;
}

#[test]
fn a_writer_starts_on_an_outdated_log_on_postgres() {
    run(DbBackend::Postgres, async |db| {
        v1::create(db).await;
        let account = format!("w_{}", &name(db)["audit_test_".len()..]);
        db.execute(&format!("CREATE ROLE {account} LOGIN PASSWORD '{account}'"))
            .await;
        starts_with_a_warning(db, &account).await;
        db.execute(&format!("DROP OWNED BY {account}; DROP ROLE {account}"))
            .await;
    });
}

async fn starts_with_a_warning(db: &Database, account: &str) {
    let dialect = schema::Dialect::of(&db.db).await.unwrap();
    let roles = schema::Roles::new().writer(account);
    for grant in schema::grants(dialect, &roles) {
        db.execute(&grant).await;
    }
    let writer = sea_orm::Database::connect(patient(url_of(db, account)))
        .await
        .unwrap();
    warned(&writer).await;
    let event = Event::new("LOGIN");
    writer.audited(&context()).record(event).await.unwrap();
    writer.close().await.unwrap();
    assert_eq!(entries(&db.db).await, 1);
    assert_eq!(versions(db).await, [1]);
}

#[test]
fn a_file_that_is_read_only_is_read_as_it_is() {
    run(DbBackend::Sqlite, async |db| {
        v1::create(db).await;
        insert(&db.db, None).await;
        let reader = db
            .connect(|options| {
                options.map_sqlx_sqlite_opts(|options| options.read_only(true));
            })
            .await;
        warned(&reader).await;
        let page = History::all().page(&reader, None, 9).await.unwrap();
        assert_eq!(page.entries.len(), 1);
        assert_eq!(versions(db).await, [1]);
    });
}

/// Asserts that `install` succeeds for this account, and warns about the missing upgrade.
async fn warned(db: &DatabaseConnection) {
    let traces = Traces::keep(Level::WARN);
    schema::install(db).await.unwrap();
    let said = traces.take();
    assert!(
        said.contains("audit_log is of an earlier version"),
        "{said}"
    );
    assert!(said.contains("installed=1 known=2"), "{said}");
}
