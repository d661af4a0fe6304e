//! The doctor and the guards, with the entities of the application.

use audit_runtime::{prelude::*, schema::doctor::Code};
use sea_orm::{ActiveModelTrait, DbBackend};

use super::{audit, lines, printed, refused};
use crate::{
    backend::{Database, on_every_backend},
    entities::{context, create_table, entries, install_unguarded, new_user, user},
};

on_every_backend!(
    a_doctor_examines_and_guards_are_installed,
    a_replay_finds_what_has_no_entry,
);

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

async fn a_replay_finds_what_has_no_entry(database: &Database) {
    let db = &database.db;
    install_unguarded(db).await.unwrap();
    let context = context();
    let audit_of = db.audited(&context);
    let eve = audit_of.insert(new_user("eve")).await.unwrap().id;
    assert_eq!(printed(database, &["replay"]), "");

    new_user("mallory").insert(db).await.unwrap();
    let sql = format!("UPDATE users SET role = 'root' WHERE id = {eve}");
    database.execute(&sql).await;
    let output = audit(database, &["replay", "User", "--pace", "0.5"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert_eq!(said, "audit: 2 rows compared, 2 not explained by the log\n");
    let found = String::from_utf8(output.stdout).unwrap();
    let found: Vec<serde_json::Value> = found
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(found.len(), 2);
    let id = eve.to_string();
    let row = found.iter().find(|row| row["entity_id"] == *id);
    let row = row.unwrap();
    assert_eq!(
        (&row["problem"], &row["fields"][0]),
        (&"changed".into(), &"role".into())
    );
    assert_eq!(
        (&row["last"]["id"], &row["last"]["action"]),
        (&1.into(), &"CREATE".into())
    );

    let arguments = ["replay", "--accept-unlogged", "--format", "text"];
    let output = audit(database, &arguments);
    let text = String::from_utf8(output.stdout).unwrap();
    let start =
        format!("User {eve}: role changed without an entry; its last entry is #1, CREATE by ");
    assert!(
        text.starts_with(&start) && text.lines().count() == 1,
        "{text}"
    );

    // After the last row, a replay looks only for rows that exist only in the log.
    let rest = r#"{"entity":"shop_audit::user::Entity","next":{"log":null}}"#;
    assert_eq!(printed(database, &["replay", "--from", rest]), "");
    for (arguments, problem) in [
        (
            ["replay", "Order"],
            "no entity has the type \"Order\": the types are User",
        ),
        (["replay", "--from=x"], "give what the earlier replay said"),
        (["replay", "--pace=0"], "write a part of 1, such as 0.5"),
    ] {
        let (code, message) = refused(audit(database, &arguments));
        assert_eq!(code, 2, "{message}");
        assert!(message.contains(problem), "{message}");
    }
    let report = audit(database, &["doctor", "--replay"]);
    let report = String::from_utf8(report.stdout).unwrap();
    assert!(report.contains("ROW_UNEXPLAINED"), "{report}");
}
