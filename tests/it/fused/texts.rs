//! The text of each fused statement, so that changes of encoders and statements are visible.
//!
//! `UPDATE_GOLDEN=1` overwrites the files.

use std::sync::{Arc, Mutex, PoisonError};
use std::{env, fs};

use audit_runtime::prelude::*;
use sea_orm::{ConnectionTrait, DatabaseBackend::Postgres, DatabaseConnection, Schema};

use crate::{backend::run, entities::context};

/// As in `entities`, but for this test only: an unusual value in an entity affects all later writes of it.
mod user {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "users")]
    #[audited(entity_type = "User", no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[sea_orm(unique)]
        #[audited(record, label)]
        pub username: String,
        #[audited(update)]
        pub role: String,
        #[audited(record)]
        pub logins: i32,
        #[audited(redact)]
        pub phone: Option<String>,
        #[audited(redact)]
        pub password_hash: String,
        #[audited(skip)]
        pub last_seen_at: Option<DateTimeUtc>,
    }
}

fn new_user(username: &str) -> user::ActiveModel {
    user::ActiveModel {
        username: Set(username.to_owned()),
        role: Set("user".to_owned()),
        logins: Set(0),
        phone: Set(Some("555-0100".to_owned())),
        password_hash: Set("hash-0100".to_owned()),
        last_seen_at: Set(None),
        ..Default::default()
    }
}

#[test]
fn the_statements_of_an_entity() {
    run(Postgres, async |database| {
        audit_runtime::schema::install(&database.db).await.unwrap();
        let table = Schema::new(Postgres).create_table_from_entity(user::Entity);
        database.db.execute(&table).await.unwrap();
        let (texts, db) = texts(&database.db);
        let context = context();
        let audit = db.audited(&context);

        let quick = audit.insert(new_user("quick")).await.unwrap();
        check("fused_insert_quick.sql", &last(&texts));
        let admin = || user::Patch::new().role("admin");
        audit.update(quick.id, admin()).await.unwrap();
        check("fused_update_quick.sql", &last(&texts));
        audit.delete::<user::Entity>(quick.id).await.unwrap();
        check("fused_delete_quick.sql", &last(&texts));

        let unit = audit.begin().await.unwrap();
        let full = unit.insert(new_user("full")).await.unwrap();
        check("fused_insert_full.sql", &last(&texts));
        unit.update(full.id, admin()).await.unwrap();
        check("fused_update_full.sql", &last(&texts));
        unit.delete::<user::Entity>(full.id).await.unwrap();
        check("fused_delete_full.sql", &last(&texts));
        unit.rollback().await.unwrap();
    });
}

type Texts = Arc<Mutex<Vec<String>>>;

/// A connection to the same pool that records its statements.
fn texts(db: &DatabaseConnection) -> (Texts, DatabaseConnection) {
    let texts = Texts::default();
    let kept = texts.clone();
    let mut db = db.clone();
    db.set_metric_callback(move |info| {
        let mut texts = kept.lock().unwrap_or_else(PoisonError::into_inner);
        texts.push(info.statement.sql.clone());
    });
    (texts, db)
}

fn last(texts: &Texts) -> String {
    let texts = texts.lock().unwrap_or_else(PoisonError::into_inner);
    laid_out(texts.last().unwrap())
}

fn check(file: &str, actual: &str) {
    let path = format!("{}/it/golden/{file}", env!("CARGO_MANIFEST_DIR"));
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, actual).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap();
    assert!(
        actual == expected,
        "{file} is not what is sent now:\n{actual}"
    );
}

/// The statement with one line per clause, indented by parentheses.
fn laid_out(sql: &str) -> String {
    const CLAUSES: [&str; 16] = [
        "SELECT ",
        "FROM ",
        "WHERE ",
        "INSERT INTO ",
        "VALUES ",
        "UPDATE ",
        "SET ",
        "DELETE FROM ",
        "RETURNING ",
        "UNION ALL ",
        "FOR NO KEY UPDATE",
        "FOR UPDATE",
        "CASE ",
        "WHEN ",
        "ELSE ",
        "OFFSET ",
    ];
    let mut lines = String::new();
    let mut depth = 0_usize;
    let mut quote = None;
    for (at, character) in sql.char_indices() {
        match (quote, character) {
            (None, '\'' | '"') => quote = Some(character),
            (Some(open), close) if open == close => quote = None,
            (None, '(') => depth += 1,
            (None, ')') => depth = depth.saturating_sub(1),
            _ => {}
        }
        let is_start = at > 0 && matches!(sql.as_bytes()[at - 1], b' ' | b'(');
        if quote.is_none() && is_start && CLAUSES.iter().any(|clause| sql[at..].starts_with(clause))
        {
            let end = lines.trim_end().len();
            lines.truncate(end);
            lines.push('\n');
            lines.extend(std::iter::repeat_n("  ", depth));
        }
        lines.push(character);
    }
    lines.push('\n');
    lines
}
