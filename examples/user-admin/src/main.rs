//! A small service with users, orders, roles, and a complete audit trail.

mod api;
mod app;
mod arguments;
mod database;
mod failure;
mod login;
mod order;
mod orders;
mod page;
mod password;
mod profile;
mod server;
mod session;
mod sessions;
mod text;
mod trail;
mod user;
mod users;
mod vulnerable;

use std::{env, error::Error, net::Ipv4Addr, process::ExitCode, time::Duration};

use tokio::{net::TcpListener, signal};
use tracing_subscriber::EnvFilter;

use crate::{
    arguments::{Arguments, USAGE},
    sessions::Sessions,
};

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = match Arguments::parse() {
        Ok(Some(arguments)) => arguments,
        Ok(None) => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("user-admin: {error}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match run(&arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("user-admin: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let filter = EnvFilter::builder().with_default_directive(tracing::Level::WARN.into());
    tracing_subscriber::fmt()
        .with_env_filter(filter.from_env()?)
        .with_writer(std::io::stderr)
        .init();

    let db = database::open(env::var("DATABASE_URL").ok()).await?;
    let logins = database::fill(&db).await?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, arguments.port)).await?;
    println!("http://{}", listener.local_addr()?);
    for login in &logins {
        println!(
            "{:<8} {:<11} {}",
            login.role.to_string(),
            login.username,
            login.password
        );
    }
    if logins.is_empty() {
        println!("The accounts are those that are in the database already.");
    }
    let sessions = Sessions::default();
    tokio::spawn(sessions.clone().forget_expired(Duration::from_secs(60)));
    let app = app::app(db, sessions, arguments.is_vulnerable);
    server::serve(listener, app, async {
        // Without a handler, the signal ends the program anyway.
        let _ = signal::ctrl_c().await;
    })
    .await?;
    Ok(())
}
