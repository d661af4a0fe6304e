use std::{env, error::Error, net::SocketAddr};

use helpdesk_after::{app, job, migration::Migrator, seed};
use sea_orm::Database;
use sea_orm_migration::MigratorTrait;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = env::var("DATABASE_URL");
    let db =
        Database::connect(url.unwrap_or("sqlite:helpdesk.sqlite3?mode=rwc".to_owned())).await?;
    Migrator::up(&db, None).await?;
    seed(&db, &env::var("HELPDESK_ADMIN_TOKEN")?).await?;
    tokio::spawn(job::daily(db.clone()));
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    let app = app(db).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app).await?;
    Ok(())
}
