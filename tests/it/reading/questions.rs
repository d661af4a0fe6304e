//! Every combination of conditions, on every backend, answers what a filter over all entries would.

use std::{collections::BTreeSet, net::IpAddr};

use audit_runtime::{Entry, Kind, prelude::*};
use chrono::{DateTime, Utc};
use futures_util::TryStreamExt;
use proptest::{
    prelude::*,
    sample::select,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use sea_orm::{
    DatabaseBackend, DatabaseConnection, IntoActiveModel, ModelTrait, Value, prelude::Decimal,
};
use serde_json::{Value as Json, json};
use tokio::{runtime::Handle, task::block_in_place};
use uuid::Uuid;

use crate::{
    backend::{Database, on_every_backend},
    entities::entries,
    types::{create_table, plain_numbers, whole},
};

on_every_backend!(
    every_combination_answers_as_a_filter_would,
    a_value_is_sought_as_its_column_has_it,
    a_misused_question_is_refused,
);

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

/// Texts that some database takes for one another.
const TEXTS: [&str; 16] = [
    "7",
    "07",
    "7.0",
    "7 ",
    " 7",
    "a",
    "A",
    "ä",
    "Ä",
    "a\u{308}",
    "",
    " ",
    "null",
    "🦀",
    "\"'\\\n\u{1}%_",
    "a\0b",
];

fn jsons() -> Vec<Json> {
    vec![
        json!(7),
        json!(7.0),
        json!("7"),
        json!(null),
        json!([7]),
        json!([7, 8]),
        json!({ "a": 7 }),
        json!({ "a": 7, "b": [1, "x"] }),
        json!({ "b": [1, "x"], "a": 7.0 }),
        json!("a\0b"),
        json!(true),
        json!(1.5e300),
    ]
}

/// A condition, as the library takes it and as the test understands it.
#[derive(Clone, Debug)]
enum Condition {
    Type,
    Row(i32),
    Actor(Actor),
    OnBehalfOf(Actor),
    Action(&'static str),
    Outcome(Outcome),
    Since(DateTime<Utc>),
    Until(DateTime<Utc>),
    Changeset(Uuid),
    Request(String),
    Session(String),
    Ip(IpAddr),
    Tenant(String),
    Changed(thing::Column, Option<Value>, Option<Value>),
}

fn texts() -> impl Strategy<Value = String> {
    let long = "x".repeat(400);
    let mut texts = TEXTS.map(String::from).to_vec();
    texts.extend([long.clone(), long + "y"]);
    select(texts)
}

fn actors() -> impl Strategy<Value = Actor> {
    let kinds = select(vec!["Admin", "admin", "Admin:7", "Admin\\"]);
    // An empty id is refused.
    let ids = texts().prop_filter("an actor has an id", |id| !id.trim().is_empty());
    (kinds, ids).prop_map(|(kind, id)| Actor::new(kind, id))
}

fn contexts() -> impl Strategy<Value = AuditContext> {
    let ips = select(ips());
    let maybe = || prop::option::of(texts());
    (
        actors(),
        prop::option::of(actors()),
        maybe(),
        maybe(),
        maybe(),
        prop::option::of(ips),
    )
        .prop_map(|(actor, on_behalf_of, request, session, tenant, ip)| {
            let mut context = AuditContext::new(actor);
            if let Some(actor) = on_behalf_of {
                context = context.on_behalf_of(actor);
            }
            if let Some(id) = request {
                context = context.request_id(id);
            }
            if let Some(id) = session {
                context = context.session_id(id);
            }
            if let Some(tenant) = tenant {
                context = context.tenant(tenant);
            }
            if let Some(ip) = ip {
                context = context.ip(ip);
            }
            context
        })
}

fn ips() -> Vec<IpAddr> {
    ["203.0.113.9", "::ffff:203.0.113.9", "2001:db8::1", "::1"]
        .map(|ip| ip.parse().unwrap())
        .to_vec()
}

fn things(id: i32) -> impl Strategy<Value = thing::Model> {
    (
        prop::option::of(texts()),
        select(vec![7, -7, 0, 1 << 53, i64::MAX, i64::MIN]),
        select(vec!["7", "7.0", "0.1", "-0.1", "1234567890123.4567"]),
        select(vec![7.0, 0.1, -0.5, 1e17, 1e300]),
        any::<bool>(),
        prop::option::of(select(jsons())),
        prop::option::of(texts()),
    )
        .prop_map(
            move |(text, number, amount, ratio, flag, data, hidden)| thing::Model {
                id,
                text,
                number,
                amount: amount.parse().unwrap(),
                ratio,
                flag,
                data,
                hidden,
            },
        )
}

#[derive(Clone, Debug)]
enum Work {
    Write(AuditContext, thing::Model),
    Delete(AuditContext, i32),
    Record(AuditContext, &'static str, Outcome, Option<i32>),
}

fn works() -> impl Strategy<Value = Work> {
    let id = || 1..4_i32;
    let outcome = || select(vec![Outcome::Success, Outcome::Denied, Outcome::Failure]);
    let action = || select(vec!["LOGIN", "LOGIN_FAILURE"]);
    prop_oneof![
        6 => (contexts(), id().prop_flat_map(things)).prop_map(|(context, row)| Work::Write(context, row)),
        1 => (contexts(), id()).prop_map(|(context, id)| Work::Delete(context, id)),
        2 => (contexts(), action(), outcome(), prop::option::of(id()))
            .prop_map(|(context, action, outcome, about)| Work::Record(context, action, outcome, about)),
    ]
}

/// A condition that some of the entries meet.
fn conditions(entries: &[Entry]) -> BoxedStrategy<Condition> {
    use thing::Column::*;

    let times: Vec<_> = entries.iter().map(|entry| entry.timestamp).collect();
    let changesets: Vec<_> = entries.iter().map(|entry| entry.changeset_id).collect();
    let row = things(1);
    let sides = (
        row,
        any::<bool>(),
        any::<bool>(),
        select(vec![Text, Number, Amount, Ratio, Flag, Data, Hidden]),
    );
    let changed = (sides, things(1)).prop_map(|((before, from, to, column), after)| {
        Condition::Changed(
            column,
            from.then(|| before.get(column)),
            to.then(|| after.get(column)),
        )
    });
    prop_oneof![
        1 => Just(Condition::Type),
        1 => (1..5_i32).prop_map(Condition::Row),
        1 => actors().prop_map(Condition::Actor),
        1 => actors().prop_map(Condition::OnBehalfOf),
        1 => select(vec!["CREATE", "UPDATE", "DELETE", "LOGIN", "login", "NONE"]).prop_map(Condition::Action),
        1 => select(vec![Outcome::Success, Outcome::Denied, Outcome::Failure]).prop_map(Condition::Outcome),
        1 => select(times.clone()).prop_map(Condition::Since),
        1 => select(times).prop_map(Condition::Until),
        1 => select(changesets).prop_map(Condition::Changeset),
        1 => texts().prop_map(Condition::Request),
        1 => texts().prop_map(Condition::Session),
        1 => select(ips()).prop_map(Condition::Ip),
        1 => texts().prop_map(Condition::Tenant),
        3 => changed,
    ]
    .boxed()
}

async fn every_combination_answers_as_a_filter_would(database: &Database) {
    let db = &database.db;
    audit_runtime::schema::install(db).await.unwrap();
    create_table(db, thing::Entity).await;
    // Always the same cases: a failure comes again.
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
            // Or it is not there.
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

/// The question; with the first of the scopes among the conditions, and something an index serves.
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

/// Of a kind, the last condition counts, but of rows the first, and of changes all.
fn meets(entry: &Entry, conditions: &[Condition]) -> bool {
    let mut seen = BTreeSet::new();
    let kind_of = |condition: &Condition| {
        format!("{condition:?}")
            .split('(')
            .next()
            .unwrap()
            .to_owned()
    };
    let rows_first = conditions
        .iter()
        .filter(|condition| matches!(condition, Condition::Row(_)));
    let others_last = conditions
        .iter()
        .rev()
        .filter(|condition| !matches!(condition, Condition::Row(_)));
    rows_first.chain(others_last).all(|condition| {
        let counts = matches!(condition, Condition::Changed(..)) || seen.insert(kind_of(condition));
        !counts || meets_one(entry, condition)
    })
}

fn meets_one(entry: &Entry, condition: &Condition) -> bool {
    let is_thing = entry.entity_type.as_deref() == Some("Thing");
    match condition {
        Condition::Type => is_thing,
        Condition::Row(id) => is_thing && entry.entity_id == Some(id.to_string()),
        Condition::Actor(actor) => {
            entry.actor.kind() == actor.kind() && stored_is(entry.actor.id(), actor.id(), 255)
        }
        Condition::OnBehalfOf(actor) => {
            let kind = actor.kind().replace('\\', "\\\\").replace(':', "\\:");
            let short = format!("{kind}:{}", actor.id());
            entry
                .on_behalf_of
                .as_deref()
                .is_some_and(|stored| stored_is(stored, &short, 320))
        }
        Condition::Action(action) => entry.action == *action,
        Condition::Outcome(outcome) => entry.outcome == *outcome,
        Condition::Since(time) => entry.timestamp >= *time,
        Condition::Until(time) => entry.timestamp < *time,
        Condition::Changeset(id) => entry.changeset_id == *id,
        Condition::Request(id) => is_text(&entry.source.request_id, id),
        Condition::Session(id) => is_text(&entry.source.session_id, id),
        Condition::Ip(ip) => entry.source.ip == Some(ip.to_canonical()),
        Condition::Tenant(tenant) => entry
            .tenant
            .as_deref()
            .is_some_and(|stored| stored_is(stored, tenant, 64)),
        Condition::Changed(column, before, after) => {
            is_thing
                && entry.kind == Kind::Change
                && changed(entry, *column, before.as_ref(), after.as_ref())
        }
    }
}

fn is_text(stored: &Option<String>, given: &str) -> bool {
    stored
        .as_deref()
        .is_some_and(|stored| stored_is(stored, given, 128))
}

/// What is too long or has U+0000 is stored as a prefix and a hash. No two of the texts share a prefix of 400
/// but the long ones, which their last letter tells apart.
fn stored_is(stored: &str, given: &str, limit: usize) -> bool {
    if given.chars().count() < limit && !given.contains('\0') {
        return stored == given;
    }
    let digest = {
        use std::fmt::Write;

        let bytes = <sha2::Sha256 as sha2::Digest>::digest(given);
        bytes.iter().fold(String::new(), |mut hex, byte| {
            write!(hex, "{byte:02x}").unwrap();
            hex
        })
    };
    stored.ends_with(&digest[digest.len().saturating_sub(limit)..])
        && stored.chars().count() == limit
}

fn changed(
    entry: &Entry,
    column: thing::Column,
    before: Option<&Value>,
    after: Option<&Value>,
) -> bool {
    if matches!(column, thing::Column::Hidden) {
        // Values were not kept, but that one was NULL.
        let json = entry.diff();
        let change = json
            .as_array()
            .unwrap()
            .iter()
            .find(|change| change["field"] == "hidden");
        let is = |side: &str, value: Option<&Value>| {
            value.is_none_or(|value| {
                let found = change.and_then(|change| change.get(side));
                *value == Value::String(None) && found == Some(&Json::Null)
            })
        };
        return change.is_some() && is("before", before) && is("after", after);
    }
    let (was, became) = entry.values::<thing::Entity>(column).unwrap();
    let is = |found: &Option<Value>, value: Option<&Value>| match (found, value) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(Value::Json(Some(found))), Some(Value::Json(Some(value)))) => {
            plain_numbers(Json::clone(found)) == plain_numbers(Json::clone(value))
        }
        (Some(found), Some(value)) => found == value,
    };
    (was.is_some() || became.is_some()) && is(&was, before) && is(&became, after)
}

async fn a_value_is_sought_as_its_column_has_it(database: &Database) {
    let db = &database.db;
    audit_runtime::schema::install(db).await.unwrap();
    create_table(db, thing::Entity).await;
    let context = crate::entities::context();
    let audit = db.audited(&context);
    let row = thing::Model {
        id: 1,
        text: Some("7".to_owned()),
        number: i64::MAX,
        amount: Decimal::new(70, 1),
        ratio: 7.0,
        flag: true,
        data: Some(json!({ "a": [7] })),
        hidden: None,
    };
    audit.insert(row.into_active_model()).await.unwrap();
    let finds = async |column: thing::Column, value: Value| {
        let question = History::of_type::<thing::Entity>()
            .changed(column)
            .to(value);
        let page = question.page(db, None, 10).await;
        page.map(|page| page.entries.len())
            .map_err(|error| error.to_string())
    };
    use thing::Column::*;
    for (column, value) in [
        (Text, Value::from("7")),
        (Number, i64::MAX.into()),
        (Number, "9223372036854775807".into()),
        (Amount, Decimal::new(7, 0).into()),
        (Amount, 7.into()),
        (Amount, "7".into()),
        (Ratio, 7.0.into()),
        (Ratio, 7.into()),
        (Ratio, "7".into()),
        (Flag, true.into()),
        (Flag, "true".into()),
        (Data, json!({ "a": [7.0] }).into()),
        (Hidden, None::<String>.into()),
        (Hidden, None::<i32>.into()),
    ] {
        assert_eq!(
            finds(column, value.clone()).await,
            Ok(1),
            "{column:?} {value:?}"
        );
    }
    for (column, value) in [
        (Text, Value::from("7 ")),
        (Number, 7.into()),
        (Flag, false.into()),
        (Data, json!({ "a": [7], "b": 1 }).into()),
        (Data, json!([7]).into()),
        (Hidden, "7".into()),
        (Text, None::<String>.into()),
    ] {
        assert_eq!(
            finds(column, value.clone()).await,
            Ok(0),
            "{column:?} {value:?}"
        );
    }
    for (column, value) in [
        (Text, Value::from(7)),
        (Number, "seven".into()),
        (Number, 0.5.into()),
        (Flag, 1.into()),
    ] {
        let refused = finds(column, value.clone()).await.unwrap_err();
        let field = format!("{column:?}").to_lowercase();
        let expected = format!("invalid query: `{field}` cannot hold such a value: ");
        assert!(refused.starts_with(&expected), "{refused}");
        assert!(!refused.contains("seven"), "{refused}");
    }
}

async fn a_misused_question_is_refused(database: &Database) {
    let db = &database.db;
    crate::entities::install(db).await.unwrap();
    for (question, problem) in [
        (History::all().from("admin"), "`from` must follow `changed`"),
        (History::all().to("admin"), "`to` must follow `changed`"),
        (
            History::all().with_children::<crate::entities::order::Entity>(),
            "`with_children` follows `History::of`",
        ),
        (
            History::on("Document", "1").with_children::<crate::entities::order::Entity>(),
            "Order is a child of User, and this is the history of a Document",
        ),
    ] {
        let refused = question.page(db, None, 10).await.unwrap_err();
        assert!(matches!(refused, audit_runtime::Error::InvalidQuery(_)));
        assert!(refused.to_string().contains(problem), "{refused}");
    }
}
