//! This library, by the plan of the context.

use audit_runtime::{Error, prelude::*};
use sea_orm::{ColumnTrait, DatabaseConnection};

use super::{Operation, Write};
use crate::tables::{ROWS, Table};

pub async fn write<E: Table>(
    db: &DatabaseConnection,
    context: AuditContext,
    write: Write,
) -> Result<(), Error> {
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

pub async fn write_many<E: Table>(
    db: &DatabaseConnection,
    context: AuditContext,
    operation: Operation,
    round: usize,
) -> Result<(), Error> {
    let audit = db.audited(&context);
    match operation {
        Operation::Update => {
            let rows = E::id().lte(ROWS as i32);
            audit.update_many(rows, E::patch_of_all(round)).await?;
        }
        Operation::Insert => {
            audit.insert_many((0..ROWS).map(E::new_row)).await?;
        }
        Operation::Delete => {
            audit.delete_many::<E>(E::id().gt(ROWS as i32)).await?;
        }
    }
    Ok(())
}
