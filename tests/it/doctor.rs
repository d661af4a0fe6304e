//! The doctor: a healthy database has no findings, and each sabotage has its own.

mod mysql;
mod postgres;
mod sqlite;

use audit_runtime::{
    Error, entities,
    schema::{
        self, Entities, GuardMode,
        doctor::{Code, Doctor, Report, Severity},
    },
};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend};

use crate::{
    backend::{Database, on_every_backend},
    entities::{document, install, order, user},
};

on_every_backend!(a_guard_behind_its_entity_is_found_by_field);

/// Statements that sabotage a database, separated by `;;`, and the finding that they cause.
type Sabotage = (&'static str, Code);

fn audited() -> Entities {
    entities![user::Entity, order::Entity, document::Entity]
}

fn doctor() -> Doctor {
    Doctor::new().entities(audited())
}

/// Installs the log and the tables, with guards where they are supported.
async fn healthy(db: &DatabaseConnection) {
    install(db).await.unwrap();
    match schema::install_guards(db, &audited(), GUARD).await {
        Ok(()) | Err(Error::GuardUnsupported(_)) => {}
        Err(error) => panic!("{error}"),
    }
}

const GUARD: GuardMode = GuardMode::Capture;

async fn run_all(db: &DatabaseConnection, statements: &str) {
    for statement in statements.split(";;") {
        let done = db.execute_unprepared(statement).await;
        done.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
}

/// The codes of the findings, without repetitions.
fn codes(report: &Report) -> Vec<Code> {
    let mut codes: Vec<_> = report.findings().iter().map(|found| found.code).collect();
    codes.dedup();
    codes
}

/// Asserts that each sabotage causes exactly its finding, and that the finding's statements repair it.
async fn each_is_found_and_mended(
    doctor: &Doctor,
    admin: &DatabaseConnection,
    app: &DatabaseConnection,
    sabotages: &[Sabotage],
) {
    nothing_is_found(doctor, app, "at first").await;
    for (sabotage, code) in sabotages {
        run_all(admin, sabotage).await;
        let report = doctor.examine(app).await.unwrap();
        assert_eq!(codes(&report), [*code], "{sabotage}: {report}");
        for finding in report.findings() {
            // A missing or foreign object has no difference in fields.
            assert!(!finding.what.contains("what it says of"), "{finding}");
            assert!(!finding.mend.is_empty(), "{sabotage}: {finding}");
            for statement in &finding.mend {
                let done = admin.execute_unprepared(statement).await;
                done.unwrap_or_else(|error| panic!("{sabotage}: {statement}: {error}"));
            }
        }
        nothing_is_found(doctor, app, sabotage).await;
    }
}

/// Asserts findings that no statement repairs.
async fn each_is_found(
    doctor: &Doctor,
    admin: &DatabaseConnection,
    app: &DatabaseConnection,
    sabotages: &[(&str, &str, Code)],
) {
    for (sabotage, undo, code) in sabotages {
        run_all(admin, sabotage).await;
        let report = doctor.examine(app).await.unwrap();
        assert_eq!(codes(&report), [*code], "{sabotage}: {report}");
        run_all(admin, undo).await;
        nothing_is_found(doctor, app, sabotage).await;
    }
}

async fn nothing_is_found(doctor: &Doctor, db: &DatabaseConnection, when: &str) {
    let report = doctor.examine(db).await.unwrap();
    assert!(report.findings().is_empty(), "{when}: {report}");
    assert!(report.is_healthy());
    assert_eq!(report.severity(), None);
    assert_eq!(report.to_string(), "Nothing was found.");
}

mod before {
    //! The users of an earlier release, which recorded the phone and had no role.

    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "users")]
    #[audited(entity_type = "EarlierUser", no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[audited(record, label)]
        pub username: String,
        #[audited(record)]
        pub phone: Option<String>,
    }
}

async fn a_guard_behind_its_entity_is_found_by_field(database: &Database) {
    let db = &database.db;
    healthy(db).await;
    schema::install_guard::<before::Entity>(db, GUARD)
        .await
        .unwrap();
    let mut doctor = Doctor::new().entities(entities![user::Entity]).by_owner();
    for code in [Code::TemporaryTables, Code::Durability] {
        doctor = doctor.accept(code);
    }
    let report = doctor.examine(db).await.unwrap();
    assert_eq!(codes(&report), [Code::GuardChanged], "{report}");
    let what = &report.findings()[0].what;
    let (_, fields) = what.split_once("; what it says of ").unwrap();
    for field in ["role", "logins", "phone", "password_hash"] {
        assert!(fields.contains(field), "{what}");
    }
    assert!(!fields.contains("id,"), "{what}");
}

#[test]
fn a_report_is_for_people_and_for_machines() {
    crate::backend::run(DbBackend::Sqlite, async |database| {
        let db = &database.db;
        schema::install(db).await.unwrap();
        for statement in [
            "DROP TRIGGER audit_log_no_update",
            "DROP INDEX audit_log_actor",
        ] {
            database.execute(statement).await;
        }
        let report = Doctor::new().examine(db).await.unwrap();
        assert_eq!(report.severity(), Some(Severity::Error));
        assert!(!report.is_healthy());
        let text = report.to_string();
        let paragraphs: Vec<_> = text.split("\n\n").collect();
        assert_eq!(paragraphs.len(), 2, "{text}");
        assert!(
            paragraphs[0].starts_with("Error LOG_PROTECTION: audit_log_no_update is missing"),
            "{text}"
        );
        assert!(
            paragraphs[1].starts_with("Warning LOG_INDEX: audit_log_actor is"),
            "{text}"
        );
        let create = "Mended by: CREATE INDEX IF NOT EXISTS \"audit_log_actor\"";
        assert!(paragraphs[1].contains(create), "{text}");

        let json = serde_json::to_value(&report).unwrap();
        let index = &json["findings"][1];
        assert_eq!(index["code"], "LOG_INDEX");
        assert_eq!(index["severity"], "warning");
        assert_eq!(index["object"], "audit_log_actor");
        assert_eq!(index["mend"].as_array().unwrap().len(), 1);
        for text in ["what", "why"] {
            assert!(index[text].as_str().unwrap().len() > 10, "{index}");
        }
        let accepted = Doctor::new()
            .accept(Code::LogProtection)
            .accept(Code::LogIndex);
        assert!(accepted.examine(db).await.unwrap().findings().is_empty());
    });
}
