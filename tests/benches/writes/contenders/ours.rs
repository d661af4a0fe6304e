//! This library, by the plan the context asks for.

use audit_runtime::{AuditContext, Error, prelude::*};
use sea_orm::{ColumnTrait, DatabaseConnection};

use super::{Operation, Write};
use crate::tables::{ROWS, Table};

pub async fn write<E: Table>(
    db: &DatabaseConnection,
    context: &AuditContext,
    write: Write,
) -> Result<(), Error> {
    let audit = db.audited(context);
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
    context: &AuditContext,
    operation: Operation,
    round: usize,
) -> Result<(), Error> {
    let audit = db.audited(context);
    let at_the_start = ROWS as i32;
    match operation {
        Operation::Update => {
            let rows = E::id().lte(at_the_start);
            audit.update_many(rows, E::patch(round * ROWS)).await?;
        }
        Operation::Insert => {
            audit.insert_many((0..ROWS).map(E::new_row)).await?;
        }
        Operation::Delete => {
            audit.delete_many::<E>(E::id().gt(at_the_start)).await?;
        }
    }
    Ok(())
}
