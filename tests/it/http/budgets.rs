//! The cost of a request: statements, rows and bytes, counted.

use std::time::Duration;

use audit_runtime::{
    Budget, Cursor, Page,
    http::{Access, AuditLayer, Reading, Trail, history_routes},
    prelude::*,
};
use axum::Router;
use sea_orm::{DatabaseConnection, IntoActiveModel};
use serde_json::{Value as Json, json};

use super::server::{Server, nobody};
use crate::{
    backend::{Database, on_every_backend},
    entities::{context, create_table},
    statements::Statements,
};

on_every_backend!(
    a_sparse_search_costs_few_statements,
    a_short_page_costs_no_more_statements_than_a_long_one,
    heavy_entries_are_read_only_as_far_as_they_are_shown,
    a_page_that_ends_early_goes_on,
    a_page_of_long_values_is_bounded,
    an_early_cursor_is_not_altered,
);

mod probe {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "probes")]
    #[audited(entity_type = "Probe", no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        #[audited(update)]
        pub level: f64,
        #[audited(update)]
        pub settings: Json,
        #[sea_orm(column_type = "Text")]
        #[audited(update)]
        pub note: String,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
}

/// The number of entries of the probe after its creation.
const ENTRIES: i32 = 120;

/// The entries, counted from 1, in which the level is 0.5 and the setting is rare. Not every database is asked for such
/// values.
const RARE: [i32; 3] = [2, 60, 62];

/// A probe with a history, with a note of this length in some entries.
async fn prepare(db: &DatabaseConnection, long: usize) {
    audit_runtime::schema::install(db).await.unwrap();
    create_table(db, probe::Entity).await.unwrap();
    let context = context();
    let unit = db.audited(&context).begin().await.unwrap();
    let row = probe::Model {
        id: 1,
        level: 0.25,
        settings: json!({}),
        note: String::new(),
    };
    unit.insert(row.into_active_model()).await.unwrap();
    for n in 1..=ENTRIES {
        let rare = RARE.contains(&n);
        let patch = probe::Patch::new()
            .level(if rare { 0.5 } else { f64::from(n) + 0.25 })
            .settings(json!({ "is": if rare { json!("rare") } else { json!(n) } }));
        let patch = if long > 0 && n % 10 == 0 {
            patch.note(format!("{n}{}", "x".repeat(long)))
        } else {
            patch
        };
        unit.update(1, patch).await.unwrap();
    }
    unit.commit().await.unwrap();
}

fn history() -> History {
    History::of::<probe::Entity>(1).newest_first()
}

fn rare() -> [History; 2] {
    [
        history().changed(probe::Column::Level).to(0.5),
        history()
            .changed(probe::Column::Settings)
            .to(json!({ "is": "rare" })),
    ]
}

async fn a_sparse_search_costs_few_statements(database: &Database) {
    let db = &database.db;
    prepare(db, 0).await;
    let (statements, counted) = Statements::count(db);
    for question in rare() {
        let mut cursor = None;
        let mut found = 0;
        loop {
            statements.take();
            let page = question.page(&counted, cursor, 1).await.unwrap();
            // It reads 2, 4, 8, … rows at a time.
            let taken = statements.take();
            assert!(taken <= 9, "{taken}");
            found += page.entries.len();
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(found, RARE.len());
    }
}

async fn a_short_page_costs_no_more_statements_than_a_long_one(database: &Database) {
    let db = &database.db;
    prepare(db, 0).await;
    let (statements, counted) = Statements::count(db);
    let nothing = history().changed(probe::Column::Settings).to(json!("none"));
    for question in rare().into_iter().chain([nothing]) {
        let mut taken = Vec::new();
        for limit in [200, 1] {
            statements.take();
            let page = question.page_within(&counted, None, limit, Budget::new());
            page.await.unwrap();
            taken.push(statements.take());
        }
        assert!(taken[1] <= taken[0], "{taken:?}");
    }
}

async fn heavy_entries_are_read_only_as_far_as_they_are_shown(database: &Database) {
    const NOTE: usize = 60_000;

    let db = &database.db;
    prepare(db, NOTE).await;
    let (statements, counted) = Statements::count(db);
    let question = history().changed(probe::Column::Note);
    // One statement for all entries, and one for each heavy entry that fits, or is the first that does not.
    let budget = Budget::new().bytes(2 * NOTE);
    let page = history().page_within(&counted, None, 50, budget).await;
    let page = page.unwrap();
    let entries = page.entries.iter();
    let shown = entries.filter(|entry| entry.change("note").is_some());
    let (shown, taken) = (shown.count(), statements.take());
    assert!(shown > 0 && taken <= shown + 2, "{taken} for {shown}");
    assert!(page.ended_early());

    // An entry that is read by itself is read in full.
    let all = question.page(db, None, 200).await.unwrap().entries;
    let budget = Budget::new().bytes(100 * NOTE);
    let within = question.page_within(db, None, 200, budget).await.unwrap();
    assert_eq!(within.entries, all);
    assert_eq!(all.len(), 1 + ENTRIES as usize / 10);
}

/// Reads page after page by the text of the cursor, as a client does.
async fn walk(
    db: &DatabaseConnection,
    question: &History,
    limit: u64,
    budget: Budget,
) -> Vec<Page> {
    let mut pages = Vec::<Page>::new();
    let mut after = None;
    loop {
        let page = question
            .page_within(db, after, limit, budget)
            .await
            .unwrap();
        after = page
            .next
            .map(|cursor| cursor.to_string().parse::<Cursor>().unwrap());
        assert_eq!(after, page.next);
        pages.push(page);
        assert!(pages.len() <= ENTRIES as usize + 2, "it does not end");
        if after.is_none() {
            return pages;
        }
    }
}

fn ids(pages: &[Page]) -> Vec<i64> {
    let entries = pages.iter().flat_map(|page| &page.entries);
    entries.map(|entry| entry.id).collect()
}

async fn a_page_that_ends_early_goes_on(database: &Database) {
    let db = &database.db;
    prepare(db, 2000).await;
    let (statements, counted) = Statements::count(db);
    let [by_level, by_settings] = rare();
    let plenty = Budget::new();
    let budgets = [
        plenty,
        plenty.rows(0),
        plenty.rows(1),
        plenty.rows(40),
        plenty.bytes(0),
        plenty.bytes(10_000),
        plenty.time(Duration::ZERO),
        plenty.rows(7).bytes(1).time(Duration::ZERO),
    ];
    for question in [history(), by_level, by_settings] {
        for limit in [1, 200] {
            let expected = ids(&walk(db, &question, limit, plenty).await);
            for budget in budgets {
                statements.take();
                let pages = walk(&counted, &question, limit, budget).await;
                assert_eq!(ids(&pages), expected, "{budget:?} {limit}");
                let most = pages.len() * 9;
                let taken = statements.take();
                assert!(taken <= most, "{budget:?} {limit}: {taken}");
                for page in &pages {
                    let is_full = page.entries.len() == limit as usize;
                    assert!(is_full || page.ended_early() || page.next.is_none());
                    assert!(budget != plenty || !page.ended_early());
                }
            }
        }
    }
}

async fn a_page_of_long_values_is_bounded(database: &Database) {
    const BYTES: usize = 200_000;

    let db = &database.db;
    prepare(db, 30_000).await;
    let trail = Trail::new(db.clone(), |_: &Reading<'_>| Access::full());
    let trail = trail.budget(Budget::new().bytes(BYTES).rows(100));
    let layer = AuditLayer::new().actor(|_| Some(Actor::new("Admin", "7")));
    let routes: Router = history_routes::<probe::Entity>(&trail);
    let server = Server::start(routes.layer(layer)).await;

    let read = async |query: &str| {
        let mut pages = Vec::<Json>::new();
        let mut after = String::new();
        loop {
            let path = format!("/probes/1/audit?limit=200&{query}&after={after}");
            let answer = server.get(&path, &nobody()).await;
            assert_eq!(answer.status, 200, "{answer:?}");
            assert!(answer.body.len() < BYTES + 1000, "{}", answer.body.len());
            pages.push(answer.json());
            match answer.json()["next"].as_str() {
                Some(next) => next.clone_into(&mut after),
                None => return pages,
            }
        }
    };
    let pages = read("action=UPDATE").await;
    let entries = pages
        .iter()
        .map(|page| page["entries"].as_array().unwrap().len());
    assert_eq!(entries.sum::<usize>(), ENTRIES as usize);
    let (last, before) = pages.split_last().unwrap();
    assert!(before.iter().all(|page| page["ended_early"] == true));
    assert_eq!(last.get("ended_early"), None);

    // A page may find nothing.
    let pages = read("changed=level&to=0.125").await;
    assert!(pages.iter().all(|page| page["entries"] == json!([])));
}

async fn an_early_cursor_is_not_altered(database: &Database) {
    let db = &database.db;
    prepare(db, 0).await;
    let budget = Budget::new().rows(3);
    let page = history().page_within(db, None, 50, budget).await.unwrap();
    let cursor = page.next.unwrap().to_string();
    assert!(page.ended_early());
    for at in 0..cursor.len() {
        for letter in ["A", "B", "_"] {
            let altered = [&cursor[..at], letter, &cursor[at + 1..]].concat();
            if altered == cursor {
                continue;
            }
            let Ok(altered) = altered.parse::<Cursor>() else {
                continue;
            };
            assert!(history().page(db, Some(altered), 50).await.is_err());
        }
    }
    // A cursor cannot be shortened to another one.
    let shortened = cursor[..22].parse::<Cursor>();
    let is_refused = match shortened {
        Ok(shortened) => history().page(db, Some(shortened), 50).await.is_err(),
        Err(_) => true,
    };
    assert!(is_refused);
}
