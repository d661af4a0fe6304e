//! Every combination of conditions gives the same answer as a filter over all entries, on every backend.

mod filter;
mod generated;
mod values;

use audit_runtime::prelude::*;
use chrono::DateTime;
use futures_util::TryStreamExt;
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use sea_orm::{DatabaseBackend, DatabaseConnection, IntoActiveModel};
use serde_json::json;
use tokio::{runtime::Handle, task::block_in_place};

use self::filter::meets;
use self::generated::{Condition, Work, conditions, works};
use crate::{
    backend::{Database, on_every_backend},
    entities::entries,
    types::{create_table, whole},
};

on_every_backend!(every_combination_answers_as_a_filter_would);

mod thing {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "things")]
    #[audited(entity_type = "Thing", no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        #[sea_orm(column_type = "Text", nullable)]
        #[audited(record)]
        pub text: Option<String>,
        #[audited(record)]
        pub number: i64,
        #[sea_orm(column_type = "Decimal(Some((20, 4)))")]
        #[audited(record)]
        pub amount: Decimal,
        #[audited(record)]
        pub ratio: f64,
        #[audited(record)]
        pub flag: bool,
        #[sea_orm(column_type = "JsonBinary", nullable)]
        #[audited(record)]
        pub data: Option<Json>,
        #[sea_orm(column_type = "Text", nullable)]
        #[audited(redact)]
        pub hidden: Option<String>,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
}

async fn every_combination_answers_as_a_filter_would(database: &Database) {
    let db = &database.db;
    audit_runtime::schema::install(db).await.unwrap();
    create_table(db, thing::Entity).await;
    // Deterministic cases, so that a failure can be repeated.
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let config = Config {
        cases: 400,
        failure_persistence: None,
        ..Config::default()
    };
    let mut runner = TestRunner::new_with_rng(config, rng);
    let works = prop::collection::vec(works(), 300).new_tree(&mut runner);
    for work in works.unwrap().current() {
        write(db, &work).await;
    }
    let all = entries(db).await;
    assert!(all.len() > 200, "{} entries", all.len());

    let found = std::cell::Cell::new(0);
    let questions = (prop::collection::vec(conditions(&all), 1..4), any::<bool>());
    let result = block_in_place(|| {
        runner.run(&questions, |(conditions, newest_first)| {
            let question = ask(&conditions, newest_first);
            let answer = Handle::current().block_on(question.stream(db).try_collect::<Vec<_>>());
            let ids: Vec<_> = answer.unwrap().iter().map(|entry| entry.id).collect();
            let mut expected: Vec<_> = all
                .iter()
                .filter(|entry| meets(entry, &conditions))
                .map(|entry| entry.id)
                .collect();
            if newest_first {
                expected.reverse();
            }
            found.set(found.get() + ids.len());
            prop_assert_eq!(ids, expected);
            Ok(())
        })
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    println!(
        "{:?}: {} of {} entries found",
        database.backend(),
        found.get(),
        all.len()
    );
    assert!(found.get() > 1000);
}

async fn write(db: &DatabaseConnection, work: &Work) {
    match work {
        Work::Write(context, row) => {
            let audit = db.audited(context);
            let written = match audit.update(row.id, whole(row)).await {
                Err(audit_runtime::Error::NotFound { .. }) => {
                    audit.insert(row.clone().into_active_model()).await
                }
                written => written,
            };
            let has_nul =
                |text: &Option<String>| text.as_ref().is_some_and(|text| text.contains('\0'));
            let nul = has_nul(&row.text) || has_nul(&row.hidden) || row.data == Some(json!("a\0b"));
            if !(nul && db.get_database_backend() == DatabaseBackend::Postgres) {
                written.unwrap();
            }
        }
        Work::Delete(context, id) => {
            // The row may not exist.
            let _ = db.audited(context).delete::<thing::Entity>(*id).await;
        }
        Work::Record(context, action, outcome, about) => {
            let mut event = Event::new(*action);
            event = match outcome {
                Outcome::Denied => event.denied(),
                Outcome::Failure => event.failed(),
                _ => event,
            };
            if let Some(id) = about {
                event = event.about::<thing::Entity>(*id);
            }
            db.audited(context).record(event).await.unwrap();
        }
    }
}

/// The query for these conditions, with the first scope among them, and a condition that an index serves.
fn ask(conditions: &[Condition], newest_first: bool) -> History {
    let row = conditions.iter().find_map(|condition| match condition {
        Condition::Row(id) => Some(*id),
        _ => None,
    });
    let of_type = conditions
        .iter()
        .any(|condition| matches!(condition, Condition::Type));
    let mut question = match row {
        Some(id) => History::of::<thing::Entity>(id),
        None if of_type => History::of_type::<thing::Entity>(),
        None => History::all().since(DateTime::UNIX_EPOCH),
    };
    for condition in conditions {
        question = match condition.clone() {
            Condition::Type | Condition::Row(_) => question,
            Condition::Actor(actor) => question.actor(&actor.named("whoever")),
            Condition::OnBehalfOf(actor) => question.on_behalf_of(&actor),
            Condition::Action(action) => question.action(action),
            Condition::Outcome(outcome) => question.outcome(outcome),
            Condition::Since(time) => question.since(time),
            Condition::Until(time) => question.until(time),
            Condition::Changeset(id) => question.changeset(id),
            Condition::Request(id) => question.request_id(id),
            Condition::Session(id) => question.session_id(id),
            Condition::Ip(ip) => question.ip(ip),
            Condition::Tenant(tenant) => question.tenant(tenant),
            Condition::Changed(column, before, after) => {
                question = question.changed(column);
                if let Some(before) = before {
                    question = question.from(before);
                }
                match after {
                    Some(after) => question.to(after),
                    None => question,
                }
            }
        };
    }
    if newest_first {
        question.newest_first()
    } else {
        question
    }
}
