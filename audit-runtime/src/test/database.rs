//! A database for one test.

use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection};

use crate::{
    Error,
    schema::{self, Entities},
};

/// Returns an in-memory SQLite database with the log and the tables of these entities.
///
/// The application enables SeaORM's feature `sqlx-sqlite`, among its dev-dependencies. Tables of other entities are
/// created as in any test, for example by the application's `Migrator`. Each call returns another database.
///
/// # Errors
///
/// An error of the database, for example if the driver is not enabled.
pub async fn database(entities: &Entities) -> Result<DatabaseConnection, Error> {
    // A second connection would see another database.
    let mut options = ConnectOptions::new("sqlite::memory:");
    options.max_connections(1).sqlx_logging(false);
    let db = Database::connect(options).await?;
    schema::install(&db).await?;
    let backend = db.get_database_backend();
    for table in entities.iter() {
        db.execute(table.create(backend).if_not_exists()).await?;
    }
    Ok(db)
}
