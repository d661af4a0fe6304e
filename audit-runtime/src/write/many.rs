//! Writes of many rows by set-based statements, with an entry for each changed row.
//!
//! As in SeaORM, they run no hooks.

mod chunk;
mod delete;
mod insert;
mod update;

pub(super) use self::{delete::DeleteMany, insert::InsertMany, update::UpdateMany};
