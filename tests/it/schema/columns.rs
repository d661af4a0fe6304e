//! The values that the columns of `audit_log` hold.

use audit_runtime::{audit_log, schema};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DbBackend, EntityTrait,
    PaginatorTrait, QueryFilter, QueryOrder, TransactionTrait,
};
use serde_json::json;
use uuid::Uuid;

use super::{CHANGESET, entry, insert};
use crate::backend::{Database, on_every_backend};

on_every_backend!(
    recorded_at_is_utc_by_the_databases_clock,
    identities_compare_by_bytes,
    an_entry_reads_back_as_written,
);

async fn recorded_at_is_utc_by_the_databases_clock(db: &Database) {
    schema::install(&db.db).await.unwrap();
    let settings: &[&str] = match db.backend() {
        DbBackend::Postgres => &["SET TIME ZONE '+05:30'"],
        DbBackend::MySql => &[
            "SET time_zone = '+05:30'",
            "SET time_zone = '+05:30', timestamp = 1",
        ],
        _ => &["SELECT 1"],
    };
    let db = db
        .connect(|options| {
            options.max_connections(1);
        })
        .await;
    for setting in settings {
        db.execute_unprepared(setting).await.unwrap();
        let entry = insert(&db, None).await;
        let age = Utc::now() - entry.recorded_at;
        assert!(
            age.abs() < TimeDelta::minutes(1),
            "{setting}: {}",
            entry.recorded_at
        );
    }
    if db.get_database_backend() == DbBackend::MySql {
        let forged = audit_log::ActiveModel {
            recorded_at: Set(DateTime::UNIX_EPOCH),
            ..entry(None)
        };
        let entry = forged.insert(&db).await.unwrap();
        assert_ne!(entry.recorded_at, DateTime::UNIX_EPOCH);
    }
}

async fn identities_compare_by_bytes(db: &Database) {
    schema::install(&db.db).await.unwrap();
    let identities = ["abc", "ABC", "abc ", "äbc", "a\u{308}bc", "🦀", "🦞"];
    for identity in identities {
        let identity = || Set(identity.to_owned());
        let some_identity = || Set(Some(identity().unwrap()));
        audit_log::ActiveModel {
            tenant: some_identity(),
            service: some_identity(),
            entity_type: some_identity(),
            entity_id: some_identity(),
            action: identity(),
            actor_kind: identity(),
            actor_id: identity(),
            on_behalf_of: some_identity(),
            session_id: some_identity(),
            request_id: some_identity(),
            trace_id: some_identity(),
            ..entry(None)
        }
        .insert(&db.db)
        .await
        .unwrap();
    }
    use audit_log::Column::*;
    for column in [
        Tenant, Service, EntityType, EntityId, Action, ActorKind, ActorId, OnBehalfOf, SessionId,
        RequestId, TraceId,
    ] {
        for identity in identities {
            let found = audit_log::Entity::find()
                .filter(column.eq(identity))
                .count(&db.db)
                .await
                .unwrap();
            assert_eq!(found, 1, "{column:?} {identity:?}");
        }
    }
    let ordered = audit_log::Entity::find()
        .order_by_asc(ActorId)
        .all(&db.db)
        .await
        .unwrap();
    let mut by_bytes = identities;
    by_bytes.sort_unstable();
    assert!(
        ordered
            .iter()
            .map(|entry| entry.actor_id.as_str())
            .eq(by_bytes)
    );
}

async fn an_entry_reads_back_as_written(db: &Database) {
    schema::install(&db.db).await.unwrap();
    let text = |length| Set(Some("🦀".repeat(length)));
    let written = audit_log::ActiveModel {
        tenant: text(64),
        service: text(64),
        entity_type: text(64),
        entity_id: text(512),
        entity_label: text(255),
        actor_name: text(255),
        on_behalf_of: text(320),
        ip: text(45),
        user_agent: text(512),
        session_id: text(128),
        request_id: text(128),
        trace_id: text(64),
        reason: text(1024),
        reverts: Set(Some(i64::MAX)),
        metadata: Set(Some(
            json!({"attempts": 3, "name": "größe 🦀 \"\\", "none": null}),
        )),
        ..entry(Some(json!({"role": {"before": "user", "after": "admin"}})))
    };
    let inserted = written.clone().insert(&db.db).await.unwrap();
    let found = audit_log::Entity::find_by_id(1)
        .one(&db.db)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found, inserted);
    assert_eq!(found.changeset_id, Uuid::parse_str(CHANGESET).unwrap());
    assert_eq!(
        found.timestamp.to_rfc3339(),
        "2026-11-23T09:19:08.123456+00:00"
    );

    let expected = audit_log::ActiveModel {
        id: Set(1),
        recorded_at: Set(found.recorded_at),
        ..written
    };
    assert_eq!(found, audit_log::Model::try_from(expected).unwrap());

    let transaction = db.db.begin().await.unwrap();
    assert_eq!(
        audit_log::Entity::find().count(&transaction).await.unwrap(),
        1
    );
}
