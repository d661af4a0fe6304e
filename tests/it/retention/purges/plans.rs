//! Plans: executed unchanged, and approved.

use std::time::Duration;

use audit_runtime::{
    Actor, AuditContext, Error,
    retention::{self, DAY, Hold, Retention},
};
use serde_json::json;

use super::super::{ids, installed, last, others, record, visits};
use crate::{
    backend::{Database, on_every_backend},
    entities::{context, entries},
};

on_every_backend!(
    a_plan_is_executed_as_it_is_or_not_at_all,
    two_persons_approve
);

async fn a_plan_is_executed_as_it_is_or_not_at_all(database: &Database) {
    let db = &database.db;
    let retention = installed(database, 2).await;
    let plan = retention.plan(db).await.unwrap();

    // The plan is stored as JSON, and a hold is placed.
    let kept = serde_json::to_string(&plan).unwrap();
    let plan: retention::Plan = serde_json::from_str(&kept).unwrap();
    let hold = Hold::new("matter 17").row("Visit", "0");
    let placed = retention::hold(db, &context(), hold).await.unwrap();
    let before = entries(db).await.len();
    let refused = retention.execute(db, &context(), &plan).await.unwrap_err();
    let Error::PlanOutdated { changes } = &refused else {
        panic!("{refused:?}")
    };
    assert_eq!(
        changes,
        &[
            "the holds are others",
            "by policy `visits`, 1 entries go, not 2",
            "by policy `visits`, 1 entries are on hold, not 0",
        ]
    );
    let other = Retention::new([others(), visits().destroy_after(DAY)]).unwrap();
    let refused = other.execute(db, &context(), &plan).await.unwrap_err();
    assert!(
        refused.to_string().contains("the policies are others"),
        "{refused}"
    );
    assert_eq!(entries(db).await.len(), before);

    // Later entries are not in the plan.
    assert!(
        retention::release(db, &context(), placed.id, "settled")
            .await
            .unwrap()
    );
    record(database, 1).await;
    let report = retention.execute(db, &context(), &plan).await.unwrap();
    assert_eq!(report.purged(), 2);
    assert_eq!(ids(database, "CAME").await.len(), 1);
    assert_eq!(
        last(database).await.metadata.unwrap()["plan"],
        json!(plan.id)
    );

    let refused = retention.execute(db, &context(), &plan).await.unwrap_err();
    assert!(matches!(refused, Error::PlanOutdated { .. }), "{refused:?}");
}

async fn two_persons_approve(database: &Database) {
    let db = &database.db;
    let _ = installed(database, 2).await;
    let retention = Retention::new([
        visits().destroy_after(Duration::ZERO).approved_by_two(),
        others().keep(365 * DAY),
    ])
    .unwrap();
    let report = retention.run(db, &context()).await.unwrap();
    assert_eq!(
        (report.purged(), report.awaiting_approval),
        (0, vec!["visits".to_owned()])
    );

    let plan = retention.plan(db).await.unwrap();
    let jane = AuditContext::new(Actor::new("Admin", "jane"));
    let john = AuditContext::new(Actor::new("Admin", "john"));
    let refused = async |context: &AuditContext| {
        let refused = retention.execute(db, context, &plan).await.unwrap_err();
        assert!(
            matches!(&refused, Error::NotApproved { policy } if policy == "visits"),
            "{refused:?}"
        );
    };
    refused(&jane).await;
    retention.approve(db, &jane, &plan).await.unwrap();
    refused(&jane).await;
    // An approval is not valid for another plan.
    let mut forged = plan.clone();
    forged.last_id += 1;
    let refused = retention.execute(db, &john, &forged).await.unwrap_err();
    assert!(matches!(refused, Error::NotApproved { .. }), "{refused:?}");

    let report = retention.execute(db, &john, &plan).await.unwrap();
    assert_eq!(report.purged(), 2);
}
