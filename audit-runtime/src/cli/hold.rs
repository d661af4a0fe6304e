//! The commands of legal holds.

use std::fmt::Write as _;

use sea_orm::DatabaseConnection;
use serde_json::json;

use super::{arguments::Hold, failure::Failure, output::Output};
use crate::{
    AuditContext,
    export::escaped,
    retention::{self, PlacedHold},
};

pub(super) async fn run(
    command: Hold,
    db: &DatabaseConnection,
    context: &AuditContext,
    output: &mut Output,
) -> Result<(), Failure> {
    match command {
        Hold::Add {
            reason,
            entity_type,
            entity_id,
            by,
            since,
            until,
        } => {
            let mut hold = retention::Hold::new(reason);
            hold = match (entity_type, entity_id) {
                (Some(entity_type), Some(entity_id)) => hold.row(entity_type, entity_id),
                (Some(entity_type), None) => hold.entity_type(entity_type),
                (None, _) => hold,
            };
            if let Some(actor) = &by {
                hold = hold.actor(actor);
            }
            if let Some(span) = since {
                hold = hold.from(span.begin);
            }
            if let Some(span) = until {
                hold = hold.until(span.end);
            }
            let placed = retention::hold(db, context, hold).await?;
            output.result(&placed, one(&placed))?;
        }
        Hold::Release { id, reason } => {
            if !retention::release(db, context, id, reason).await? {
                return Err(Failure::wrong_arguments(format!(
                    "there is no hold {id} in force: `audit hold list` shows those that are"
                )));
            }
            output.result(&json!({ "released": id }), format!("hold {id} is released"))?;
        }
        Hold::List => {
            let holds = retention::holds(db).await?;
            for hold in &holds {
                output.result(hold, one(hold))?;
            }
        }
    }
    Ok(output.flush()?)
}

fn one(hold: &PlacedHold) -> String {
    let mut text = format!("hold {} (entry {})", hold.id, hold.entry_id);
    let range = [
        ("type", hold.entity_type.clone()),
        ("id", hold.entity_id.clone()),
        ("by", actor(hold)),
        ("from", hold.from.map(|at| at.to_rfc3339())),
        ("until", hold.until.map(|at| at.to_rfc3339())),
    ];
    for (name, value) in range {
        if let Some(value) = value {
            let _ = write!(text, ", {name} {}", escaped(&value));
        }
    }
    text
}

fn actor(hold: &PlacedHold) -> Option<String> {
    let (kind, id) = (hold.actor_kind.as_deref()?, hold.actor_id.as_deref()?);
    Some(crate::Actor::new(kind, id).short_form())
}
