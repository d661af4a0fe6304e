//! The service's code with plain SeaORM. Each function has a new first line; nothing else is changed.

use audit_runtime::{AuditContext, ConnectionExt, Unit};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, DatabaseConnection, DbErr, EntityTrait, IntoActiveModel, QueryFilter,
    sea_query::{Expr, ExprTrait},
};

use crate::{order, user};

pub async fn sign_up(
    db: &DatabaseConnection,
    context: &AuditContext,
    username: &str,
) -> Result<i32, DbErr> {
    let tx = begin(db, context).await?; // Before: db.begin().await?
    let user = user::ActiveModel {
        username: Set(username.to_owned()),
        role: Set("user".to_owned()),
        password_hash: Set("$argon2id$v=19$...".to_owned()),
        ..Default::default()
    };
    let user = user.save(&tx).await?;
    let id = user.id.unwrap();
    let welcome = order::ActiveModel {
        user_id: Set(id),
        total: Set(0),
        ..Default::default()
    };
    welcome.save(&tx).await?;
    tx.commit().await?;
    Ok(id)
}

pub async fn set_role(
    db: &DatabaseConnection,
    context: &AuditContext,
    user_id: i32,
    role: &str,
) -> Result<(), DbErr> {
    let tx = begin(db, context).await?;
    if let Some(user) = user::Entity::find_by_id(user_id).one(&tx).await? {
        let mut user = user.into_active_model();
        user.role = Set(role.to_owned());
        user.save(&tx).await?;
    }
    tx.commit().await?;
    Ok(())
}

pub async fn raise_prices(db: &DatabaseConnection, context: &AuditContext) -> Result<(), DbErr> {
    let tx = begin(db, context).await?;
    order::Entity::update_many()
        .col_expr(
            order::Column::Total,
            Expr::col(order::Column::Total).add(100),
        )
        .exec(&tx)
        .await?;
    tx.commit().await?;
    Ok(())
}

pub async fn leave(
    db: &DatabaseConnection,
    context: &AuditContext,
    user_id: i32,
) -> Result<(), DbErr> {
    let tx = begin(db, context).await?;
    order::Entity::delete_many()
        .filter(order::Column::UserId.eq(user_id))
        .exec(&tx)
        .await?;
    user::Entity::delete_by_id(user_id).exec(&tx).await?;
    tx.commit().await?;
    Ok(())
}

/// Begins a transaction in which the guards record plain SeaORM writes with the context's actor.
async fn begin(db: &DatabaseConnection, context: &AuditContext) -> Result<Unit, DbErr> {
    let tx = db.audited(context).begin().await?;
    tx.raw_sql("a call site that is not changed yet").await?;
    Ok(tx)
}
