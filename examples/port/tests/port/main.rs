//! A service and its port: their answers, the entries of the port, and its length.

mod length;
mod visit;

use audit_runtime::{
    assert_audited,
    prelude::*,
    test::{Expected, Recorded},
};
use chrono::{TimeDelta, Utc};
use helpdesk_after::entity::{comment, team, ticket, user};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection};
use sea_orm_migration::MigratorTrait;

use crate::visit::{ADMIN_TOKEN, Visit};

/// Runs a service: the migrations, the seed, the requests, the job, and the seed again. The last migration finds a row.
macro_rules! answers_of {
    ($service:ident, $db:expr) => {{
        use $service::{app, job::close_solved, migration::Migrator, seed};

        let db: &DatabaseConnection = $db;
        let last = Migrator::migrations().len() as u32 - 1;
        Migrator::up(db, Some(last)).await.unwrap();
        seed(db, ADMIN_TOKEN).await.unwrap();
        db.execute_unprepared(TICKET_WITHOUT_TEAM).await.unwrap();
        Migrator::up(db, None).await.unwrap();
        let mut visit = Visit::of(app(db.clone()));
        visit.begin().await;
        db.execute_unprepared(TICKETS_ARE_OLD).await.unwrap();
        visit.work().await;
        seed(db, ADMIN_TOKEN).await.unwrap();
        let now = Utc::now();
        assert_eq!(close_solved(db, now - TimeDelta::days(1)).await.unwrap(), 0);
        assert_eq!(close_solved(db, now + TimeDelta::days(1)).await.unwrap(), 1);
        visit.end().await;
        visit.answers
    }};
}

const TICKET_WITHOUT_TEAM: &str = "INSERT INTO tickets (subject, status, priority, requester_id, created_at, updated_at) \
     VALUES ('Is anybody there?', 'open', 'low', 1, '2026-01-05T08:00:00Z', '2026-01-05T08:00:00Z')";

/// Old enough that the next change moves `updated_at` on any clock.
const TICKETS_ARE_OLD: &str = "UPDATE tickets SET created_at = '2026-01-05T08:00:00Z', updated_at = '2026-01-05T08:00:00Z' WHERE id = 2";

#[tokio::test]
async fn both_answer_the_same_and_the_port_records_every_write() {
    let before = answers_of!(helpdesk_before, &database().await);
    let db = database().await;
    let after = answers_of!(helpdesk_after, &db);
    assert_eq!(after.len(), before.len());
    for (after, before) in after.iter().zip(&before) {
        assert_eq!(after, before);
    }

    let admin = Actor::new("User", 1).role("Admin");
    let ann = Actor::new("User", 2).role("Customer");
    let bob = Actor::new("User", 3).role("Agent");
    let seed = Actor::system("seed");
    let migration = Actor::system("migration");
    let job = Actor::system("close-solved");
    let recorded = Recorded::all(&db).await.unwrap();
    assert_audited!(
        recorded.clone(),
        // The seed. Its second run changes nothing.
        Expected::create::<team::Entity>(1)
            .to(team::Column::Name, "Support")
            .by(&seed),
        Expected::create::<team::Entity>(2)
            .to(team::Column::Name, "Billing")
            .by(&seed),
        Expected::create::<user::Entity>(1)
            .field_changed(user::Column::ApiToken)
            .by(&seed),
        // The migration.
        Expected::update::<ticket::Entity>(1)
            .to(ticket::Column::TeamId, 1)
            .and_no_other_field()
            .by(&migration),
        // The nine endpoints.
        Expected::create::<user::Entity>(2)
            .to(user::Column::Name, "Ann")
            .by(&admin),
        Expected::create::<user::Entity>(3)
            .to(user::Column::Name, "Bob")
            .by(&admin),
        Expected::update::<user::Entity>(2)
            .from_to(user::Column::Email, "ann@example.com", "ann@example.org")
            .and_no_other_field()
            .by(&ann),
        Expected::update::<user::Entity>(3)
            .from_to(user::Column::Role, user::Role::Customer, user::Role::Agent)
            .and_no_other_field()
            .by(&admin),
        Expected::create::<team::Entity>(3)
            .to(team::Column::Name, "Network")
            .by(&admin),
        Expected::create::<ticket::Entity>(2)
            .to(ticket::Column::RequesterId, 2)
            .by(&ann),
        Expected::update::<ticket::Entity>(2)
            .from_to(
                ticket::Column::Priority,
                ticket::Priority::Normal,
                ticket::Priority::High
            )
            .to(ticket::Column::TeamId, 3)
            .to(ticket::Column::AssigneeId, 3)
            .and_no_other_field()
            .by(&bob),
        Expected::create::<comment::Entity>(1)
            .to(comment::Column::Text, "Which floor?")
            .by(&bob),
        Expected::update::<ticket::Entity>(2)
            .from_to(
                ticket::Column::Status,
                ticket::Status::Open,
                ticket::Status::Pending
            )
            .and_no_other_field()
            .by(&bob),
        Expected::create::<comment::Entity>(2)
            .to(comment::Column::Text, "The third.")
            .by(&ann),
        Expected::update::<ticket::Entity>(2)
            .from_to(
                ticket::Column::Status,
                ticket::Status::Pending,
                ticket::Status::Open
            )
            .by(&ann),
        Expected::update::<ticket::Entity>(2)
            .to(ticket::Column::Status, ticket::Status::Solved)
            .by(&bob),
        // The job.
        Expected::update::<ticket::Entity>(2)
            .from_to(
                ticket::Column::Status,
                ticket::Status::Solved,
                ticket::Status::Closed
            )
            .and_no_other_field()
            .by(&job),
        Expected::delete::<comment::Entity>(1).by(&admin),
        Expected::delete::<comment::Entity>(2).by(&admin),
        Expected::delete::<ticket::Entity>(2)
            .from(ticket::Column::Subject, "No network")
            .by(&admin),
    );

    let deleted = recorded.entries().last().unwrap();
    assert_eq!(deleted.source.ip, Some([203, 0, 113, 9].into()));
    assert_eq!(
        deleted.to_string(),
        "Admin 'Admin' deleted Ticket 'No network', which had assignee_id 3, priority 'high', requester_id 2, \
         status 'closed', subject 'No network' and team_id 3"
    );
    assert!(!format!("{recorded:?}").contains(ADMIN_TOKEN));
}

async fn database() -> DatabaseConnection {
    // A second connection would see another database.
    let mut options = ConnectOptions::new("sqlite::memory:");
    options.max_connections(1).sqlx_logging(false);
    Database::connect(options).await.unwrap()
}
