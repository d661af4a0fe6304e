//! An audit by hand, as an experienced user writes it: begin, lock, write, entry, commit.

use std::net::IpAddr;

use audit_runtime::audit_log;
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ConnectionTrait, DatabaseConnection, DbErr, EntityTrait, QuerySelect, TransactionTrait,
    prelude::{DateTimeUtc, Uuid},
};
use serde_json::{Map, Value as Json, json};

use super::{
    ACTOR_ID, ACTOR_KIND, ACTOR_NAME, IP, Operation, REASON, REQUEST_ID, SESSION_ID, USER_AGENT,
    Write,
};
use crate::tables::{self, ROWS, Table};

pub async fn write<E: Table>(db: &DatabaseConnection, write: Write) -> Result<(), DbErr> {
    let tx = db.begin().await?;
    match write.operation {
        Operation::Update => {
            update::<E>(&tx, E::changed_row(write.id, write.turn), write.id).await?
        }
        Operation::Insert => insert::<E>(&tx, E::new_row(write.turn)).await?,
        Operation::Delete => delete::<E>(&tx, write.id).await?,
    }
    tx.commit().await
}

/// Row by row, in one transaction.
pub async fn write_many<E: Table>(
    db: &DatabaseConnection,
    operation: Operation,
    round: usize,
) -> Result<(), DbErr> {
    let tx = db.begin().await?;
    match operation {
        Operation::Update => {
            for id in 1..=ROWS as i32 {
                let mut row = E::ActiveModel::default();
                row.set(E::id(), id.into());
                row.set(E::role(), tables::role_of_all(round).into());
                update::<E>(&tx, row, id).await?;
            }
        }
        Operation::Insert => {
            for turn in 0..ROWS {
                insert::<E>(&tx, E::new_row(turn)).await?;
            }
        }
        Operation::Delete => {
            for id in tables::inserted::<E>(&tx).await? {
                delete::<E>(&tx, id).await?;
            }
        }
    }
    tx.commit().await
}

async fn update<E: Table>(
    tx: &impl ConnectionTrait,
    row: E::ActiveModel,
    id: i32,
) -> Result<(), DbErr> {
    let before = lock::<E>(tx, id).await?;
    let after = row.update(tx).await?;
    log::<E>(tx, "UPDATE", Some(&before), Some(&after)).await
}

async fn insert<E: Table>(tx: &impl ConnectionTrait, row: E::ActiveModel) -> Result<(), DbErr> {
    let after = row.insert(tx).await?;
    log::<E>(tx, "CREATE", None, Some(&after)).await
}

async fn delete<E: Table>(tx: &impl ConnectionTrait, id: i32) -> Result<(), DbErr> {
    let before = lock::<E>(tx, id).await?;
    E::delete_by_id(id).exec(tx).await?;
    log::<E>(tx, "DELETE", Some(&before), None).await
}

async fn lock<E: Table>(tx: &impl ConnectionTrait, id: i32) -> Result<E::Model, DbErr> {
    E::find_by_id(id)
        .lock_exclusive()
        .one(tx)
        .await?
        .ok_or(DbErr::RecordNotUpdated)
}

async fn log<E: Table>(
    tx: &impl ConnectionTrait,
    action: &str,
    before: Option<&E::Model>,
    after: Option<&E::Model>,
) -> Result<(), DbErr> {
    let row = before.or(after).expect("one of the two");
    let entry = audit_log::ActiveModel {
        kind: Set(1),
        format: Set(1),
        changeset_id: Set(Uuid::now_v7()),
        entity_type: Set(Some("User".to_owned())),
        entity_id: Set(Some(E::id_of(row).to_string())),
        entity_label: Set(Some(E::label_of(row).to_owned())),
        action: Set(action.to_owned()),
        outcome: Set("SUCCESS".to_owned()),
        actor_kind: Set(ACTOR_KIND.to_owned()),
        actor_id: Set(ACTOR_ID.to_owned()),
        actor_name: Set(Some(ACTOR_NAME.to_owned())),
        timestamp: Set(DateTimeUtc::from(std::time::SystemTime::now())),
        ip: Set(Some(IpAddr::from(IP).to_string())),
        user_agent: Set(Some(USER_AGENT.to_owned())),
        session_id: Set(Some(SESSION_ID.to_owned())),
        request_id: Set(Some(REQUEST_ID.to_owned())),
        reason: Set(Some(REASON.to_owned())),
        changes: Set(Some(changes::<E>(before, after))),
        ..Default::default()
    };
    audit_log::Entity::insert(entry)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

fn changes<E: Table>(before: Option<&E::Model>, after: Option<&E::Model>) -> Json {
    let changes: Map<_, _> = match (before.map(fields), after.map(fields)) {
        (Some(before), Some(after)) => before
            .into_iter()
            .zip(after)
            .filter(|((_, before), (_, after))| before != after)
            .map(|((name, before), (_, after))| (name, json!({ "before": before, "after": after })))
            .collect(),
        (before, after) => {
            let side = if before.is_some() { "before" } else { "after" };
            let row = before.or(after).unwrap_or_default();
            row.into_iter()
                .map(|(name, value)| (name, json!({ side: value })))
                .collect()
        }
    };
    Json::Object(changes)
}

/// All fields except the key, which is the entry's id.
fn fields(row: &impl serde::Serialize) -> Map<String, Json> {
    match serde_json::to_value(row) {
        Ok(Json::Object(mut fields)) => {
            fields.remove("id");
            fields
        }
        _ => unreachable!("a model is an object"),
    }
}
