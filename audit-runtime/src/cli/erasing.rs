//! The command `erase`.

use sea_orm::DatabaseConnection;

use super::{arguments::Erase, failure::Failure, output::Output};
use crate::{
    AuditContext,
    retention::{Erased, Erasure, Retention},
    schema::Entities,
};

pub(super) fn erasure(arguments: Erase, entities: &Entities) -> Result<Erasure, Failure> {
    let Erase {
        entity_type,
        entity_id,
        fields,
        by,
        reason,
        ..
    } = arguments;
    let erasure = match (entity_type, entity_id, by) {
        (_, _, Some(actor)) => Erasure::actor(&actor, reason),
        (Some(entity_type), Some(id), None) if !fields.is_empty() => {
            Erasure::row(entity_type, id, fields, reason)
        }
        (Some(entity_type), Some(id), None) => {
            let mut tables = entities.iter();
            let Some(table) = tables.find(|table| table.entity_type() == entity_type) else {
                return Err(Failure::wrong_arguments(format!(
                    "which fields of {entity_type} are erasable is not known here: give --field, or use the application's own command line"
                )));
            };
            Erasure::of_table(table, id, reason)
        }
        _ => return Err(Failure::wrong_arguments("give --type and --id, or --by")),
    };
    Ok(match arguments.texts {
        true => erasure.and_texts(),
        false => erasure,
    })
}

pub(super) async fn erase(
    retention: &Retention,
    erasure: Erasure,
    db: &DatabaseConnection,
    context: &AuditContext,
    output: &mut Output,
) -> Result<(), Failure> {
    let erased = retention.erase(db, context, erasure).await?;
    output.result(&erased, told(&erased))?;
    Ok(output.flush()?)
}

fn told(erased: &Erased) -> String {
    let mut text = match erased.entries {
        1 => "1 entry of the log is erased".to_owned(),
        entries => format!("{entries} entries of the log are erased"),
    };
    if erased.held > 0 {
        text += &format!("; {} are on hold and unchanged", erased.held);
    }
    if erased.is_ended_early {
        text += "\nended early: erase again";
    }
    #[cfg(feature = "archive")]
    {
        for file in &erased.files {
            text += &format!(
                "\n{} takes the place of {}, with {} entries erased",
                file.replaced_by, file.file, file.entries
            );
        }
        if erased.is_archive_busy {
            text += "\na worker writes to the archive: erase again when it is done";
        }
    }
    text
}
