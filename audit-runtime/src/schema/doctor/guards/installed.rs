//! The mode of the guard that a table has.

use sea_orm::DatabaseConnection;

use super::{
    super::{super::privilege::may_on, report::Code},
    Expected, Found,
    judge::judged,
    possible,
    stamp::Stamp,
};
use crate::{
    Error,
    dialect::Dialect,
    schema::{entities::AuditedTable, guard::GuardMode},
};

/// The mode of a table's guard; `Some(None)` if no guard is complete, and `None` if this account does not see it.
pub(crate) async fn installed_guard(
    db: &DatabaseConnection,
    table: &AuditedTable,
) -> Result<Option<Option<GuardMode>>, Error> {
    let dialect = Dialect::of(db).await?;
    if dialect.hides_triggers() && !may_on(db, "TRIGGER", table.schema(), table.table()).await? {
        return Ok(None);
    }
    let possible = possible(db, table).await?;
    let Some((_, first)) = possible.first() else {
        return Ok(Some(None));
    };
    let found = Found::of(db, dialect, table).await?;
    let any = Expected::of(dialect, first, &found.places);
    let is_on_all_parts = !found.parts.is_empty() && found.bare(&any).is_empty();
    let is_changed = || {
        let judgement = judged(dialect, table, &found, &possible, None);
        matches!(judgement, Some((Code::GuardChanged, ..)))
    };
    if !is_on_all_parts || is_changed() {
        return Ok(Some(None));
    }
    Ok(Some(
        found.bodies(&any).find_map(|body| Stamp::of(body)?.mode),
    ))
}
