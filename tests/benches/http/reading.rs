//! The cost of the worst page, and its effect on other requests.

use std::{
    fs,
    net::SocketAddr,
    time::{Duration, Instant},
};

use audit_runtime::{
    http::{Access, AuditLayer, Reading, Trail, Viewer, history_pages, history_routes},
    prelude::*,
};
use axum::Router;
use sea_orm::{ConnectionTrait, IntoActiveModel, Schema};
use serde_json::{Value as Json, json};
use tokio::{net::TcpListener, task::JoinHandle, time::sleep};

use crate::{
    backend::Database,
    client::Client,
    figures::{median, micros},
    service::{Contender, Service},
};

/// The worst row: this many entries, each with this many values of this length before and after.
const ENTRIES: usize = 200;
const FIELDS: usize = 10;
const CHARACTERS: usize = 100_000;

/// The entries of a row whose pages are cheap.
const SHORT_ENTRIES: usize = 1000;

/// The connections of other clients.
const OTHERS: usize = 8;

mod essay {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "essays")]
    #[audited(entity_type = "Essay", no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        #[audited(update)]
        pub settings: Json,
        #[audited(update)]
        pub a: Json,
        #[audited(update)]
        pub b: Json,
        #[audited(update)]
        pub c: Json,
        #[audited(update)]
        pub d: Json,
        #[audited(update)]
        pub e: Json,
        #[audited(update)]
        pub f: Json,
        #[audited(update)]
        pub g: Json,
        #[audited(update)]
        pub h: Json,
        #[audited(update)]
        pub i: Json,
        #[audited(update)]
        pub j: Json,
    }
}

/// The cost of one page.
#[derive(Clone, Copy, Debug, Default)]
struct Cost {
    waited: Duration,
    /// The time of all threads of this process: server, client and, on SQLite, the database.
    worked: Duration,
    bytes: usize,
}

/// The service that shows the log, on its own socket.
struct Pages {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Pages {
    async fn start(database: &Database) -> Self {
        let db = database.connect(|options| {
            options.max_connections(2);
        });
        let trail = Trail::new(db.await, |_: &Reading<'_>| Access::full());
        let viewer = Viewer::new("Essays");
        let layer = AuditLayer::new().actor(|_| Some(Actor::new("Admin", 7)));
        let app = Router::new()
            .merge(history_pages::<essay::Entity>(&trail, &viewer))
            .nest("/api", history_routes::<essay::Entity>(&trail))
            .layer(layer);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a socket");
        let address = listener.local_addr().expect("an address");
        let app = app.into_make_service_with_connect_info::<SocketAddr>();
        let task = tokio::spawn(async move { axum::serve(listener, app).await.expect("to serve") });
        Self { address, task }
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Creates two rows: one with the worst entries, and one with many small ones.
pub async fn fill(database: &Database) {
    let db = &database.db;
    let table = Schema::new(db.get_database_backend()).create_table_from_entity(essay::Entity);
    db.execute(&table).await.expect("a table");
    let context = AuditContext::new(Actor::new("Admin", 7));
    let audit = db.audited(&context);
    for id in [1, 2] {
        let empty = || Json::String(String::new());
        let row = essay::Model {
            id,
            settings: json!({}),
            a: empty(),
            b: empty(),
            c: empty(),
            d: empty(),
            e: empty(),
            f: empty(),
            g: empty(),
            h: empty(),
            i: empty(),
            j: empty(),
        };
        audit.insert(row.into_active_model()).await.expect("a row");
    }
    for number in 0..ENTRIES {
        let text = |field: usize| Json::String(text(number * FIELDS + field));
        let patch = essay::Patch::new()
            .a(text(0))
            .b(text(1))
            .c(text(2))
            .d(text(3))
            .e(text(4))
            .f(text(5))
            .g(text(6))
            .h(text(7))
            .i(text(8))
            .j(text(9));
        audit.update(1, patch).await.expect("a change");
    }
    let unit = audit.begin().await.expect("a unit");
    for number in 0..SHORT_ENTRIES {
        let patch = essay::Patch::new().settings(json!({ "is": number }));
        unit.update(2, patch).await.expect("a change");
    }
    unit.commit().await.expect("a commit");
}

/// Text in which every word moves, which is the worst case for a comparison.
fn text(seed: usize) -> String {
    let words = (0..).map(|n| format!("w{} ", (seed * 31 + n * 17 + n * n * seed) % 9973));
    let mut text = String::new();
    for word in words {
        text += &word;
        if text.len() >= CHARACTERS {
            break;
        }
    }
    text.truncate(CHARACTERS);
    text
}

/// Measures the cost of the worst pages, the shortest page relative to the longest, and the rate of other requests.
pub async fn measure(database: &Database, rounds: usize, requests: usize) -> Json {
    let pages = Pages::start(database).await;
    let mut client = Client::connect(pages.address).await;
    println!(
        "  reading: {ENTRIES} entries, {FIELDS} fields each, {CHARACTERS} characters before and after"
    );
    let mut figures = serde_json::Map::new();
    for (name, path) in [
        ("page", "/essays/1/audit?limit=200"),
        ("json", "/api/essays/1/audit?limit=200"),
        ("search", "/essays/1/audit?limit=200&changed=settings&to=7"),
    ] {
        let mut costs = Vec::new();
        for _ in 0..=rounds {
            costs.push(cost(&mut client, path).await);
        }
        // The first is a warm-up.
        let costs = &costs[1..];
        let of = |figure: &dyn Fn(&Cost) -> f64| median(costs.iter().map(figure).collect());
        let waited = of(&|cost| micros(cost.waited, 1)) / 1000.0;
        let worked = of(&|cost| micros(cost.worked, 1)) / 1000.0;
        let bytes = costs
            .iter()
            .map(|cost| cost.bytes)
            .max()
            .unwrap_or_default();
        println!(
            "    {name:9} {waited:>8.0} ms, of all threads {worked:>6.0} ms, {bytes:>9} bytes"
        );
        figures.insert(
            name.to_owned(),
            json!({ "ms": waited.round(), "cpu_ms": worked.round(), "bytes": bytes }),
        );
    }
    figures.insert("shortest".to_owned(), shortest(&mut client, rounds).await);
    figures.insert(
        "others".to_owned(),
        others(database, &pages, rounds, requests).await,
    );
    figures.into()
}

async fn cost(client: &mut Client, path: &str) -> Cost {
    let before = cpu_time();
    let (waited, bytes) = client.get(path).await;
    Cost {
        waited,
        worked: cpu_time() - before,
        bytes,
    }
}

/// A page of one entry relative to one of 200: plain, and searched by a value that the database does not filter.
async fn shortest(client: &mut Client, rounds: usize) -> Json {
    let mut ratios = serde_json::Map::new();
    for (name, query) in [
        ("plain", ""),
        ("found", "&changed=settings&to=%7B%22is%22%3A7%7D"),
        ("absent", "&changed=settings&to=%7B%22is%22%3A-1%7D"),
    ] {
        let mut of_rounds = Vec::new();
        for _ in 0..=rounds {
            let mut waited = [Duration::ZERO; 2];
            for _ in 0..10 {
                for (at, limit) in [1, 200].into_iter().enumerate() {
                    let path = format!("/api/essays/2/audit?limit={limit}{query}");
                    waited[at] += client.get(&path).await.0;
                }
            }
            of_rounds.push(waited[0].as_secs_f64() / waited[1].as_secs_f64());
        }
        let ratio = median(of_rounds.split_off(1));
        println!("    limit=1 relative to limit=200, {name:7} {ratio:.3}");
        ratios.insert(name.to_owned(), ((ratio * 1000.0).round() / 1000.0).into());
    }
    ratios.into()
}

/// The rate of audited updates while the worst page is read, relative to the rate without, in turns.
async fn others(database: &Database, pages: &Pages, rounds: usize, requests: usize) -> Json {
    let service = Service::start(Contender::Audited, database, OTHERS).await;
    let rate = async || {
        let round = service.round(OTHERS, requests).await;
        round.requests as f64 / round.elapsed.as_secs_f64()
    };
    rate().await;
    let mut ratios = serde_json::Map::new();
    for (name, pause) in [
        ("a page a second", Duration::from_secs(1)),
        ("page after page", Duration::ZERO),
    ] {
        let mut of_rounds = Vec::new();
        for _ in 0..rounds {
            let alone = rate().await;
            let address = pages.address;
            let reader = tokio::spawn(async move {
                let mut client = Client::connect(address).await;
                loop {
                    let start = Instant::now();
                    client.get("/essays/1/audit?limit=200").await;
                    sleep(pause.saturating_sub(start.elapsed())).await;
                }
            });
            let beside = rate().await;
            reader.abort();
            of_rounds.push(beside / alone);
        }
        let least = of_rounds.iter().copied().fold(f64::INFINITY, f64::min);
        let ratio = median(of_rounds);
        println!("    others keep of their rate, {name}: {ratio:.3} (at least {least:.3})");
        ratios.insert(name.to_owned(), ((ratio * 1000.0).round() / 1000.0).into());
    }
    ratios.into()
}

/// The CPU time of this process, in steps of a hundredth of a second.
fn cpu_time() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").expect("Linux");
    let (_, fields) = stat.rsplit_once(") ").expect("fields");
    let ticks = fields.split(' ').skip(11).take(2);
    let ticks: u64 = ticks
        .map(|ticks| ticks.parse::<u64>().expect("a number"))
        .sum();
    Duration::from_millis(ticks * 10)
}
