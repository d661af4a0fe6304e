//! A service with plain SeaORM writes and a complete trail: guards on the tables, and one function that begins a marked
//! unit.

mod order;
mod service;
mod user;

use std::error::Error;

use audit_runtime::{Entry, entities, prelude::*, schema, schema::GuardMode};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Schema};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let db = open().await?;
    let jane = AuditContext::new(Actor::new("User", 7).named("jane.doe").role("Admin"))
        .ip([203, 0, 113, 9]);
    run(&db, &jane).await?;

    // Other writers are in the trail as well.
    db.execute_unprepared("UPDATE users SET role = 'admin' WHERE username = 'eve'")
        .await?;
    schema::collect(&db).await?;

    for entry in trail(&db).await? {
        println!("{entry}");
    }
    Ok(())
}

async fn open() -> Result<DatabaseConnection, Box<dyn Error>> {
    let db = Database::connect("sqlite::memory:").await?;
    let schema = Schema::new(db.get_database_backend());
    db.execute(&schema.create_table_from_entity(user::Entity))
        .await?;
    db.execute(&schema.create_table_from_entity(order::Entity))
        .await?;

    schema::install(&db).await?;
    let audited = entities![user::Entity, order::Entity];
    schema::install_guards(&db, &audited, GuardMode::Capture).await?;
    Ok(db)
}

/// The service at work. It has no code for the trail except its context.
async fn run(db: &DatabaseConnection, context: &AuditContext) -> Result<(), Box<dyn Error>> {
    let john = service::sign_up(db, context, "john").await?;
    service::sign_up(db, context, "eve").await?;
    service::set_role(db, context, john, "editor").await?;
    service::raise_prices(db, context).await?;
    service::leave(db, context, john).await?;
    Ok(())
}

async fn trail(db: &DatabaseConnection) -> Result<Vec<Entry>, audit_runtime::Error> {
    Ok(History::all().page(db, None, 100).await?.entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_plain_write_is_of_its_actor() {
        let db = open().await.unwrap();
        let context = AuditContext::new(Actor::new("User", 7).named("jane.doe").role("Admin"));
        run(&db, &context).await.unwrap();

        let entries = trail(&db).await.unwrap();
        let changes: Vec<_> = entries
            .iter()
            .filter(|entry| entry.entity_type.is_some())
            .collect();
        let told = changes.iter().map(|entry| {
            let entity_type = entry.entity_type.as_deref().unwrap_or_default();
            format!("{} {entity_type}", entry.action)
        });
        let mut told: Vec<_> = told.collect();
        told.sort();
        assert_eq!(
            told,
            [
                "CREATE Order",
                "CREATE Order",
                "CREATE User",
                "CREATE User",
                "DELETE Order",
                "DELETE User",
                "UPDATE Order",
                "UPDATE Order",
                "UPDATE User",
            ]
        );
        for entry in &changes {
            assert_eq!(&entry.actor, context.actor());
            assert_eq!(
                entry.reason.as_deref(),
                Some("a call site that is not changed yet")
            );
        }
        let promoted = changes
            .iter()
            .find(|entry| entry.action == "UPDATE" && entry.entity_type.as_deref() == Some("User"));
        assert_eq!(promoted.unwrap().diff()[0]["after"], "editor");
        assert!(!text_of(&entries).contains("argon2id"));
    }

    #[tokio::test]
    async fn what_others_write_is_recorded() {
        let db = open().await.unwrap();
        db.execute_unprepared("INSERT INTO orders (user_id, total) VALUES (1, 7)")
            .await
            .unwrap();
        schema::collect(&db).await.unwrap();
        let entries = trail(&db).await.unwrap();
        assert_eq!(entries.len(), 1);
        assert_eq!(entries[0].actor.kind(), "Database");
    }

    /// The full text of the entries.
    fn text_of(entries: &[Entry]) -> String {
        format!("{entries:?}")
    }
}
