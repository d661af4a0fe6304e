//! The fused plan on PostgreSQL: unchanged rows are not written, and traces contain no values.

mod commits;
mod form;
mod names;
mod plan;
mod sets;
mod texts;

use audit_runtime::{AuditContext, Upserted, prelude::*};
use sea_orm::{
    ColumnTrait, ConnectOptions, ConnectionTrait, DatabaseBackend::Postgres, DatabaseConnection,
    IntoActiveModel, Statement,
};
use serde_json::json;
use tracing::Level;

use crate::{
    backend::{Database, run},
    entities::{context, document, entries, install, new_user, user},
    invariants::{assert_none, violations},
    traces::Traces,
    types::{
        self,
        check::{ID, some},
        rows, whole,
    },
};

#[test]
fn no_value_is_traced() {
    run(Postgres, async |database| {
        use types::entities::text;

        const VALUE: &str = "n0t t0 be f0und";

        audit_runtime::schema::install(&database.db).await.unwrap();
        types::create_table(&database.db, text::Entity).await;
        // With the logs of SeaORM and of the driver for each statement.
        let db = &database
            .connect(|options| {
                options.sqlx_logging(true);
            })
            .await;
        let traces = Traces::keep(Level::TRACE);
        let (_, ordinary) = rows::texts().swap_remove(0);
        let row = text::Model {
            text: VALUE.to_owned(),
            json: json!([VALUE]),
            json_binary: json!({ VALUE: VALUE }),
            text_or_null: Some(VALUE.to_owned()),
            ..ordinary.clone()
        };
        for context in [context(), audit_runtime::__private::locked(context())] {
            let context = context.reason(VALUE).with("note", VALUE);
            let audit = db.audited(&context);
            let set = || some(&row, &[text::Column::Text, text::Column::Json]);
            let conflict = [text::Column::Id];
            let new = || row.clone().into_active_model();
            audit.insert(new()).await.unwrap();
            audit.update(ID, whole(&ordinary)).await.unwrap();
            audit.update(ID, set()).await.unwrap();
            audit.update(ID, set()).await.unwrap();
            audit
                .update_many(text::Column::Id.eq(ID), whole(&ordinary))
                .await
                .unwrap();
            audit
                .insert_or_update(new(), conflict, set())
                .await
                .unwrap();
            audit.insert(new()).await.unwrap_err();
            audit.delete::<text::Entity>(ID).await.unwrap();
            audit.insert_many([new()]).await.unwrap();
            audit
                .delete_many::<text::Entity>(text::Column::Text.eq(VALUE))
                .await
                .unwrap();
        }
        let said = traces.take();
        for expected in ["fused plan", "locked plan: asked for", "INSERT INTO"] {
            assert!(said.contains(expected), "{said}");
        }
        if let Some(line) = said.lines().find(|line| line.contains(VALUE)) {
            panic!("said: {line}");
        }
    });
}

#[test]
fn an_unchanged_row_is_not_touched() {
    run(Postgres, async |database| {
        let db = &database.db;
        install(db).await.unwrap();
        for context in [context(), audit_runtime::__private::locked(context())] {
            let audit = db.audited(&context);
            let john = audit.insert(new_user("john")).await.unwrap();
            let jane = audit.insert(new_user("jane")).await.unwrap();
            let text = document::Draft::new().id("1").title("first");
            let text = audit.insert(text).await.unwrap();
            let (before, written) = (versions(db).await, entries(db).await.len());

            let same = || user::AdminPatch::new().role("user").username("john");
            assert_eq!(audit.update(john.id, same()).await.unwrap(), john);
            let role = || user::AdminPatch::new().role("user");
            assert_eq!(
                audit
                    .update_many(user::Column::Id.gt(0), role())
                    .await
                    .unwrap(),
                0
            );
            let kept = audit
                .insert_or_update(new_user("jane"), [user::Column::Username], role())
                .await;
            assert_eq!(kept.unwrap(), Upserted::Unchanged(jane.clone()));
            // A write would run the hooks, which raise the revision.
            let title = || document::Patch::new().title("first");
            assert_eq!(audit.update("1", title()).await.unwrap(), text);
            let draft = document::Draft::new().id("1").title("second");
            let kept = audit
                .insert_or_update(draft, [document::Column::Id], title())
                .await;
            assert_eq!(kept.unwrap(), Upserted::Unchanged(text));
            let tx = audit.begin().await.unwrap();
            tx.update(john.id, same()).await.unwrap();
            tx.update_many(user::Column::Id.gt(0), role())
                .await
                .unwrap();
            tx.update("1", title()).await.unwrap();
            tx.commit().await.unwrap();
            assert_eq!(versions(db).await, before);

            // Only the row that differs is written.
            audit
                .update(jane.id, user::AdminPatch::new().role("guest"))
                .await
                .unwrap();
            let count = audit.update_many(user::Column::Id.gt(0), role()).await;
            assert_eq!(count.unwrap(), 1);
            let after = versions(db).await;
            assert_eq!(
                (after[0] == before[0], after[1] == before[1]),
                (true, false)
            );
            assert_eq!(entries(db).await.len(), written + 2);

            audit
                .delete_many::<user::Entity>(user::Column::Id.gt(0))
                .await
                .unwrap();
            audit.delete::<document::Entity>("1").await.unwrap();
        }
        assert_none(&violations(db).await, "with rows left alone");
    });
}

async fn one_connection(database: &Database) -> DatabaseConnection {
    let one = |options: &mut ConnectOptions| {
        options.max_connections(1);
    };
    database.connect(one).await
}

/// The transactions that wrote the users and documents.
async fn versions(db: &DatabaseConnection) -> Vec<String> {
    let sql = "SELECT * FROM (SELECT xmin::text AS version, 'u' || id AS id FROM users \
               UNION ALL SELECT xmin::text, 'v' || id FROM documents) rows ORDER BY id";
    let rows = db.query_all_raw(Statement::from_string(Postgres, sql));
    let rows = rows.await.unwrap();
    rows.iter()
        .map(|row| row.try_get("", "version").unwrap())
        .collect()
}

/// Otherwise the log would contain one of them, and the table the other.
#[test]
fn minus_zero_is_another_number() {
    run(Postgres, async |database| {
        use types::entities::number::{Column, Entity};

        let db = &database.db;
        audit_runtime::schema::install(db).await.unwrap();
        types::create_table(db, Entity).await;
        let (_, mut row) = rows::numbers().swap_remove(0);
        for context in [context(), audit_runtime::__private::locked(context())] {
            let audit = db.audited(&context);
            (row.double, row.float) = (0.0, -0.0);
            audit.insert(row.clone().into_active_model()).await.unwrap();
            (row.double, row.float) = (-0.0, 0.0);
            let columns = [Column::Double, Column::Float, Column::I32];
            audit.update(ID, some(&row, &columns)).await.unwrap();
            (row.double, row.float) = (0.0, -0.0);
            let count = audit.update_many(Column::Id.eq(ID), some(&row, &columns));
            assert_eq!(count.await.unwrap(), 1);
            let count = audit.update_many(Column::Id.eq(ID), some(&row, &columns));
            assert_eq!(count.await.unwrap(), 0);
            audit.delete::<Entity>(ID).await.unwrap();

            let log = entries(db).await;
            for pair in log[log.len() - 4..].windows(2) {
                for field in ["double", "float"] {
                    assert_eq!(pair[1].before()[field], pair[0].after()[field], "{field}");
                }
            }
        }
    });
}

#[test]
fn texts_are_kept_whatever_the_values() {
    run(Postgres, async |database| {
        use types::entities::text::{Color, Column, Entity};

        audit_runtime::schema::install(&database.db).await.unwrap();
        types::create_table(&database.db, Entity).await;
        let db = &one_connection(database).await;
        let context: AuditContext = context();
        let audit = db.audited(&context);
        let (_, mut row) = rows::texts().swap_remove(0);
        let columns = [
            Column::Text,
            Column::TextOrNull,
            Column::BytesOrNull,
            Column::JsonOrNull,
            Column::Color,
            Column::SizeOrNull,
            Column::CharOrNull,
        ];
        audit.insert(row.clone().into_active_model()).await.unwrap();
        let mut counted = Vec::new();
        for round in 0..100 {
            row.text = format!("round {round}");
            row.text_or_null = (round % 2 == 0).then(|| row.text.clone());
            row.bytes_or_null = (round % 3 == 0).then(|| vec![round]);
            row.json_or_null = (round % 5 == 0).then(|| json!({ "round": round }));
            row.color = if round % 7 == 0 {
                Color::Black
            } else {
                Color::White
            };
            row.char_or_null = (round % 4 == 0).then(|| round.to_string());
            let context = AuditContext::new(Actor::new("Admin", round.to_string()));
            let context = match round % 2 {
                0 => context,
                _ => context
                    .reason("odd")
                    .ip([203, 0, 113, round])
                    .with("round", round),
            };
            let audit = db.audited(&context);
            audit.update(ID, some(&row, &columns)).await.unwrap();
            let tx = audit.begin().await.unwrap();
            row.text += " in a unit";
            tx.update(ID, some(&row, &columns)).await.unwrap();
            tx.commit().await.unwrap();
            audit
                .update_many(Column::Id.eq(ID), some(&row, &columns[..1]))
                .await
                .unwrap();
            audit.delete::<Entity>(ID).await.unwrap();
            audit.insert(row.clone().into_active_model()).await.unwrap();
            counted.push(prepared(db).await);
        }
        // The first round prepares all of them.
        assert!(
            counted.iter().all(|count| *count == counted[0]),
            "{counted:?}"
        );
        assert!(counted[0] > 4, "{counted:?}");
        assert_eq!(entries(db).await.len(), 401);
    });
}

async fn prepared(db: &DatabaseConnection) -> i64 {
    let sql = "SELECT count(*) AS count FROM pg_prepared_statements";
    let row = db.query_one_raw(Statement::from_string(Postgres, sql));
    row.await.unwrap().unwrap().try_get("", "count").unwrap()
}
