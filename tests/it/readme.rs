//! Tests of the README. Its Rust blocks are repeated here verbatim and run. The other blocks are compared.

mod documents;
mod keeping;
mod operating;
mod over_http;
mod writing;

use audit_runtime::{Error, coverage::Coverage, entities, prelude::*};
use sea_orm::Statement;
use sea_orm::{DbBackend, entity::prelude::*};
use serde_json::Value as Json;

use self::documents::block;
use crate::backend::{Database, on_every_backend};
use crate::entities::{create_table, entries};

on_every_backend!(the_first_screen, the_context, events, reading);

mod user {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "users")]
    #[audited(entity_type = "User", no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[audited(create(SignUp), update(Profile, Admin), label)]
        pub username: String,
        #[sea_orm(default_value = "user")]
        #[audited(update(Admin))]
        pub role: String,
        #[audited(create(SignUp), redact)]
        pub password_hash: String,
    }
}

async fn the_first_screen(database: &Database) {
    let db = &database.db;
    prepare(db).await;
    first_write(db).await.unwrap();

    let entry = entries(db).await.remove(1);
    let mut shown: Json = serde_json::from_str(&block("json", 0)).unwrap();
    let stored = without_nulls(serde_json::to_value(entry).unwrap());
    for key in ["id", "changeset_id", "timestamp", "recorded_at"] {
        assert!(shown[key].is_string() || shown[key].is_number());
        shown[key] = stored[key].clone();
    }
    assert_eq!(shown, stored);
}

async fn first_write(db: &DatabaseConnection) -> Result<(), Error> {
    let jane = Actor::new("User", 7).named("jane.doe").role("Admin");
    let context = AuditContext::new(jane).ip([203, 0, 113, 9]);
    let promotion = user::AdminPatch::new().role("admin");
    db.audited(&context).update(1, promotion).await?;
    Ok(())
}

async fn the_context(database: &Database) {
    let ann = Actor::new("User", 3).named("ann").role("Support");
    let context = AuditContext::new(ann)
        .on_behalf_of(Actor::new("User", 12))
        .ip([203, 0, 113, 9])
        .user_agent("Mozilla/5.0")
        .session_id("session-4711")
        .request_id("0198a7")
        .tenant("acme")
        .reason("ticket 4711");

    prepare(&database.db).await;
    let patch = user::AdminPatch::new().role("admin");
    database
        .db
        .audited(&context)
        .update(1, patch)
        .await
        .unwrap();
    let entry = entries(&database.db).await.remove(1);
    assert_eq!(entry.reason.as_deref(), Some("ticket 4711"));
    assert!(
        entry
            .to_string()
            .starts_with("Support 'ann' on behalf of User '12' changed")
    );
}

async fn events(database: &Database) {
    async fn record(audit: Audit<'_, DatabaseConnection>) -> Result<(), Error> {
        let event = Event::new("LOGIN_FAILURE")
            .about::<user::Entity>(1)
            .denied()
            .with("attempts", 3);
        audit.record(event).await?;
        Ok(())
    }
    prepare(&database.db).await;
    let context = context();
    record(database.db.audited(&context)).await.unwrap();
    let entry = entries(&database.db).await.remove(1);
    assert_eq!(
        entry.to_string(),
        "Admin 'jane.doe': LOGIN_FAILURE on User '1', denied"
    );
}

async fn reading(database: &Database) {
    async fn history(db: DatabaseConnection) -> Result<(), Error> {
        let page = History::of::<user::Entity>(1)
            .newest_first()
            .page(&db, None, 50)
            .await?;
        assert_eq!(
            page.entries[0].to_string(),
            "Admin 'jane.doe' changed User 'john.smith' role from 'user' to 'admin'"
        );
        assert_eq!(page.entries[0].before()["role"], "user");
        Ok(())
    }
    async fn investigation(
        db: DatabaseConnection,
        audit: Audit<'_, DatabaseConnection>,
    ) -> Result<(), Error> {
        let page = History::of_type::<user::Entity>()
            .changed(user::Column::Role)
            .to("admin")
            .newest_first()
            .page(&db, None, 50)
            .await?;
        let granted = &page.entries[0];
        let next = History::all()
            .actor(&granted.actor)
            .since(granted.timestamp)
            .page(&db, None, 50)
            .await?;
        assert_eq!(next.entries.len(), 1);

        let past = user::Entity::state_at(1, Moment::before(granted), &db)
            .await?
            .expect("the row was there");
        assert_eq!(past.value(user::Column::Role), Some(&"user".into()));
        let john = audit.revert(granted.inverse::<user::AdminPatch>()?).await?;
        assert_eq!(john.role, "user");
        Ok(())
    }
    let db = &database.db;
    prepare(db).await;
    first_write(db).await.unwrap();
    history(db.clone()).await.unwrap();
    let context = context();
    investigation(db.clone(), db.audited(&context))
        .await
        .unwrap();
    if database.backend() == DbBackend::Postgres {
        let question = Statement::from_string(database.backend(), block("sql", 0));
        let rows = db.query_all_raw(question).await.unwrap();
        assert_eq!(rows.len(), 1);
        assert_eq!(
            rows[0].try_get::<String>("", "actor_name").unwrap(),
            "jane.doe"
        );
    }
}

/// Creates the log, the tables and john.smith.
async fn prepare(db: &DatabaseConnection) {
    audit_runtime::schema::install(db).await.unwrap();
    create_table(db, user::Entity).await.unwrap();
    let draft = user::SignUpDraft::new()
        .username("john.smith")
        .password_hash("$argon2id$...");
    db.audited(&context()).insert(draft).await.unwrap();
}

fn context() -> AuditContext {
    AuditContext::new(Actor::new("Admin", "7").named("jane.doe"))
}

fn without_nulls(json: Json) -> Json {
    match json {
        Json::Object(fields) => fields
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (key, without_nulls(value)))
            .collect(),
        json => json,
    }
}

#[test]
fn covering() {
    fn check() -> Result<(), Error> {
        let manifest = include_str!("audit-coverage.json"); // written by `audit coverage --write`
        let differences = Coverage::of(&entities![user::Entity]).check(&manifest.parse()?);
        assert!(!differences.are_loosened(), "{differences}");
        Ok(())
    }
    // This program contains other entities.
    let told = std::panic::catch_unwind(check).unwrap_err();
    let told = told.downcast::<String>().unwrap();
    let others = |line: &str| line.contains(" has an entity that is not audited: ");
    assert!(told.lines().all(others), "{told}");
}
