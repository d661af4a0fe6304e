//! The written tables: users, with 8 columns and with 30.

pub mod narrow;
pub mod wide;

use audit_runtime::{
    Audited,
    audited::{NewRow, Patch},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseConnection, DbErr, PrimaryKeyTrait, QueryFilter,
    QueryOrder, QuerySelect, Schema, prelude::DateTimeUtc,
};
use serde::Serialize;

/// The number of rows when the measurement begins.
pub const ROWS: usize = 10_000;
/// Rows per statement. SQLite takes 32,766 parameters per statement, the fewest of all.
pub const CHUNK: usize = 1_000;

pub trait Table:
    Audited<
        PrimaryKey: PrimaryKeyTrait<ValueType = i32>,
        Model: Serialize,
        ActiveModel: NewRow<Entity = Self>,
    >
{
    type Patch: Patch<Entity = Self>;

    fn id() -> Self::Column;

    fn role() -> Self::Column;

    fn logins() -> Self::Column;

    fn new_row(turn: usize) -> Self::ActiveModel;

    /// The row with this id, and the same change as [`patch`](Self::patch).
    fn changed_row(id: i32, turn: usize) -> Self::ActiveModel;

    fn patch(turn: usize) -> Self::Patch;

    fn patch_of_all(round: usize) -> Self::Patch;

    fn id_of(row: &Self::Model) -> i32;

    fn label_of(row: &Self::Model) -> &str;
}

/// The row of this turn. Each row occurs once in `ROWS` turns, far from the previous one.
pub fn id(turn: usize) -> i32 {
    // A prime, so that it has no factor in common with the number of rows.
    (turn * 7_919 % ROWS + 1) as i32
}

/// A different role each time that the same row has its turn.
pub fn role(turn: usize) -> &'static str {
    ["admin", "user"][turn / ROWS % 2]
}

/// A different role each round.
pub fn role_of_all(round: usize) -> &'static str {
    role(round * ROWS)
}

/// A different number each turn, and never that of a new row.
pub fn logins(turn: usize) -> i32 {
    turn as i32 + 1
}

/// A time that every database accepts.
pub fn new_year() -> DateTimeUtc {
    DateTimeUtc::from_timestamp_secs(1_767_225_600).expect("2026-01-01")
}

/// Creates the table and its rows.
pub async fn fill<E: Table>(db: &DatabaseConnection) -> Result<(), DbErr> {
    let table = Schema::new(db.get_database_backend()).create_table_from_entity(E::default());
    db.execute(&table).await?;
    for start in (0..ROWS).step_by(CHUNK) {
        let rows = (start..start + CHUNK).map(E::new_row);
        E::insert_many(rows).exec_without_returning(db).await?;
    }
    Ok(())
}

/// The rows besides the initial ones.
pub async fn inserted<E: Table>(db: &impl ConnectionTrait) -> Result<Vec<i32>, DbErr> {
    E::find()
        .select_only()
        .column(E::id())
        .filter(E::id().gt(ROWS as i32))
        .order_by_asc(E::id())
        .into_tuple()
        .all(db)
        .await
}
