//! An attack and its trail: a stolen admin account makes a user an admin, uses the role, and resets it.

mod arguments;
mod user;

use std::{error::Error, process::ExitCode};

use audit_runtime::{Cursor, Entry, Page, audit_log, prelude::*, schema};
use chrono::Utc;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, EntityTrait, PaginatorTrait, Schema};

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
    let service = sign_up(&db, "backup").await?;

    title("A request body that asks for more than its allowlist");
    mass_assignment(&db, &victim).await?;

    title("A stolen admin account");
    stolen_account(&db, &victim, &service).await?;

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

    title("The investigator's session");
    investigate(&db, &victim).await?;

    // The answers above are about this run. A database file also contains the previous runs.
    let entries = audit_log::Entity::find().count(&db).await?;
    println!("\n{entries} entries in audit_log.");
    Ok(())
}

/// Signs up a user, so that every user has an entry.
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

/// Sends a forbidden field. The body is refused before it reaches the row, and the attempt is recorded.
async fn mass_assignment(
    db: &DatabaseConnection,
    victim: &user::Model,
) -> Result<(), audit_runtime::Error> {
    let context = AuditContext::new(Actor::new("User", victim.id).named(&victim.username))
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
    service: &user::Model,
) -> Result<(), audit_runtime::Error> {
    let jane = Actor::new("User", 7).named("jane.doe").role("Admin");
    let thief = AuditContext::new(jane)
        .ip([203, 0, 113, 9])
        .user_agent("curl/8.5")
        .session_id("session-4711");
    let audit = db.audited(&thief);
    audit
        .update(victim.id, user::AdminPatch::new().role("admin"))
        .await?;

    // As an admin, the account has additional permissions.
    let account = Actor::new("User", victim.id).named(&victim.username);
    let accomplice = AuditContext::new(account.role("Admin")).ip([203, 0, 113, 9]);
    db.audited(&accomplice)
        .record(Event::new("CUSTOMER_EXPORT").with("rows", 120_000))
        .await?;

    audit
        .update(victim.id, user::AdminPatch::new().role("user"))
        .await?;
    // Leaves a way back in.
    audit
        .update(service.id, user::AdminPatch::new().role("admin"))
        .await?;
    println!("Done, and the row looks as if nothing had happened.");
    Ok(())
}

/// Investigates from the first question to the remedy.
async fn investigate(db: &DatabaseConnection, victim: &user::Model) -> Result<(), Box<dyn Error>> {
    println!("Who became admin, ever?");
    let question = History::of_type::<user::Entity>()
        .changed(user::Column::Role)
        .to("admin");
    let grants = all(db, &question).await?;
    grants.iter().for_each(print);
    let id = victim.id.to_string();
    let granted = grants
        .iter()
        .find(|entry| entry.entity_id.as_deref() == Some(&id))
        .ok_or("the grant is not in the trail")?;

    println!("\nWhat did that account do from then on?");
    let actor = &granted.actor;
    let question = History::all().actor(actor).since(granted.timestamp);
    all(db, &question).await?.iter().for_each(print);

    println!("\nWhat did the new admin ever do, as a user and as an admin?");
    let question = History::all().actor(&Actor::new("User", &id));
    all(db, &question).await?.iter().for_each(print);

    println!("\nWhat did the row look like then, and right before?");
    for moment in [Moment::after(granted), Moment::before(granted)] {
        let past = user::Entity::state_at(victim.id, moment, db).await?;
        let past = past.ok_or("there was no such row")?;
        let fields = past
            .iter()
            .map(|(column, value)| format!("{column:?} {value}"));
        println!("  {}", fields.collect::<Vec<_>>().join(", "));
    }

    println!("\nEvery role it ever had:");
    let timeline = user::Entity::timeline(victim.id, user::Column::Role, db).await?;
    for tenure in &timeline {
        if let (Some(role), Some(entry)) = (&tenure.value, &tenure.since) {
            println!("  {role} since {}", entry.timestamp.format("%F %T%.6f UTC"));
        }
    }

    println!("\nTake it all back, unless that was done already:");
    let investigator = AuditContext::new(Actor::new("User", 1001).named("ann").role("Auditor"))
        .reason("incident 12");
    let audit = db.audited(&investigator);
    for entry in &grants {
        match audit.revert(entry.inverse::<user::AdminPatch>()?).await {
            Ok(_) => {
                let id = entry.entity_id.as_deref().unwrap_or_default();
                let taken_back = History::on("User", id).latest(db).await?;
                taken_back.iter().for_each(print);
            }
            Err(refused) => println!("  {refused}"),
        }
    }
    Ok(())
}

/// The entries of all pages.
async fn all(
    db: &DatabaseConnection,
    question: &History,
) -> Result<Vec<Entry>, audit_runtime::Error> {
    let mut all = Vec::new();
    let mut cursor: Option<Cursor> = None;
    loop {
        let Page { entries, next, .. } = question.page(db, cursor, 200).await?;
        all.extend(entries);
        cursor = next;
        if cursor.is_none() {
            return Ok(all);
        }
    }
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
