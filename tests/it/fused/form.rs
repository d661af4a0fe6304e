//! Rare values: the fused plan on the pool takes them into account after it has met one.

use audit_runtime::{__private::locked, Audited, Entry, prelude::*};
use chrono::NaiveDate;
use sea_orm::{ActiveValue::Set, DatabaseBackend::Postgres, entity::prelude::*};
use tracing::Level;

use crate::{
    backend::run,
    entities::{context, create_table, entries},
    statements::Statements,
    traces::Traces,
};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Audited)]
#[sea_orm(table_name = "tickets")]
#[audited(no_hooks, others = record)]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    #[audited(update, label)]
    pub title: String,
    #[audited(update)]
    pub state: String,
    pub due: DateTimeUtc,
    pub day: Date,
    pub local: Option<DateTime>,
    pub moves: i32,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

#[test]
fn what_rows_seldom_hold_costs_one_more_statement_once() {
    run(Postgres, async |database| {
        audit_runtime::schema::install(&database.db).await.unwrap();
        create_table(&database.db, Entity).await.unwrap();
        let (statements, db) = Statements::count(&database.db);
        let traces = Traces::keep(Level::DEBUG);
        let context = context();
        let audit = db.audited(&context);
        // The number of statements, and of repeated statements in the trace.
        let cost = || {
            let again = traces.take().matches("once more, in full").count();
            (statements.take(), again)
        };

        let elsewhere = locked(context.clone());
        let first = [
            ticket("one", at(1, 1, 1)),
            ticket("two", at(1969, 12, 31)),
            ActiveModel {
                local: Set(None),
                ..ticket("three", at(9999, 12, 31))
            },
        ];
        for row in first {
            audit.insert(row.clone()).await.unwrap();
            assert_eq!(cost(), (1, 0));
            db.audited(&elsewhere).insert(row).await.unwrap();
            let [.., ours, theirs] = &*entries(&db).await else {
                panic!("no entries");
            };
            assert_eq!(ours.after(), theirs.after());
            cost();
        }
        for again in [1, 0, 0] {
            let title = "a\ttitle\u{7f}".repeat(50);
            audit
                .insert(ticket(&title, at(12_000, 1, 1)))
                .await
                .unwrap();
            assert_eq!(cost(), (1 + again, again));
            let entry = entries(&db).await.pop().unwrap();
            assert_eq!(entry.after()["due"], "+12000-01-01T23:59:59.999999Z");
            let label = entry.entity_label.unwrap();
            assert!(
                label.starts_with(r"a\u{9}title\u{7f}a") && label.ends_with('…'),
                "{label}"
            );
            cost();
        }

        let close = || Patch::new().state("closed");
        audit.update(1, close()).await.unwrap();
        assert_eq!(cost(), (1, 0));
        database
            .execute(
                "CREATE FUNCTION moved() RETURNS trigger LANGUAGE plpgsql AS \
                 $$ BEGIN NEW.moves := OLD.moves + 1; RETURN NEW; END $$",
            )
            .await;
        database
            .execute(
                "CREATE TRIGGER moved BEFORE UPDATE ON tickets FOR EACH ROW EXECUTE FUNCTION moved()",
            )
            .await;
        for (turn, again) in [1, 0, 0].into_iter().enumerate() {
            let state = ["open", "closed"][turn % 2];
            let patch = Patch::new().state(state);
            let row = audit.update(1, patch).await.unwrap();
            assert_eq!((row.moves, &*row.state), (turn as i32 + 1, state));
            assert_eq!(cost(), (1 + again, again), "turn {turn}");
            let entry = entries(&db).await.pop().unwrap();
            assert_eq!(changed(&entry), ["moves", "state"]);
            assert_eq!(entry.after()["moves"], turn as i32 + 1);
            cost();
        }

        // In a transaction, a failed statement cannot be repeated, so the full form is sent at once.
        let unit = audit.begin().await.unwrap();
        unit.update(1, Patch::new().title("in a unit"))
            .await
            .unwrap();
        unit.commit().await.unwrap();
        assert_eq!(cost().1, 0);
        let entry = entries(&db).await.pop().unwrap();
        assert_eq!(changed(&entry), ["moves", "title"]);
    });
}

/// The last moment of a day.
fn at(year: i32, month: u32, day: u32) -> DateTimeUtc {
    let day = NaiveDate::from_ymd_opt(year, month, day).unwrap();
    day.and_hms_micro_opt(23, 59, 59, 999_999)
        .unwrap()
        .and_utc()
}

fn ticket(title: &str, due: DateTimeUtc) -> ActiveModel {
    ActiveModel {
        title: Set(title.to_owned()),
        state: Set("open".to_owned()),
        due: Set(due),
        day: Set(due.date_naive()),
        local: Set(Some(due.naive_utc())),
        moves: Set(0),
        ..Default::default()
    }
}

fn changed(entry: &Entry) -> Vec<String> {
    let after = entry.after();
    after.as_object().unwrap().keys().cloned().collect()
}
