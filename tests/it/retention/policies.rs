//! Policies that `Retention::new` and `Retention::install` refuse.

use std::time::Duration;

use audit_runtime::{
    Error,
    retention::{DAY, Policy, Regime, Retention},
};

use super::{last, others, visits};
use crate::{
    backend::{Database, on_every_backend},
    entities::{context, install},
};

on_every_backend!(
    a_floor_may_grow_and_not_shrink,
    retention_comes_after_the_log,
);

#[test]
fn contradictions_are_refused_by_name() {
    let year = 365 * DAY;
    let cases: [(Vec<Policy>, &str); 16] = [
        (vec![], "`others`: no policy covers the remaining entries"),
        (
            vec![visits()],
            "`others`: no policy covers the remaining entries",
        ),
        (
            vec![others(), others().document("SEC-13")],
            "`others`: two policies have this name",
        ),
        (
            vec![others(), Policy::new("rest").document("SEC-12")],
            "`rest`: both it and `others` are for the remaining entries",
        ),
        (
            vec![
                others(),
                visits(),
                Policy::new("trips")
                    .document("SEC-12")
                    .types(["Trip", "Visit"]),
            ],
            "`trips`: both it and `visits` are for entries of type Visit",
        ),
        (
            vec![
                others(),
                Policy::new("one").document("SEC-12").actions(["LOGIN"]),
                Policy::new("two")
                    .document("SEC-12")
                    .actions(["LOGOUT", "LOGIN"]),
            ],
            "`two`: both it and `one` are for LOGIN entries",
        ),
        (
            vec![
                others(),
                Policy::new("one")
                    .document("SEC-12")
                    .types(["User"])
                    .actions(["LOGIN"]),
                Policy::new("two")
                    .document("SEC-12")
                    .types(["User"])
                    .actions(["LOGIN"]),
            ],
            "`two`: both it and `one` are for LOGIN entries of type User",
        ),
        (
            vec![others().keep(year).destroy_after(90 * DAY)],
            "`others`: entries would be destroyed after 90 days, though they must be kept for 365 days",
        ),
        (
            vec![others().regime(Regime::Hipaa).destroy_after(year)],
            "`others`: entries would be destroyed after 365 days, though they must be kept for 2196 days",
        ),
        (
            vec![others().regime(Regime::Sox).destroy_after(year)],
            "`others`: entries would be destroyed after 365 days, though they must be kept for 2562 days",
        ),
        (
            vec![
                others()
                    .regime(Regime::PciDss)
                    .keep(Duration::from_secs(90)),
            ],
            "`others`: it keeps entries for 90 seconds, but PciDss demands 366 days",
        ),
        (
            vec![Policy::new("others")],
            "`others`: it does not name the document that justifies it",
        ),
        (
            vec![Policy::new("Others").document("SEC-12")],
            "`Others`: its name must be 1 to 64 of a to z, digits and _",
        ),
        (
            vec![Policy::new("").document("SEC-12")],
            "``: its name must be 1 to 64 of a to z, digits and _",
        ),
        (
            vec![others(), visits().types([""])],
            "`visits`: \"\" is no type: it must have 1 to 64 bytes",
        ),
        (
            vec![others().keep(Duration::from_millis(1))],
            "`others`: keep must be whole seconds, and at most 1000 years",
        ),
    ];
    for (policies, expected) in cases {
        let error = Retention::new(policies).unwrap_err();
        assert!(matches!(error, Error::PolicyRefused { .. }));
        let text = error.to_string();
        assert!(
            text.starts_with(&format!("retention policy {expected}")),
            "{text}"
        );
    }
}

#[test]
fn policies_of_other_ranks_are_no_contradiction() {
    let _ = Retention::new([
        others(),
        visits(),
        Policy::new("came").document("SEC-12").actions(["CAME"]),
        Policy::new("visits_came")
            .document("SEC-12")
            .types(["Visit"])
            .actions(["CAME"]),
    ])
    .unwrap();
}

async fn a_floor_may_grow_and_not_shrink(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let with = |age| Retention::new([others().keep(age)]).unwrap();
    with(90 * DAY).install(db, &context()).await.unwrap();
    let first = last(database).await;
    assert_eq!(first.action, "POLICY");
    assert_eq!(
        first.metadata.unwrap()["floors"]["*/*"],
        serde_json::json!({"policy": "others", "after": 7_776_000})
    );

    with(90 * DAY).install(db, &context()).await.unwrap();
    assert_eq!(last(database).await.id, first.id);
    with(91 * DAY).install(db, &context()).await.unwrap();
    let grown = last(database).await;
    assert_eq!(
        grown.metadata.unwrap()["floors"]["*/*"],
        serde_json::json!({"policy": "others", "before": 7_776_000, "after": 7_862_400})
    );

    for (shorter, policy, of, days) in [
        (vec![others().keep(90 * DAY)], "others", "*/*", 90),
        (vec![others()], "others", "*/*", 0),
        // A new floor must not be below the floor of all others.
        (
            vec![others().keep(91 * DAY), visits().keep(DAY)],
            "visits",
            "Visit/*",
            1,
        ),
    ] {
        let shorter = Retention::new(shorter).unwrap();
        let error = shorter.install(db, &context()).await.unwrap_err();
        let expected = format!(
            "retention policy `{policy}`: entries of {of} must be kept for 91 days by the installed floor of policy \
             `others`, not for {days} days: the owner of the log can change the table audit_floor"
        );
        assert_eq!(error.to_string(), expected);
    }
    assert_eq!(last(database).await.id, grown.id);

    let longer = Retention::new([others().keep(91 * DAY), visits().keep(92 * DAY)]).unwrap();
    longer.install(db, &context()).await.unwrap();
    // A floor stays without its policy, and the remaining policy must not be shorter.
    let error = with(91 * DAY).install(db, &context()).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("entries of Visit/* must be kept for 92 days")
    );
    with(92 * DAY).install(db, &context()).await.unwrap();
}

async fn retention_comes_after_the_log(database: &Database) {
    let db = &database.db;
    let retention = Retention::new([others()]).unwrap();
    let missing = retention.install(db, &context()).await.unwrap_err();
    assert!(matches!(missing, Error::LogMissing(_)), "{missing:?}");

    install(db).await.unwrap();
    for error in [
        retention.plan(db).await.unwrap_err(),
        Retention::new([others().destroy_after(DAY)])
            .unwrap()
            .run(db, &context())
            .await
            .unwrap_err(),
        audit_runtime::retention::holds(db).await.unwrap_err(),
    ] {
        assert!(matches!(error, Error::RetentionMissing(_)), "{error:?}");
        assert_eq!(
            error.to_string(),
            "retention is not installed: call Retention::install first"
        );
    }
}
