//! A trigger that logs any table as JSONB, and gets the actor through `set_config`.

use std::net::IpAddr;

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement, TransactionTrait,
    prelude::Uuid,
};
use serde_json::json;

use super::{
    ACTOR_ID, ACTOR_KIND, ACTOR_NAME, IP, Operation, REASON, REQUEST_ID, SESSION_ID, USER_AGENT,
    Write, plain,
};
use crate::tables::Table;

pub async fn create(db: &DatabaseConnection) -> Result<(), DbErr> {
    db.execute_unprepared(include_str!("trigger.sql")).await?;
    Ok(())
}

pub async fn write<E: Table>(db: &DatabaseConnection, write: Write) -> Result<(), DbErr> {
    let tx = db.begin().await?;
    set_context(&tx).await?;
    plain::write::<E>(&tx, write).await?;
    tx.commit().await
}

pub async fn write_many<E: Table>(
    db: &DatabaseConnection,
    operation: Operation,
    round: usize,
) -> Result<(), DbErr> {
    let tx = db.begin().await?;
    set_context(&tx).await?;
    plain::write_many_in::<E>(&tx, operation, round).await?;
    tx.commit().await
}

/// Sets the context until the transaction ends.
async fn set_context(tx: &impl ConnectionTrait) -> Result<(), DbErr> {
    let context = json!({
        "changeset_id": Uuid::now_v7(),
        "actor_kind": ACTOR_KIND,
        "actor_id": ACTOR_ID,
        "actor_name": ACTOR_NAME,
        "ip": IpAddr::from(IP),
        "user_agent": USER_AGENT,
        "session_id": SESSION_ID,
        "request_id": REQUEST_ID,
        "reason": REASON,
    });
    tx.execute_raw(Statement::from_sql_and_values(
        DbBackend::Postgres,
        "SELECT set_config('audit.context', $1, true)",
        [context.to_string().into()],
    ))
    .await?;
    Ok(())
}
