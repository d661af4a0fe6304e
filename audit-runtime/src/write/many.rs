//! Many rows at once: an entry a changed row, by statements that are about sets of rows.
//!
//! As in SeaORM, they run no hooks.

mod chunk;
mod delete;
mod insert;
mod update;

pub(super) use self::{delete::DeleteMany, insert::InsertMany, update::UpdateMany};
