//! The lower bound: a change and its entry in one statement, with an entry of constant content.
//!
//! The difference between this library and the bound is the cost of recording what changed.

use std::net::IpAddr;

use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseConnection, DbBackend, DbErr, FromQueryResult,
    IdenStatic, Iterable, QueryTrait, Statement, StatementBuilder, TransactionTrait,
    prelude::{DateTimeUtc, Uuid},
    sea_query::Query,
};
use serde_json::{Map, Value as Json, json};

use super::{
    ACTOR_ID, ACTOR_KIND, ACTOR_NAME, IP, Operation, REASON, REQUEST_ID, SESSION_ID, USER_AGENT,
    Write,
};
use crate::tables::{self, CHUNK, ROWS, Table};

pub async fn write<E: Table>(db: &DatabaseConnection, write: Write) -> Result<(), DbErr> {
    let Write {
        operation,
        id,
        turn,
    } = write;
    let change = match operation {
        Operation::Update => {
            let update = Query::update()
                .table(E::default().table_ref())
                .value(E::role(), tables::role(turn))
                .value(E::logins(), tables::logins(turn))
                .and_where(E::id().eq(id))
                .to_owned();
            build(&update)
        }
        Operation::Insert => E::insert(E::new_row(turn)).build(DbBackend::Postgres),
        Operation::Delete => {
            let delete = Query::delete()
                .from_table(E::default().table_ref())
                .and_where(E::id().eq(id))
                .to_owned();
            build(&delete)
        }
    };
    let statement = logged::<E>(
        change,
        operation,
        "SELECT * FROM changed",
        &changes::<E>(operation),
    );
    let row = db.query_one_raw(statement).await?;
    E::Model::from_query_result(&row.ok_or(DbErr::RecordNotUpdated)?, "")?;
    Ok(())
}

pub async fn write_many<E: Table>(
    db: &DatabaseConnection,
    operation: Operation,
    round: usize,
) -> Result<(), DbErr> {
    let changes = changes::<E>(operation);
    let logged = |change| logged::<E>(change, operation, "SELECT count(*) FROM changed", &changes);
    match operation {
        Operation::Update => {
            let update = Query::update()
                .table(E::default().table_ref())
                .value(E::role(), tables::role_of_all(round))
                .and_where(E::id().lte(ROWS as i32))
                .to_owned();
            db.query_one_raw(logged(build(&update))).await?;
        }
        Operation::Insert => {
            let tx = db.begin().await?;
            for start in (0..ROWS).step_by(CHUNK) {
                let rows = (start..start + CHUNK).map(E::new_row);
                let insert = E::insert_many(rows).build(DbBackend::Postgres);
                tx.query_one_raw(logged(insert)).await?;
            }
            tx.commit().await?;
        }
        Operation::Delete => {
            let delete = Query::delete()
                .from_table(E::default().table_ref())
                .and_where(E::id().gt(ROWS as i32))
                .to_owned();
            db.query_one_raw(logged(build(&delete))).await?;
        }
    }
    Ok(())
}

fn build(statement: &impl StatementBuilder) -> Statement {
    DbBackend::Postgres.build(statement)
}

fn logged<E: Table>(
    change: Statement,
    operation: Operation,
    result: &str,
    changes: &Json,
) -> Statement {
    let mut values = change.values.map_or(Vec::new(), |values| values.0);
    let first = values.len() + 1;
    values.extend([
        Uuid::now_v7().into(),
        operation.action().into(),
        ACTOR_KIND.into(),
        ACTOR_ID.into(),
        ACTOR_NAME.into(),
        DateTimeUtc::from(std::time::SystemTime::now()).into(),
        IpAddr::from(IP).to_string().into(),
        USER_AGENT.into(),
        SESSION_ID.into(),
        REQUEST_ID.into(),
        REASON.into(),
        changes.clone().into(),
    ]);
    let places: Vec<_> = (first..=values.len())
        .map(|place| format!("${place}"))
        .collect();
    let sql = format!(
        "WITH changed AS ({} RETURNING *), logged AS (
            INSERT INTO audit_log (
                kind, format, entity_type, entity_id, entity_label, outcome, changeset_id, action, actor_kind, actor_id,
                actor_name, timestamp, ip, user_agent, session_id, request_id, reason, changes
            ) SELECT 1, 1, 'User', id::text, username, 'SUCCESS', {} FROM changed
        ) {result}",
        change.sql,
        places.join(", ")
    );
    Statement::from_sql_and_values(DbBackend::Postgres, sql, values)
}

/// As many fields as change, but always with the same values.
fn changes<E: Table>(operation: Operation) -> Json {
    let side = match operation {
        Operation::Update => {
            let role = json!({ "before": "user", "after": "admin" });
            let logins = json!({ "before": 0, "after": 1 });
            return json!({ "role": role, "logins": logins });
        }
        Operation::Insert => "after",
        Operation::Delete => "before",
    };
    let columns = E::Column::iter().map(|column| column.as_str().to_owned());
    let all_but_the_key = columns.filter(|name| name != "id");
    let changes: Map<_, _> = all_but_the_key
        .map(|name| (name, json!({ side: "user.1@example.org" })))
        .collect();
    Json::Object(changes)
}
