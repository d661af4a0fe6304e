//! The README's installation, migration, doctor and replay.

use audit_runtime::{
    Error, entities,
    prelude::*,
    replay::Replay,
    schema::{self, GuardMode, doctor::Doctor},
};
use sea_orm::IntoActiveModel;
use sea_orm::entity::prelude::*;
use sea_orm_migration::prelude::{MigrationTrait, MigratorTrait};
use serde_json::Value as Json;

use super::{prepare, user};
use crate::backend::{Database, on_every_backend};
use crate::entities::{create_table, entries};

on_every_backend!(
    installing,
    migrating,
    examining,
    replaying,
    an_existing_service
);

async fn installing(database: &Database) {
    async fn install(db: DatabaseConnection) -> Result<(), Error> {
        audit_runtime::schema::install(&db).await?;
        Ok(())
    }
    install(database.db.clone()).await.unwrap();
    assert_eq!(entries(&database.db).await, []);
}

struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let mut migrations: Vec<Box<dyn MigrationTrait>> = vec![/* your own */];
        migrations.extend(audit_runtime::schema::migrations());
        migrations
    }
}

async fn migrating(database: &Database) {
    Migrator::up(&database.db, None).await.unwrap();
    assert_eq!(entries(&database.db).await, []);
}

async fn examining(database: &Database) {
    async fn examine(
        db: DatabaseConnection,
    ) -> Result<(bool, String, Json), Box<dyn std::error::Error>> {
        let doctor = Doctor::new().entities(entities![user::Entity]);
        let report = doctor.examine(&db).await?;
        let for_people = report.to_string();
        let for_machines = serde_json::to_value(&report)?;
        let is_safe = report.is_healthy();
        Ok((is_safe, for_people, for_machines))
    }
    let (is_safe, text, json) = examine(database.db.clone()).await.unwrap();
    assert!(!is_safe);
    assert!(
        text.contains("Error LOG_MISSING: audit_log is not there."),
        "{text}"
    );
    assert_eq!(json["findings"][0]["code"], "LOG_MISSING");
}

async fn replaying(database: &Database) {
    async fn replay(db: DatabaseConnection) -> Result<(), Error> {
        let mut replay = Replay::new(entities![user::Entity]);
        while let Some(page) = replay.next(&db).await? {
            for row in page.found {
                eprintln!("{row}"); // User 7: role changed without an entry; its last entry is #12, UPDATE by Admin:7 at 2026-…
            }
        }
        Ok(())
    }
    prepare(&database.db).await;
    replay(database.db.clone()).await.unwrap();
}

async fn an_existing_service(database: &Database) {
    async fn promote(
        db: DatabaseConnection,
        context: AuditContext,
        found: user::Model,
    ) -> Result<(), Box<dyn std::error::Error>> {
        schema::install_guards(&db, &entities![user::Entity], GuardMode::Capture).await?;

        let tx = db.audited(&context).begin().await?;
        tx.raw_sql("a call site that is not changed yet").await?;
        let mut row = found.into_active_model();
        row.role = Set("admin".to_owned());
        row.save(&tx).await?;
        tx.commit().await?;
        Ok(())
    }
    let db = &database.db;
    audit_runtime::schema::install(db).await.unwrap();
    create_table(db, user::Entity).await.unwrap();
    let context = AuditContext::new(Actor::new("Admin", "7"));
    let draft = user::SignUpDraft::new()
        .username("jack")
        .password_hash("hash");
    let jack = db.audited(&context).insert(draft).await.unwrap();
    promote(db.clone(), context, jack).await.unwrap();
    let entries = entries(db).await;
    let change = entries.iter().find(|entry| entry.action == "UPDATE");
    assert_eq!(change.unwrap().diff()[0]["after"], "admin");
    assert_eq!(change.unwrap().actor.kind(), "Admin");
}
