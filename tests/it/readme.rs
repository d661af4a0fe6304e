//! What the README shows. Its Rust blocks stand here word for word, and run; the rest of them is compared.

use std::{error::Error as StdError, fs, net::SocketAddr};

use audit_runtime::{
    Error, Upserted,
    coverage::Coverage,
    entities,
    feed::{self, Feed, JsonLines, RotatedFile},
    http::{Access, Allowed, AuditLayer, Reading, Trail, history_routes},
    prelude::*,
    replay::Replay,
    retention::{self, Archive, DAY, Erasure, Hold, Policy, Retention},
    schema::{self, GuardMode, doctor::Doctor},
};
use axum::{
    Router,
    extract::{Path, Request, State},
    middleware::{Next, from_fn},
    response::Response,
    routing::patch,
};
use sea_orm::{DbBackend, entity::prelude::*};
use sea_orm::{IntoActiveModel, Statement, TransactionTrait};
use sea_orm_migration::prelude::{MigrationTrait, MigratorTrait};
use serde_json::Value as Json;
use tokio::net::TcpListener;

use crate::backend::{Database, on_every_backend};
use crate::entities::{create_table, entries};
use crate::folder::Folder;

on_every_backend!(
    the_first_screen,
    installing,
    migrating,
    examining,
    replaying,
    an_existing_service,
    writing,
    many_rows,
    a_refusal,
    the_context,
    units,
    events,
    reading,
    feeding,
    retaining,
    over_http
);

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

#[test]
fn covering() {
    fn check() -> Result<(), Error> {
        let manifest = include_str!("audit-coverage.json"); // written by `audit coverage --write`
        let differences = Coverage::of(&entities![user::Entity]).check(&manifest.parse()?);
        assert!(!differences.are_loosened(), "{differences}");
        Ok(())
    }
    // Here, other entities are in the program.
    let told = std::panic::catch_unwind(check).unwrap_err();
    let told = told.downcast::<String>().unwrap();
    let others = |line: &str| line.contains(" has an entity that is not audited: ");
    assert!(told.lines().all(others), "{told}");
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

async fn writing(database: &Database) {
    async fn write(db: &DatabaseConnection, context: AuditContext) -> Result<(), Error> {
        let audit = db.audited(&context);
        let draft = user::SignUpDraft::new()
            .username("jack")
            .password_hash("$argon2id$...");
        let jack = audit.insert(draft).await?;

        let promotion = user::AdminPatch::new().role("admin");
        let jack = audit.update(jack.id, promotion).await?;

        // The fields of a patch are public, like those of an ActiveModel.
        let username = Set("jim".to_owned());
        let jim = jack.apply(user::ProfilePatch { username }, &audit).await?;

        // Fails with `Error::Conflict` if the stored row differs from `jim`.
        let demotion = user::AdminPatch::new().role("user");
        let jim = audit.update_if_unchanged(&jim, demotion).await?;

        audit.delete::<user::Entity>(jim.id).await?;
        Ok(())
    }
    prepare(&database.db).await;
    write(&database.db, context()).await.unwrap();
    let actions: Vec<_> = entries(&database.db)
        .await
        .into_iter()
        .map(|entry| entry.action)
        .collect();
    assert_eq!(
        actions,
        ["CREATE", "CREATE", "UPDATE", "UPDATE", "UPDATE", "DELETE"]
    );
}

async fn many_rows(database: &Database) {
    let db = &database.db;
    prepare(db).await;
    database
        .execute("CREATE UNIQUE INDEX usernames ON users (username)")
        .await;
    many(db).await.unwrap();
    let actions: Vec<_> = entries(db).await.into_iter().map(|it| it.action).collect();
    let expected = [
        "CREATE", "CREATE", "CREATE", "UPDATE", "UPDATE", "UPDATE", "DELETE", "UPDATE",
    ];
    assert_eq!(actions, expected);
}

async fn many(db: &DatabaseConnection) -> Result<(), Error> {
    let context = context();
    let audit = db.audited(&context);
    let drafts = ["ann", "bob"].map(|name| {
        user::SignUpDraft::new()
            .username(name)
            .password_hash("$argon2id$...")
    });
    let inserted = audit.insert_many(drafts).await?;

    let promotion = user::AdminPatch::new().role("admin");
    let role = user::Column::Role;
    let promoted = audit.update_many(role.eq("user"), promotion).await?;

    let bob = user::Column::Username.eq("bob");
    let deleted = audit.delete_many::<user::Entity>(bob).await?;
    assert_eq!((inserted.len(), promoted, deleted), (2, 3, 1));

    let ann = user::SignUpDraft::new()
        .username("ann")
        .password_hash("$argon2id$...");
    let demotion = user::AdminPatch::new().role("user");
    let ann = audit
        .insert_or_update(ann, [user::Column::Username], demotion)
        .await?;
    assert!(matches!(ann, Upserted::Updated(_)));
    Ok(())
}

async fn a_refusal(_: &Database) {
    let body = r#"{"username": "jack", "role": "admin"}"#;
    let refused = serde_json::from_str::<user::ProfilePatch>(body).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "not allowed here: `role`; allowed: `username` at line 1 column 37"
    );
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

async fn units(database: &Database) {
    async fn begin(audit: Audit<'_, DatabaseConnection>) -> Result<(), Error> {
        let tx = audit.begin().await?;
        tx.update(1, user::AdminPatch::new().role("admin")).await?;
        tx.record(Event::new("ROLES_REVIEWED")).await?;
        let admins = user::Entity::find()
            .filter(user::Column::Role.eq("admin"))
            .all(&tx)
            .await?;
        tx.commit().await?;
        assert_eq!(admins.len(), 1);
        Ok(())
    }
    async fn closure(audit: Audit<'_, DatabaseConnection>) -> Result<(), Error> {
        audit
            .transaction(async |tx| {
                tx.update(1, user::AdminPatch::new().role("user")).await?;
                tx.record(Event::new("ROLES_REVIEWED")).await
            })
            .await?;
        Ok(())
    }
    async fn adopt(
        db: &DatabaseConnection,
        audit: Audit<'_, DatabaseConnection>,
    ) -> Result<(), Error> {
        let transaction = db.begin().await?;
        let tx = audit.adopt(transaction);
        tx.update(1, user::AdminPatch::new().role("admin")).await?;
        tx.commit().await?;
        Ok(())
    }
    let db = &database.db;
    prepare(db).await;
    let context = context();
    begin(db.audited(&context)).await.unwrap();
    closure(db.audited(&context)).await.unwrap();
    adopt(db, db.audited(&context)).await.unwrap();
    assert_eq!(entries(db).await.len(), 6);
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

async fn feeding(database: &Database) {
    async fn feed(
        db: DatabaseConnection,
        context: AuditContext,
        shutdown: impl Future<Output = ()>,
    ) -> Result<(), Error> {
        schema::install_feed(&db).await?;
        let log = feed::log_id(&db).await?;
        let sink = RotatedFile::new(JsonLines::new(log), "/var/log/shop/audit.jsonl");
        let mut feed = Feed::new("siem", log, sink).required();
        feed.start(&db, &context).await?;
        feed.run(&db, shutdown).await?; // on any number of replicas, of which one delivers
        Ok(())
    }
    prepare(&database.db).await;
    let stopped = std::future::ready(());
    feed(database.db.clone(), context(), stopped).await.unwrap();
    // There is no such folder, and nobody waits for it.
    let lag = audit_runtime::feed::lags(&database.db)
        .await
        .unwrap()
        .remove(0);
    assert_eq!((&*lag.feed, lag.required, lag.failures), ("siem", true, 1));
}

async fn retaining(database: &Database) {
    async fn retain(
        db: DatabaseConnection,
        context: AuditContext,
        folder: &std::path::Path,
    ) -> Result<(), Error> {
        let retention = Retention::new([
            Policy::new("cards")
                .document("SEC-12 v3")
                .types(["Card"])
                .hot(90 * DAY) // then in the archive
                .keep(365 * DAY)
                .destroy_after(730 * DAY),
            Policy::new("others").document("SEC-12 v3").keep(90 * DAY),
        ])?
        .archive(Archive::folder(folder)?);
        retention.install(&db, &context).await?;

        retention::hold(&db, &context, Hold::new("matter 2026-17").row("User", "7")).await?;
        let report = retention.run(&db, &context).await?; // from a scheduler, on any number of replicas
        assert_eq!(report.purged(), 0);
        erase(&retention, &db, &context).await
    }
    async fn erase(
        retention: &Retention,
        db: &DatabaseConnection,
        context: &AuditContext,
    ) -> Result<(), Error> {
        let (db, context) = (db.clone(), context.clone());
        let erasure = Erasure::row("User", "7", ["username"], "request 2026-42");
        let erased = retention.erase(&db, &context, erasure).await?;
        assert_eq!(erased.entries, 0);
        Ok(())
    }
    prepare(&database.db).await;
    let folder = Folder::new();
    retain(database.db.clone(), context(), &folder.0)
        .await
        .unwrap();
}

#[test]
fn every_block_is_here() {
    let source = include_str!("readme.rs");
    let mut blocks = 0;
    for block in all_blocks("rust") {
        let stands_here = [0, 4, 8]
            .iter()
            .any(|&indent| source.contains(&indented(&block, indent)));
        assert!(
            stands_here,
            "not word for word in tests/it/readme.rs:\n{block}"
        );
        blocks += 1;
    }
    // None is spared by an attribute, such as `ignore`.
    assert_eq!(blocks, readme().matches("```rust").count());
}

#[test]
fn the_list_of_tests_names_no_other() {
    let sources = sources("it".as_ref()) + &sources("shapes".as_ref());
    let list = fs::read_to_string("README.md").unwrap();
    let names = list.lines().filter_map(|line| {
        let name = line.strip_prefix("- `")?;
        name.split('`').next()
    });
    let mut listed = 0;
    for name in names {
        // A shape of `shapes` is an argument of a macro.
        let is_there = [format!("fn {name}("), format!("\n    {name}: ")];
        let is_there = is_there.iter().any(|form| sources.contains(form));
        assert!(is_there, "there is no test {name}");
        listed += 1;
    }
    assert!(listed > 50);
}

#[test]
fn the_first_screen_is_one() {
    let end = readme().lines().position(|line| line == "```json").unwrap();
    let json = block("json", 0).lines().count();
    assert!(end + json + 2 <= 40);
}

type Failure = Box<dyn StdError + Send + Sync>;

/// What authentication leaves in a request.
#[derive(Clone)]
struct CurrentUser {
    role: String,
    id: i32,
    name: String,
}

async fn authenticate(mut request: Request, next: Next) -> Response {
    request.extensions_mut().insert(CurrentUser {
        role: "User".to_owned(),
        id: 1,
        name: "john.smith".to_owned(),
    });
    next.run(request).await
}

async fn service(db: DatabaseConnection, listener: TcpListener) -> Result<(), Failure> {
    let layer = AuditLayer::new()
        .actor(|parts| {
            let user = parts.extensions.get::<CurrentUser>()?;
            Some(
                Actor::new("User", user.id)
                    .named(&user.name)
                    .role(&user.role),
            )
        })
        .trusted_proxies(["10.0.0.0/8"])?
        .recording_refusals(db.clone());
    let trail = Trail::new(db.clone(), who_reads_what).recording_reads();
    let app = Router::new()
        .route("/users/{id}", patch(update_user))
        .with_state(db)
        .merge(history_routes::<user::Entity>(&trail)) // GET /users/{id}/audit
        .layer(layer)
        .layer(from_fn(authenticate)); // yours, which inserts the `CurrentUser`
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app).await?;
    Ok(())
}

async fn update_user(
    context: AuditContext,
    State(db): State<DatabaseConnection>,
    Path(id): Path<i32>,
    Allowed(patch): Allowed<user::ProfilePatch>,
) -> Result<String, Error> {
    let user = db.audited(&context).update(id, patch).await?;
    Ok(user.username)
}

fn who_reads_what(reading: &Reading<'_>) -> Access {
    let reader = reading.reader().actor();
    let own = reading.entity_type() == Some("User") && reading.entity_id() == Some(reader.id());
    match reader.role_name() {
        Some("Admin") => Access::full(),
        Some("Support") => Access::full().redacting::<user::Entity>([user::Column::Username]),
        _ if own => Access::full().without_source(),
        _ => Access::denied(),
    }
}

async fn over_http(database: &Database) {
    use crate::http::server::{Server, caller};

    let db = &database.db;
    prepare(db).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = service(db.clone(), listener);
    let server = Server::serving(address, async { serving.await.unwrap() });
    let path = "/users/1";
    for (body, status) in [("username", 200), ("role", 400)] {
        let body = serde_json::json!({ body: "jim" });
        assert_eq!(server.patch(path, &caller(""), &body).await.status, status);
    }
    let page = server.get("/users/1/audit", &caller("")).await.json();
    let actions: Vec<_> = page["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["action"].as_str().unwrap())
        .collect();
    assert_eq!(actions, ["FIELDS_REFUSED", "UPDATE", "CREATE"]);
    // He may not see it, and it is there: the block is all it takes.
    assert_eq!(page["entries"][1]["source"]["ip"], Json::Null);
    let sources = entries(db).await.into_iter().map(|entry| entry.source.ip);
    let sources: Vec<_> = sources.collect();
    let peer = Some([127, 0, 0, 1].into());
    assert_eq!(sources[1..3], [peer, peer]);
    assert_eq!(server.get("/users/2/audit", &caller("")).await.status, 404);
}

/// The tables, and john.smith in them.
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

fn readme() -> String {
    fs::read_to_string("../README.md").unwrap()
}

/// All Rust of a directory.
fn sources(directory: &std::path::Path) -> String {
    let mut sources = String::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources += &self::sources(&path);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            sources += &fs::read_to_string(path).unwrap();
        }
    }
    sources
}

fn block(language: &str, index: usize) -> String {
    all_blocks(language).remove(index)
}

fn all_blocks(language: &str) -> Vec<String> {
    let readme = readme();
    let fence = format!("\n```{language}\n");
    let blocks = readme.split(&fence).skip(1);
    blocks
        .map(|rest| rest.split("\n```").next().unwrap().to_owned())
        .collect()
}

fn indented(block: &str, indent: usize) -> String {
    let indent = " ".repeat(indent);
    let lines = block.lines().map(|line| match line {
        "" => String::new(),
        line => format!("{indent}{line}"),
    });
    lines.collect::<Vec<_>>().join("\n")
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
