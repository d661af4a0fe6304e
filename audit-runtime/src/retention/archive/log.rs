//! Pages of the log for an archive file, in bounded memory.

use arrow_array::RecordBatch;
use futures_util::TryStreamExt;
use sea_orm::{
    Condition, DatabaseConnection, DbErr, EntityTrait, Iden, Iterable, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait, Select, StreamTrait,
    sea_query::{Expr, ExprTrait, Order},
};

use super::columns::{self, Type};
use crate::{
    Error,
    audit_log::{self, Column},
    dialect::Family,
    history::seen::{checked, failed, is_entry},
    write::shield::to_the_end,
};

/// The maximum number of rows of a page.
pub(super) const ROWS: u64 = 4_096;
/// A page ends when its texts exceed this. It has at least one row.
const BYTES: usize = 4 << 20;

/// Reads the next entries in the order of their ids; `None` if there are none.
pub(super) async fn page(
    condition: Condition,
    db: &DatabaseConnection,
) -> Result<Option<RecordBatch>, Error> {
    let rows = question(Family::of(db)).filter(condition).limit(ROWS);
    let question = checked(rows.into_query(), Some(Order::Asc), Family::of(db));
    let db = db.clone();
    let rows = to_the_end(async move {
        // As a stream, so that rows beyond the limit are never in memory.
        let mut stream = db.stream(&question).await?;
        let (mut rows, mut bytes) = (Vec::new(), 0);
        while let Some(row) = stream.try_next().await? {
            if !is_entry(&row)? {
                continue;
            }
            for column in Column::iter().filter(|column| Type::of(*column) == Type::Text) {
                let text = row.try_get::<Option<String>>("", &column.to_string())?;
                bytes += text.map_or(0, |text| text.len());
            }
            rows.push(row);
            if bytes > BYTES {
                break;
            }
        }
        Ok::<_, DbErr>(rows)
    });
    let rows = rows.await.map_err(failed)?;
    if rows.is_empty() {
        return Ok(None);
    }
    Ok(Some(columns::batch(&rows)?))
}

/// Selects all columns, JSON as text of the database.
fn question(family: Family) -> Select<audit_log::Entity> {
    let question = audit_log::Entity::find().select_only();
    let question = Column::iter().fold(question, |question, column| match column {
        Column::Changes | Column::Metadata => {
            let text = Expr::col((audit_log::Entity, column)).cast_as(family.text_type());
            question.expr_as(text, column.to_string())
        }
        column => question.column(column),
    });
    question.order_by_asc(Column::Id)
}
