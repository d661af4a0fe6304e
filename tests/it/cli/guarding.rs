//! The doctor and the guards, with the entities of the application.

use audit_runtime::schema::doctor::Code;
use sea_orm::{ActiveModelTrait, DbBackend};

use super::{audit, lines, printed, refused};
use crate::{
    backend::{Database, on_every_backend},
    entities::{create_table, entries, new_user, user},
};

on_every_backend!(a_doctor_examines_and_guards_are_installed);

async fn a_doctor_examines_and_guards_are_installed(database: &Database) {
    let db = &database.db;
    printed(database, &["install"]);
    create_table(db, user::Entity).await.unwrap();
    let examined = || {
        let output = audit(database, &["doctor", "--owner"]);
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let findings = report["findings"].as_array().unwrap().clone();
        let codes = findings
            .iter()
            .map(|finding| finding["code"].as_str().unwrap().to_owned());
        (output.status.code(), codes.collect::<Vec<_>>())
    };
    let missing = Code::GuardMissing.as_str().to_owned();
    let (code, found) = examined();
    assert_eq!(code, Some(1));
    assert!(found.contains(&missing), "{found:?}");

    assert_eq!(
        lines(database, &["guard", "install", "--mode", "capture"])[0]["guarded"],
        1
    );
    let (_, found) = examined();
    assert!(!found.contains(&missing), "{found:?}");
    let accepted: Vec<_> = found.iter().flat_map(|code| ["--accept", code]).collect();
    let healthy = [&["doctor", "--owner"], &*accepted].concat();
    assert_eq!(
        lines(database, &healthy)[0]["findings"]
            .as_array()
            .unwrap()
            .len(),
        0
    );

    new_user("eve").insert(db).await.unwrap();
    lines(database, &["guard", "collect"]);
    let captured = entries(db).await;
    assert_eq!(captured.len(), 1);
    assert_eq!(captured[0].actor.kind(), "Database");

    assert_eq!(lines(database, &["guard", "remove"])[0]["unguarded"], 1);
    assert!(examined().1.contains(&missing));
    if db.get_database_backend() == DbBackend::MySql {
        let (code, message) = refused(audit(database, &["guard", "install", "--mode", "enforce"]));
        assert_eq!(code, 3, "{message}");
    }
    let (code, message) = refused(audit(database, &["doctor", "--accept", "NONSENSE"]));
    assert_eq!(code, 2);
    assert!(message.contains("the codes are LOG_MISSING, "), "{message}");
}
