//! The rights of each account.

use std::time::Duration;

use audit_runtime::{
    History,
    prelude::*,
    retention::{DAY, Policy, Retention},
    schema::{self, Dialect},
};
use sea_orm::{ActiveModelTrait, ConnectionTrait, DatabaseConnection};
use tracing::Level;

use crate::{
    entities::{context, entries, new_user, user},
    traces::Traces,
};

/// Does everything that an application does, and asserts that other statements are refused.
pub(super) async fn writes(app: &DatabaseConnection, admin: &DatabaseConnection, refused: &str) {
    let traces = Traces::keep(Level::WARN);
    schema::install(app).await.unwrap();
    assert_eq!(traces.take(), "");
    drop(traces);
    let before = entries(admin).await.len();
    let context = context();
    let audit = app.audited(&context);
    let john = audit.insert(new_user("john")).await.unwrap();
    let promotion = user::AdminPatch::new().role("admin");
    audit.update(john.id, promotion).await.unwrap();
    let unit = audit.begin().await.unwrap();
    let role = user::AdminPatch::new().role("user");
    unit.update(john.id, role).await.unwrap();
    unit.commit().await.unwrap();
    audit.delete::<user::Entity>(john.id).await.unwrap();
    audit
        .record(Event::new("LOGIN_FAILURE").denied())
        .await
        .unwrap();
    assert_eq!(entries(admin).await.len(), before + 5);

    // On MariaDB, the library reads back each entry that it wrote.
    if Dialect::of(app).await.unwrap() != Dialect::MariaDb {
        let history = History::of::<user::Entity>(john.id);
        let refusal = history.page(app, None, 10).await.unwrap_err().to_string();
        assert!(
            refusal.contains("SELECT") && refusal.contains("audit_log"),
            "{refusal}"
        );
        let read = app.execute_unprepared("SELECT action FROM audit_log").await;
        assert!(read.is_err());
    }
    for statement in [
        "UPDATE audit_log SET action = 'X'",
        "DELETE FROM audit_log",
        "DROP TABLE audit_log",
    ]
    .into_iter()
    .chain(refused.split(";\n"))
    {
        let outcome = app.execute_unprepared(statement).await;
        assert!(outcome.is_err(), "not refused: {statement}");
    }
    assert_eq!(entries(admin).await.len(), before + 5);
}

/// Writes by plain SeaORM in a marked unit.
pub(super) async fn marks(app: &DatabaseConnection, admin: &DatabaseConnection) {
    let before = entries(admin).await.len();
    let context = context();
    let unit = app.audited(&context).begin().await.unwrap();
    unit.raw_sql("a backfill").await.unwrap();
    new_user("plain").insert(&unit).await.unwrap();
    unit.commit().await.unwrap();
    let entries = entries(admin).await;
    assert_eq!(entries.len(), before + 2);
    let change = entries
        .iter()
        .find(|entry| entry.entity_label.as_deref() == Some("plain"));
    assert_eq!(&change.unwrap().actor, context.actor());
}

/// A policy under which all visits are due at once.
pub(super) fn retention() -> Retention {
    let visits = Policy::new("visits").document("SEC-12").types(["Visit"]);
    let others = Policy::new("others").document("SEC-12");
    Retention::new([
        visits.destroy_after(Duration::ZERO),
        others.destroy_after(DAY),
    ])
    .unwrap()
}

/// Purges with the purger's account. With the application's account, the purge is refused.
pub(super) async fn purges(purger: &DatabaseConnection, app: &DatabaseConnection) {
    let context = context();
    let visit = Event::new("CAME").on("Visit", "1");
    app.audited(&context).record(visit).await.unwrap();
    let refused = retention()
        .run(app, &context)
        .await
        .unwrap_err()
        .to_string();
    assert!(refused.contains("audit_"), "{refused}");
    let before = entries(purger).await.len();
    let report = retention().run(purger, &context).await.unwrap();
    assert_eq!(report.policies[0].entries, 1);
    assert_eq!(entries(purger).await.len(), before);
    for statement in [
        "DELETE FROM audit_log",
        "DELETE FROM audit_hold",
        "DELETE FROM audit_floor",
    ] {
        assert!(
            purger.execute_unprepared(statement).await.is_err(),
            "{statement}"
        );
    }
}

/// Installs as the owner, which logs a warning.
pub(super) async fn owns(owner: &DatabaseConnection) {
    let traces = Traces::keep(Level::WARN);
    schema::install(owner).await.unwrap();
    let said = traces.take();
    assert!(said.contains("this account owns audit_log"), "{said}");
}

/// Reads as an auditor. Writes are refused, because their entries would be.
pub(super) async fn reads(auditor: &DatabaseConnection, missing: &str) {
    schema::install(auditor).await.unwrap();
    assert!(entries(auditor).await.len() >= 5);
    auditor
        .execute_unprepared("SELECT diff FROM audit_entries")
        .await
        .unwrap();
    let context = context();
    let inserted = auditor.audited(&context).insert(new_user("jack")).await;
    let refusal = inserted.unwrap_err().to_string();
    assert!(
        refusal.contains(missing) && refusal.contains("audit_log"),
        "{refusal}"
    );
    assert!(refusal.contains("INSERT"), "{refusal}");
}
