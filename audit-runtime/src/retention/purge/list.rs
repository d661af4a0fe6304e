//! The list of the entries that a purge deletes.

use sea_orm::{
    ConnectionTrait, DatabaseTransaction,
    sea_query::{Alias, Expr, Query},
};

use crate::{Error, Unit, dialect::Family, retention::transaction::missing};

/// Lists the entries to delete, for the trigger that refuses to delete others.
pub(super) async fn list(
    entry_id: i64,
    [first_id, last_id]: [i64; 2],
    digest: &str,
    ids: &[i64],
    unit: &Unit<DatabaseTransaction>,
) -> Result<(), Error> {
    let purge = Query::insert()
        .into_table(Alias::new("audit_purge"))
        .columns(["entry_id", "first_id", "last_id", "entries", "ids_sha256"].map(Alias::new))
        .values_panic([
            Expr::val(entry_id),
            Expr::val(first_id),
            Expr::val(last_id),
            Expr::val(ids.len() as i64),
            Expr::val(digest),
        ])
        .to_owned();
    unit.execute(&purge).await.map_err(missing)?;
    if Family::of(unit).lists_purged_ids() {
        let mut rows = Query::insert()
            .into_table(Alias::new("audit_purge_id"))
            .columns(["id", "entry_id"].map(Alias::new))
            .to_owned();
        for id in ids {
            rows.values_panic([Expr::val(*id), Expr::val(entry_id)]);
        }
        unit.execute(&rows).await?;
    }
    Ok(())
}
