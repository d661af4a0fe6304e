//! A database that is not in UTF-8.

use audit_runtime::Error;
use sea_orm::{ConnectionTrait, DatabaseBackend, DatabaseConnection, DbErr, Statement};

use crate::backend::{Database, run};

/// Other encodings cannot store most of what is logged.
#[test]
fn a_database_that_is_not_in_utf_8_is_refused() {
    run(DatabaseBackend::Postgres, async |database: &Database| {
        for encoding in ["LATIN1", "SQL_ASCII", "EUC_JP"] {
            let name = format!(
                "{}_{}",
                database.url().rsplit('/').next().unwrap(),
                encoding.to_lowercase()
            );
            database
                .execute(&format!(
                    "CREATE DATABASE {name} TEMPLATE template0 ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C'"
                ))
                .await;
            let (server, _) = database.url().rsplit_once('/').unwrap();
            let db = sea_orm::Database::connect(format!("{server}/{name}"))
                .await
                .unwrap();
            let installed = audit_runtime::schema::install(&db).await;
            let migrated = migrate(&db).await;
            let found = db
                .query_all_raw(Statement::from_string(
                    DatabaseBackend::Postgres,
                    "SELECT 1 FROM pg_class WHERE relname LIKE 'audit%'",
                ))
                .await;
            db.close().await.unwrap();
            database
                .execute(&format!("DROP DATABASE {name} WITH (FORCE)"))
                .await;

            let refused = installed.unwrap_err();
            assert!(
                matches!(&refused, Error::NotUtf8 { encoding: found } if found == encoding),
                "{refused}"
            );
            assert!(migrated.unwrap_err().to_string().contains(encoding));
            assert!(found.unwrap().is_empty(), "nothing was created");
        }
    });
}

async fn migrate(db: &DatabaseConnection) -> Result<(), DbErr> {
    use sea_orm_migration::{MigrationTrait, MigratorTrait};

    struct Migrator;

    impl MigratorTrait for Migrator {
        fn migrations() -> Vec<Box<dyn MigrationTrait>> {
            audit_runtime::schema::migrations()
        }
    }
    Migrator::up(db, None).await
}
