//! Orders: one's own, and those of all users for support and admins.

use audit_runtime::prelude::*;
use axum::{
    Form, Router,
    extract::{Path, State},
    response::Redirect,
    routing::get,
};
use maud::{Markup, html};
use sea_orm::{
    ActiveEnum, ColumnTrait, DatabaseConnection, EntityTrait, Iterable, QueryFilter, QueryOrder,
    QuerySelect,
};
use serde::Deserialize;

use crate::{
    failure::Failure,
    order::{self, Status},
    page::{page, text_field},
    session::{SignedIn, Staff},
    user::Role,
};

pub fn routes() -> Router<DatabaseConnection> {
    Router::new()
        .route("/orders", get(list).post(place))
        .route("/orders/{id}", get(show).post(update))
}

async fn list(
    signed_in: SignedIn,
    State(db): State<DatabaseConnection>,
) -> Result<Markup, Failure> {
    let is_staff = signed_in.user.role != Role::User;
    let mut orders = order::Entity::find()
        .order_by_desc(order::Column::Id)
        .limit(200);
    if !is_staff {
        orders = orders.filter(order::Column::UserId.eq(signed_in.user.id));
    }
    let orders = orders.all(&db).await?;
    let body = html! {
        div.wide {
            table {
                thead { tr { th { "Order" } th { "Item" } th.number { "Total" } th { "Status" } th { "Trail" } } }
                tbody {
                    @for order in &orders {
                        tr {
                            td { @if is_staff { a href={ "/orders/" (order.id) } { (order.id) } } @else { (order.id) } }
                            td { (order.item) }
                            td.number { (amount(order.total)) }
                            td { (order.status) }
                            td { a href={ "/orders/" (order.id) "/audit" } { "Trail" span.vh { " of order " (order.id) } } }
                        }
                    }
                }
            }
        }
        form.card method="post" {
            h2 { "Place an order" }
            (text_field("Item", "item", ""))
            button { "Order for 19.99" }
        }
    };
    Ok(page(Some(&signed_in), "Orders", body))
}

#[derive(Deserialize)]
struct OrderForm {
    item: String,
}

async fn place(
    context: AuditContext,
    State(db): State<DatabaseConnection>,
    SignedIn { user, .. }: SignedIn,
    Form(form): Form<OrderForm>,
) -> Result<Redirect, Failure> {
    let draft = order::Draft::new()
        .user_id(user.id)
        .item(order::item(&form.item)?)
        .total(1_999)
        .status(Status::Placed);
    let context = context.reason("ordered in the shop");
    db.audited(&context).insert(draft).await?;
    Ok(Redirect::to("/orders"))
}

async fn show(
    Staff(staff): Staff,
    State(db): State<DatabaseConnection>,
    Path(id): Path<i32>,
) -> Result<Markup, Failure> {
    let order = find(&db, id).await?;
    let body = html! {
        p { (order.item) " · " a href={ "/orders/" (id) "/audit" } { "What happened to this order" } }
        form.card method="post" {
            @if staff.user.role == Role::Admin {
                label { "Total, in cents"
                    input type="number" name="total" min="0" value=(order.total) required;
                }
            }
            label { "Status"
                select name="status" {
                    @for status in Status::iter() {
                        option value=(status.to_value()) selected[status == order.status] { (status) }
                    }
                }
            }
            (text_field("Reason", "reason", ""))
            button { "Save" }
        }
    };
    Ok(page(Some(&staff), &format!("Order {id}"), body))
}

#[derive(Deserialize)]
struct ChangeForm {
    total: Option<i64>,
    status: Status,
    reason: String,
}

async fn update(
    context: AuditContext,
    State(db): State<DatabaseConnection>,
    Staff(staff): Staff,
    Path(id): Path<i32>,
    Form(form): Form<ChangeForm>,
) -> Result<Redirect, Failure> {
    let context = match form.reason.trim() {
        // The entity requires a reason and refuses the change.
        "" => context,
        reason => context.reason(reason),
    };
    let audit = db.audited(&context);
    match (staff.user.role, form.total) {
        (Role::Admin, Some(total)) => {
            let patch = order::AdminPatch::new()
                .total(order::total(total)?)
                .status(form.status);
            audit.update(id, patch).await?;
        }
        (_, None) => {
            audit
                .update(id, order::SupportPatch::new().status(form.status))
                .await?;
        }
        (_, Some(_)) => {
            let denied = Event::new("REFUND").about::<order::Entity>(id).denied();
            audit.record(denied).await?;
            return Err(Failure::Forbidden);
        }
    }
    Ok(Redirect::to(&format!("/orders/{id}")))
}

async fn find(db: &DatabaseConnection, id: i32) -> Result<order::Model, Failure> {
    let order = order::Entity::find_by_id(id).one(db).await?;
    order.ok_or(Failure::NotFound)
}

fn amount(cents: i64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}
