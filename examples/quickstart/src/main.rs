//! A stolen admin account makes somebody an admin, uses it, and puts the role back. The trail tells.

mod arguments;
mod user;

use std::{error::Error, process::ExitCode};

use audit_runtime::{Entry, audit_log, prelude::*, schema};
use chrono::Utc;
use sea_orm::{
    ColumnTrait, ConnectionTrait, Database, DatabaseConnection, EntityTrait, PaginatorTrait,
    QueryFilter, QueryOrder, Schema,
};

use crate::arguments::{Arguments, USAGE};

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = match Arguments::parse() {
        Ok(Some(arguments)) => arguments,
        Ok(None) => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("quickstart: {error}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match run(&arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("quickstart: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let db = open(&arguments.database).await?;
    let victim = sign_up(&db, &arguments.user).await?;

    title("A request body that asks for more than its allowlist");
    mass_assignment(&db, &victim).await?;

    title("A stolen admin account");
    stolen_account(&db, &victim).await?;

    title("The trail of the row");
    let page = History::of::<user::Entity>(victim.id)
        .page(&db, None, 50)
        .await?;
    page.entries.iter().for_each(print);

    title("One entry, whole");
    let granted = page
        .entries
        .iter()
        .find(|entry| entry.after()["role"] == "admin")
        .ok_or("the grant is not in the trail")?;
    println!("{}", serde_json::to_string_pretty(granted)?);

    title("The investigator's questions");
    answers(&db, granted).await?;

    // The answers above are about one run; a file that is kept has the runs before too.
    let entries = audit_log::Entity::find().count(&db).await?;
    println!("\n{entries} entries in audit_log.");
    Ok(())
}

/// Nobody is in the log who did not sign up through it.
async fn sign_up(
    db: &DatabaseConnection,
    username: &str,
) -> Result<user::Model, audit_runtime::Error> {
    let visitor = AuditContext::new(Actor::anonymous()).ip([198, 51, 100, 7]);
    db.audited(&visitor)
        .insert(user::ActiveModel {
            username: Set(username.to_owned()),
            role: Set("user".to_owned()),
            phone: Set(Some("555-0100".to_owned())),
            password_hash: Set("$argon2id$v=19$...".to_owned()),
            last_seen_at: Set(Utc::now()),
            ..Default::default()
        })
        .await
}

/// The body is refused before it reaches the row, and the attempt is evidence.
async fn mass_assignment(
    db: &DatabaseConnection,
    victim: &user::Model,
) -> Result<(), audit_runtime::Error> {
    let context =
        AuditContext::new(Actor::new("User", victim.id.to_string()).named(&victim.username))
            .ip([198, 51, 100, 7]);
    let body = r#"{"phone": "555-0199", "role": "admin"}"#;
    println!("PATCH /profile {body}");
    if let Err(refused) = serde_json::from_str::<user::ProfilePatch>(body) {
        println!("400 {refused}");
        let event = Event::new("PROFILE_UPDATE")
            .about::<user::Entity>(victim.id)
            .label(&victim.username)
            .denied()
            .with("refused", refused.to_string());
        db.audited(&context).record(event).await?;
    }
    Ok(())
}

async fn stolen_account(
    db: &DatabaseConnection,
    victim: &user::Model,
) -> Result<(), audit_runtime::Error> {
    let thief = AuditContext::new(Actor::new("Admin", "7").named("jane.doe"))
        .ip([203, 0, 113, 9])
        .user_agent("curl/8.5")
        .session_id("session-4711");
    let audit = db.audited(&thief);
    audit
        .update(victim.id, user::AdminPatch::new().role("admin"))
        .await?;

    // As an admin the account can do what it could not before.
    let accomplice =
        AuditContext::new(Actor::new("Admin", victim.id.to_string()).named(&victim.username))
            .ip([203, 0, 113, 9]);
    db.audited(&accomplice)
        .record(Event::new("CUSTOMER_EXPORT").with("rows", 120_000))
        .await?;

    audit
        .update(victim.id, user::AdminPatch::new().role("user"))
        .await?;
    println!("Done, and the row looks as if nothing had happened.");
    Ok(())
}

async fn answers(db: &DatabaseConnection, granted: &Entry) -> Result<(), Box<dyn Error>> {
    let actor = &granted.actor;
    println!(
        "Who granted the role? {} '{}', id {}",
        actor.kind(),
        actor.name().unwrap_or_default().escape_debug(),
        actor.id()
    );
    println!("When?                 {}", granted.timestamp);
    if let Some(ip) = granted.source.ip {
        println!("From where?           {ip}");
    }
    println!("What did that account, and the one it made admin, do from then on?");
    let accounts = [Some(granted.actor.id()), granted.entity_id.as_deref()];
    let rows = audit_log::Entity::find()
        .filter(audit_log::Column::ActorId.is_in(accounts.into_iter().flatten()))
        .filter(audit_log::Column::Id.gte(granted.id))
        .order_by_asc(audit_log::Column::Id)
        .all(db)
        .await?;
    for row in rows {
        print(&Entry::try_from(row)?);
    }
    Ok(())
}

fn print(entry: &Entry) {
    let time = entry.timestamp.format("%F %T UTC");
    let ip = entry.source.ip.map(|ip| ip.to_string()).unwrap_or_default();
    println!("{time}  {ip:<13}  {entry}");
}

fn title(text: &str) {
    println!("\n{text}\n{}", "-".repeat(text.len()));
}

async fn open(database: &str) -> Result<DatabaseConnection, Box<dyn Error>> {
    let db = Database::connect(database).await?;
    schema::install(&db).await?;
    let mut users = Schema::new(db.get_database_backend()).create_table_from_entity(user::Entity);
    db.execute(users.if_not_exists()).await?;
    Ok(db)
}
