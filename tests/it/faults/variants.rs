//! A small copy of the engine with one protection removed, whose violations a sweep must find.

use audit_runtime::{AuditConnection, Changes, audit_log};
use sea_orm::{
    ActiveValue::Set, ConnectionTrait, DatabaseConnection, DbBackend, DbErr, EntityTrait,
    IntoActiveModel, IsolationLevel, QuerySelect, SqliteTransactionMode, TransactionOptions,
    TransactionSession, prelude::Uuid,
};

use crate::entities::{entries, user};

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Without {
    /// All protections in place.
    Nothing,
    /// The change and its entry are in separate transactions.
    Transaction,
    /// A pending call is dropped with its caller.
    Shield,
    /// The row is read without a lock.
    Lock,
    /// A failure is ignored, and the unit commits.
    Memory,
    /// The entry is written after the commit.
    Order,
}

pub async fn set_role<C: AuditConnection>(
    db: &C,
    id: i32,
    role: &str,
    without: Without,
) -> Result<(), DbErr> {
    if without != Without::Nothing {
        return unshielded(db, id, role, without).await;
    }
    let (db, role) = (db.clone(), role.to_owned());
    tokio::spawn(async move { unshielded(&db, id, &role, without).await })
        .await
        .expect("it does not panic")
}

async fn unshielded<C: AuditConnection>(
    db: &C,
    id: i32,
    role: &str,
    without: Without,
) -> Result<(), DbErr> {
    match without {
        Without::Transaction => {
            let (before, after) = change(db, id, role, without).await?;
            return log(db, &before, &after).await;
        }
        Without::Order => {
            let tx = begin(db, without).await?;
            let (before, after) = change(&tx, id, role, without).await?;
            tx.commit().await?;
            return log(db, &before, &after).await;
        }
        _ => {}
    }
    let tx = begin(db, without).await?;
    let (before, after) = change(&tx, id, role, without).await?;
    match log(&tx, &before, &after).await {
        Err(_) if without == Without::Memory => {}
        result => result?,
    }
    tx.commit().await
}

pub async fn begin<C: AuditConnection>(db: &C, without: Without) -> Result<C::Transaction, DbErr> {
    // On MariaDB, a snapshot would have the effect of the lock.
    let sees_all = without == Without::Lock && db.get_database_backend() == DbBackend::MySql;
    let options = TransactionOptions {
        isolation_level: sees_all.then_some(IsolationLevel::ReadCommitted),
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..Default::default()
    };
    if without == Without::Shield {
        return db.begin_with_options(options).await;
    }
    let db = db.clone();
    tokio::spawn(async move { db.begin_with_options(options).await })
        .await
        .expect("begin does not panic")
}

async fn change(
    db: &impl ConnectionTrait,
    id: i32,
    role: &str,
    without: Without,
) -> Result<(user::Model, user::Model), DbErr> {
    let row = user::Entity::find_by_id(id);
    let row = match without {
        Without::Lock => row,
        _ => row.lock_exclusive(),
    };
    let before = row.one(db).await?.ok_or(DbErr::RecordNotUpdated)?;
    let mut active = before.clone().into_active_model();
    active.role = Set(role.to_owned());
    active.logins = Set(before.logins + 1);
    let after = user::Entity::update(active).exec(db).await?;
    Ok((before, after))
}

async fn log(
    db: &impl ConnectionTrait,
    before: &user::Model,
    after: &user::Model,
) -> Result<(), DbErr> {
    let changes = Changes::updated::<user::Entity>(before, after);
    audit_log::Entity::insert(audit_log::ActiveModel {
        kind: Set(1),
        format: Set(1),
        changeset_id: Set(Uuid::now_v7()),
        entity_type: Set(Some("User".to_owned())),
        entity_id: Set(Some(before.id.to_string())),
        action: Set("UPDATE".to_owned()),
        outcome: Set("SUCCESS".to_owned()),
        actor_kind: Set("System".to_owned()),
        actor_id: Set("variant".to_owned()),
        timestamp: Set(chrono::Utc::now()),
        changes: Set(Some(
            serde_json::to_value(changes).expect("changes are JSON"),
        )),
        ..Default::default()
    })
    .exec_without_returning(db)
    .await?;
    Ok(())
}

/// Makes the row match the log, for the next variant.
pub async fn repair(db: &DatabaseConnection, id: i32) {
    let entries = entries(db).await;
    let last = |field: &str| {
        entries
            .iter()
            .filter(|entry| entry.entity_type.as_deref() == Some("User"))
            .rev()
            .find_map(|entry| entry.after().get(field).cloned())
            .expect("the row was created")
    };
    let (role, logins) = (last("role"), last("logins"));
    let sql = format!(
        "UPDATE users SET role = '{}', logins = {logins} WHERE id = {id}",
        role.as_str().expect("a role is text")
    );
    db.execute_unprepared(&sql)
        .await
        .expect("the row can be repaired");
}
