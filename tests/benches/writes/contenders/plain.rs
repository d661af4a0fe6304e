//! Plain SeaORM.

use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseConnection, DbErr, QueryFilter,
    TransactionTrait, sea_query::Expr,
};

use super::{Operation, Write};
use crate::tables::{self, CHUNK, ROWS, Table};

pub async fn write<E: Table>(db: &impl ConnectionTrait, write: Write) -> Result<(), DbErr> {
    match write.operation {
        Operation::Update => {
            E::changed_row(write.id, write.turn).update(db).await?;
        }
        Operation::Insert => {
            E::new_row(write.turn).insert(db).await?;
        }
        Operation::Delete => {
            E::delete_by_id(write.id).exec(db).await?;
        }
    }
    Ok(())
}

pub async fn write_many<E: Table>(
    db: &DatabaseConnection,
    operation: Operation,
    round: usize,
) -> Result<(), DbErr> {
    if operation != Operation::Insert {
        return write_many_in::<E>(db, operation, round).await;
    }
    // It takes more than one statement.
    let tx = db.begin().await?;
    write_many_in::<E>(&tx, operation, round).await?;
    tx.commit().await
}

/// Writes in the caller's transaction.
pub async fn write_many_in<E: Table>(
    db: &impl ConnectionTrait,
    operation: Operation,
    round: usize,
) -> Result<(), DbErr> {
    match operation {
        Operation::Update => {
            E::update_many()
                .col_expr(E::role(), Expr::value(tables::role_of_all(round)))
                .filter(E::id().lte(ROWS as i32))
                .exec(db)
                .await?;
        }
        Operation::Insert => {
            for start in (0..ROWS).step_by(CHUNK) {
                let rows = (start..start + CHUNK).map(E::new_row);
                E::insert_many(rows).exec_without_returning(db).await?;
            }
        }
        Operation::Delete => {
            E::delete_many()
                .filter(E::id().gt(ROWS as i32))
                .exec(db)
                .await?;
        }
    }
    Ok(())
}
