//! The contenders: one handler in three variants.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use audit_runtime::{
    Error, audit_log,
    http::{Allowed, AuditLayer},
    prelude::*,
};
use axum::{
    Json, Router,
    extract::{Path, State},
    routing::patch,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Unchanged, ConnectionTrait, DatabaseConnection, EntityTrait,
    PaginatorTrait, Schema,
};
use tokio::{net::TcpListener, task::JoinHandle};

use crate::{backend::Database, client::Client, figures::Round};

const ROWS: usize = 10_000;

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
        #[audited(record, label)]
        pub username: String,
        #[audited(update(Admin))]
        pub role: String,
        #[audited(record)]
        pub email: String,
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contender {
    Plain,
    Layered,
    Audited,
}

impl Contender {
    pub const ALL: [Self; 3] = [Self::Plain, Self::Layered, Self::Audited];

    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Layered => "layered",
            Self::Audited => "audited",
        }
    }
}

/// Creates the tables and the rows.
pub async fn fill(db: &DatabaseConnection) {
    audit_runtime::schema::install(db).await.expect("a log");
    let table = Schema::new(db.get_database_backend()).create_table_from_entity(user::Entity);
    db.execute(&table).await.expect("a table");
    let numbers: Vec<_> = (1..=ROWS).collect();
    for numbers in numbers.chunks(1000) {
        let rows = numbers.iter().map(|number| user::ActiveModel {
            username: Set(format!("user-{number}")),
            role: Set("user".to_owned()),
            email: Set(format!("user-{number}@example.com")),
            ..Default::default()
        });
        user::Entity::insert_many(rows)
            .exec(db)
            .await
            .expect("rows");
    }
}

#[derive(Clone)]
struct Shared {
    db: DatabaseConnection,
    /// In nanoseconds.
    writing: Arc<AtomicU64>,
}

/// A contender with its own socket.
pub struct Service {
    contender: Contender,
    address: SocketAddr,
    shared: Shared,
    task: JoinHandle<()>,
    /// The number of rounds, so that every request changes something.
    round: AtomicUsize,
}

impl Service {
    pub async fn start(contender: Contender, database: &Database, connections: usize) -> Self {
        let db = database
            .connect(|options| {
                options.max_connections(connections as u32);
            })
            .await;
        let writing = Arc::new(AtomicU64::new(0));
        let shared = Shared { db, writing };
        let layer = AuditLayer::new().actor(|parts| {
            let id = parts.headers.get("x-user")?.to_str().ok()?;
            Some(Actor::new("Admin", id).named("jane.doe"))
        });
        let app = Router::new();
        let app = match contender {
            Contender::Plain => app.route("/users/{id}", patch(plain)),
            Contender::Layered => app.route("/users/{id}", patch(layered)).layer(layer),
            Contender::Audited => app.route("/users/{id}", patch(audited)).layer(layer),
        };
        let app = app.with_state(shared.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a socket");
        let address = listener.local_addr().expect("an address");
        let app = app.into_make_service_with_connect_info::<SocketAddr>();
        let task = tokio::spawn(async move { axum::serve(listener, app).await.expect("to serve") });
        Self {
            contender,
            address,
            shared,
            task,
            round: AtomicUsize::new(0),
        }
    }

    /// Sends this many requests over this many connections, each with its own rows.
    pub async fn round(&self, connections: usize, requests: usize) -> Round {
        let round = self.round.fetch_add(1, Ordering::Relaxed);
        let entries = self.entries().await;
        self.shared.writing.store(0, Ordering::Relaxed);
        let each = requests / connections;
        let mut clients = Vec::new();
        for _ in 0..connections {
            clients.push(Client::connect(self.address).await);
        }

        let role = format!("{}-{round}", self.contender.name());
        let body: Arc<str> = format!("{{\"role\":\"{role}\"}}").into();
        let start = Instant::now();
        let tasks: Vec<_> = clients
            .into_iter()
            .enumerate()
            .map(|(at, mut client)| {
                let body = body.clone();
                tokio::spawn(async move {
                    let mut waiting = Duration::ZERO;
                    for request in 0..each {
                        let id = (request * connections + at) % ROWS + 1;
                        waiting += client.patch(&format!("/users/{id}"), &body).await;
                    }
                    waiting
                })
            })
            .collect();
        let mut waiting = Duration::ZERO;
        for task in tasks {
            waiting += task.await.expect("every request is answered");
        }
        let elapsed = start.elapsed();

        // A contender without entries would have an advantage.
        let requests = each * connections;
        let left = match self.contender {
            Contender::Audited => requests as u64,
            Contender::Plain | Contender::Layered => 0,
        };
        assert_eq!(self.entries().await - entries, left);
        let writing = Duration::from_nanos(self.shared.writing.load(Ordering::Relaxed));
        Round {
            requests,
            elapsed,
            writing,
            waiting,
        }
    }

    async fn entries(&self) -> u64 {
        let entries = audit_log::Entity::find().count(&self.shared.db).await;
        entries.expect("the log can be read")
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    /// Measures the time of a write.
    async fn timed<T, E>(&self, write: impl Future<Output = Result<T, E>>) -> Result<(), E> {
        let start = Instant::now();
        let written = write.await;
        let nanos = start.elapsed().as_nanos() as u64;
        self.writing.fetch_add(nanos, Ordering::Relaxed);
        written.map(drop)
    }
}

#[derive(serde::Deserialize)]
struct Promotion {
    role: String,
}

async fn plain(
    State(shared): State<Shared>,
    Path(id): Path<i32>,
    Json(promotion): Json<Promotion>,
) -> Result<(), Error> {
    let row = user::ActiveModel {
        id: Unchanged(id),
        role: Set(promotion.role),
        ..Default::default()
    };
    Ok(shared.timed(row.update(&shared.db)).await?)
}

async fn layered(
    _: AuditContext,
    State(shared): State<Shared>,
    Path(id): Path<i32>,
    Allowed(patch): Allowed<user::AdminPatch>,
) -> Result<(), Error> {
    let row = user::ActiveModel {
        id: Unchanged(id),
        role: patch.role,
        ..Default::default()
    };
    Ok(shared.timed(row.update(&shared.db)).await?)
}

async fn audited(
    context: AuditContext,
    State(shared): State<Shared>,
    Path(id): Path<i32>,
    Allowed(patch): Allowed<user::AdminPatch>,
) -> Result<(), Error> {
    let audit = shared.db.audited(&context);
    shared.timed(audit.update(id, patch)).await
}
