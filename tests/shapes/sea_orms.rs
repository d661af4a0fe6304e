//! Entities of SeaORM's own tests, with the tables and types of its repository.

/// Entities with hooks, with relations, and with only a key.
pub mod bakery;
/// Entities that exist in only one format and on only one database.
pub mod features;
/// Entities with custom types, in each format.
#[allow(
    dead_code,
    reason = "what SeaORM generates inside of a macro is not exempt from it"
)]
pub mod formats;
