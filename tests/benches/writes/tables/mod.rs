//! What is written: a table of users, of 8 columns and of 30.

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

/// How many rows there are when measuring begins.
pub const ROWS: usize = 10_000;
/// SQLite takes 32,766 parameters a statement, which is the least.
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

/// The row of this turn: each once in so many turns as there are rows, far from the last one.
pub fn id(turn: usize) -> i32 {
    // A prime, so that it has no factor in common with the number of rows.
    (turn * 7_919 % ROWS + 1) as i32
}

/// Another one each time the same row has its turn.
pub fn role(turn: usize) -> &'static str {
    ["admin", "user"][turn / ROWS % 2]
}

/// Another one each round.
pub fn role_of_all(round: usize) -> &'static str {
    role(round * ROWS)
}

/// Another one each turn, and never that of a new row.
pub fn logins(turn: usize) -> i32 {
    turn as i32 + 1
}

/// A moment that every database takes.
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

/// The rows there are besides those of the start.
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
