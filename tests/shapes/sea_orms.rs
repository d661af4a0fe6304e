//! The entities that SeaORM itself is tested by: their tables and types, as they stand in its repository.

/// Those that have hooks, relations, or nothing but a key.
pub mod bakery;
/// Those that only one format and one database have.
pub mod features;
/// Those of types of their own, in each format.
#[allow(
    dead_code,
    reason = "what SeaORM generates inside of a macro is not exempt from it"
)]
pub mod formats;
