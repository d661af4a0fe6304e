//! The database: its tables and sample accounts.

use std::time::Duration;

use audit_runtime::{prelude::*, schema};
use rand::{Rng, distr::Alphanumeric};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbErr, EntityTrait,
    PaginatorTrait, Schema,
};

use crate::{order, password, user, user::Role};

const IN_MEMORY: &str = "sqlite::memory:";

/// The credentials of a sample account.
pub struct Login {
    pub username: &'static str,
    pub password: String,
    pub role: Role,
}

pub async fn open(url: Option<String>) -> Result<DatabaseConnection, audit_runtime::Error> {
    let mut options = ConnectOptions::new(url.unwrap_or_else(|| IN_MEMORY.to_owned()));
    options
        .sqlx_logging(false)
        .acquire_timeout(Duration::from_secs(10));
    if options.get_url() == IN_MEMORY {
        // An in-memory database lasts as long as its connection, so the connection must not be closed.
        options.idle_timeout(None).max_lifetime(None);
    }
    let db = Database::connect(options).await?;
    schema::install(&db).await?;
    create_table(&db, user::Entity).await?;
    create_table(&db, order::Entity).await?;
    Ok(db)
}

async fn create_table(db: &DatabaseConnection, entity: impl EntityTrait) -> Result<(), DbErr> {
    let mut table = Schema::new(db.get_database_backend()).create_table_from_entity(entity);
    db.execute(table.if_not_exists()).await?;
    Ok(())
}

/// Inserts two sample accounts and an order into an empty database. The passwords are new and stored nowhere.
pub async fn fill(db: &DatabaseConnection) -> Result<Vec<Login>, audit_runtime::Error> {
    if user::Entity::find().count(db).await? > 0 {
        return Ok(Vec::new());
    }
    let logins =
        [("jane.doe", Role::Admin), ("john.smith", Role::Support)].map(|(username, role)| Login {
            username,
            password: new_password(),
            role,
        });
    let context = AuditContext::new(Actor::system("setup")).reason("sample data");
    let tx = db.audited(&context).begin().await?;
    for login in &logins {
        let draft = user::SetupDraft::new()
            .username(login.username)
            .role(login.role)
            .password_hash(password::hash(login.password.clone()).await);
        let user = tx.insert(draft).await?;
        let order = order::Draft::new()
            .user_id(user.id)
            .item(format!("The first order of {}", login.username))
            .total(1_999)
            .status(order::Status::Placed);
        tx.insert(order).await?;
    }
    tx.commit().await?;
    Ok(logins.into())
}

fn new_password() -> String {
    let characters = rand::rng().sample_iter(Alphanumeric).take(16);
    characters.map(char::from).collect()
}
