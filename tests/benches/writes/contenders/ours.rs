//! This library.

use audit_runtime::{Error, prelude::*};
use sea_orm::DatabaseConnection;

use super::{Operation, Write, context};
use crate::tables::{self, ROWS, Table};

pub async fn write<E: Table>(db: &DatabaseConnection, write: Write) -> Result<(), Error> {
    let context = context();
    let audit = db.audited(&context);
    match write.operation {
        Operation::Update => {
            let patch = E::patch(write.turn);
            audit.update::<E::Patch>(write.id, patch).await?;
        }
        Operation::Insert => {
            audit.insert(E::new_row(write.turn)).await?;
        }
        Operation::Delete => audit.delete::<E>(write.id).await?,
    }
    Ok(())
}

// Row by row, in one unit, for now.
pub async fn write_many<E: Table>(
    db: &DatabaseConnection,
    operation: Operation,
    round: usize,
) -> Result<(), Error> {
    let context = context();
    let tx = db.audited(&context).begin().await?;
    match operation {
        Operation::Update => {
            for id in 1..=ROWS as i32 {
                tx.update::<E::Patch>(id, E::patch(round * ROWS)).await?;
            }
        }
        Operation::Insert => {
            for turn in 0..ROWS {
                tx.insert(E::new_row(turn)).await?;
            }
        }
        Operation::Delete => {
            for id in tables::inserted::<E>(&tx).await? {
                tx.delete::<E>(id).await?;
            }
        }
    }
    tx.commit().await
}
