use axum::{
    Extension, Json,
    extract::{Path, State},
    http::StatusCode,
};
use chrono::Utc;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseConnection,
    EntityTrait, IntoActiveModel, ModelTrait, QueryFilter, QueryOrder, TransactionTrait,
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
    let ticket = ticket.insert(&db).await?;
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    subject: Option<String>,
    priority: Option<Priority>,
    team_id: Option<i32>,
    assignee_id: Option<i32>,
}

pub async fn edit(
    State(db): State<DatabaseConnection>,
    Extension(me): Extension<user::Model>,
    Path(id): Path<i32>,
    Json(body): Json<Edit>,
) -> Result<Json<ticket::Model>, Failure> {
    me.must_be(Role::Agent)?;
    let mut ticket = find_open(&db, &me, id).await?.into_active_model();
    if let Some(subject) = body.subject {
        ticket.subject = Set(subject);
    }
    if let Some(priority) = body.priority {
        ticket.priority = Set(priority);
    }
    if let Some(team_id) = body.team_id {
        ticket.team_id = Set(Some(team_id));
    }
    if let Some(assignee_id) = body.assignee_id {
        ticket.assignee_id = Set(Some(assignee_id));
    }
    let ticket = ticket.update(&db).await?;
    Ok(Json(ticket))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewStatus {
    status: Status,
}

pub async fn set_status(
    State(db): State<DatabaseConnection>,
    Extension(me): Extension<user::Model>,
    Path(id): Path<i32>,
    Json(body): Json<NewStatus>,
) -> Result<Json<ticket::Model>, Failure> {
    me.must_be(Role::Agent)?;
    let mut ticket = find_open(&db, &me, id).await?.into_active_model();
    ticket.status = Set(body.status);
    let ticket = ticket.update(&db).await?;
    Ok(Json(ticket))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewComment {
    text: String,
}

/// A customer's answer opens a pending ticket again.
pub async fn comment(
    State(db): State<DatabaseConnection>,
    Extension(me): Extension<user::Model>,
    Path(id): Path<i32>,
    Json(body): Json<NewComment>,
) -> Result<(StatusCode, Json<comment::Model>), Failure> {
    let tx = db.begin().await?;
    let ticket = find_open(&tx, &me, id).await?;
    let comment = comment::ActiveModel {
        ticket_id: Set(id),
        author_id: Set(me.id),
        text: Set(body.text),
        created_at: Set(Utc::now()),
        ..Default::default()
    };
    let comment = comment.insert(&tx).await?;
    if me.id == ticket.requester_id && ticket.status == Status::Pending {
        let mut ticket = ticket.into_active_model();
        ticket.status = Set(Status::Open);
        ticket.update(&tx).await?;
    }
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(comment)))
}

pub async fn delete(
    State(db): State<DatabaseConnection>,
    Extension(me): Extension<user::Model>,
    Path(id): Path<i32>,
) -> Result<StatusCode, Failure> {
    me.must_be(Role::Admin)?;
    let tx = db.begin().await?;
    let ticket = find(&tx, &me, id).await?;
    comment::Entity::delete_many()
        .filter(comment::Column::TicketId.eq(id))
        .exec(&tx)
        .await?;
    ticket.delete(&tx).await?;
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
