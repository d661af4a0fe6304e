use audit_runtime::prelude::*;
use axum::{
    Extension, Json,
    extract::{Path, State},
    http::StatusCode,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseConnection, EntityTrait, ModelTrait, QueryOrder,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    entity::{
        comment,
        ticket::{self, Priority, Status},
        user::{self, Role},
    },
    failure::Failure,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewTicket {
    subject: String,
    #[serde(default)]
    priority: Priority,
}

pub async fn open(
    context: AuditContext,
    State(db): State<DatabaseConnection>,
    Extension(me): Extension<user::Model>,
    Json(body): Json<NewTicket>,
) -> Result<(StatusCode, Json<ticket::Model>), Failure> {
    let ticket = ticket::ActiveModel {
        subject: Set(body.subject),
        status: Set(Status::Open),
        priority: Set(body.priority),
        requester_id: Set(me.id),
        ..Default::default()
    };
    let ticket = db.audited(&context).insert(ticket).await?;
    Ok((StatusCode::CREATED, Json(ticket)))
}

pub async fn show(
    State(db): State<DatabaseConnection>,
    Extension(me): Extension<user::Model>,
    Path(id): Path<i32>,
) -> Result<Json<Value>, Failure> {
    let ticket = find(&db, &me, id).await?;
    let comments = ticket.find_related(comment::Entity);
    let comments = comments.order_by_asc(comment::Column::Id).all(&db).await?;
    Ok(Json(json!({ "ticket": ticket, "comments": comments })))
}

pub async fn edit(
    context: AuditContext,
    State(db): State<DatabaseConnection>,
    Extension(me): Extension<user::Model>,
    Path(id): Path<i32>,
    Json(patch): Json<ticket::EditPatch>,
) -> Result<Json<ticket::Model>, Failure> {
    me.must_be(Role::Agent)?;
    let ticket = find_open(&db, &me, id).await?;
    let ticket = ticket.apply(patch, &db.audited(&context)).await?;
    Ok(Json(ticket))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewStatus {
    status: Status,
}

pub async fn set_status(
    context: AuditContext,
    State(db): State<DatabaseConnection>,
    Extension(me): Extension<user::Model>,
    Path(id): Path<i32>,
    Json(body): Json<NewStatus>,
) -> Result<Json<ticket::Model>, Failure> {
    me.must_be(Role::Agent)?;
    let ticket = find_open(&db, &me, id).await?;
    let patch = ticket::StatusPatch::new().status(body.status);
    let ticket = ticket.apply(patch, &db.audited(&context)).await?;
    Ok(Json(ticket))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewComment {
    text: String,
}

/// A customer's answer opens a pending ticket again.
pub async fn comment(
    context: AuditContext,
    State(db): State<DatabaseConnection>,
    Extension(me): Extension<user::Model>,
    Path(id): Path<i32>,
    Json(body): Json<NewComment>,
) -> Result<(StatusCode, Json<comment::Model>), Failure> {
    let tx = db.audited(&context).begin().await?;
    let ticket = find_open(&tx, &me, id).await?;
    let comment = comment::ActiveModel {
        ticket_id: Set(id),
        author_id: Set(me.id),
        text: Set(body.text),
        ..Default::default()
    };
    let comment = tx.insert(comment).await?;
    if me.id == ticket.requester_id && ticket.status == Status::Pending {
        let patch = ticket::StatusPatch::new().status(Status::Open);
        ticket.apply(patch, &tx).await?;
    }
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(comment)))
}

pub async fn delete(
    context: AuditContext,
    State(db): State<DatabaseConnection>,
    Extension(me): Extension<user::Model>,
    Path(id): Path<i32>,
) -> Result<StatusCode, Failure> {
    me.must_be(Role::Admin)?;
    let tx = db.audited(&context).begin().await?;
    find(&tx, &me, id).await?;
    tx.delete_many::<comment::Entity>(comment::Column::TicketId.eq(id))
        .await?;
    tx.delete::<ticket::Entity>(id).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Finds a ticket that may be changed.
async fn find_open(
    db: &impl ConnectionTrait,
    me: &user::Model,
    id: i32,
) -> Result<ticket::Model, Failure> {
    let ticket = find(db, me, id).await?;
    match ticket.status {
        Status::Closed => Err(Failure::Conflict("the ticket is closed")),
        _ => Ok(ticket),
    }
}

/// Finds a ticket. A customer finds only their own.
async fn find(
    db: &impl ConnectionTrait,
    me: &user::Model,
    id: i32,
) -> Result<ticket::Model, Failure> {
    let ticket = ticket::Entity::find_by_id(id).one(db).await?;
    ticket
        .filter(|ticket| me.role > Role::Customer || ticket.requester_id == me.id)
        .ok_or(Failure::NotFound)
}
