//! The keys of `#[audited(..)]`.

/// The keys on a struct.
pub const STRUCT_KEYS: &[&str] = &[
    "entity_type",
    "entity",
    "was",
    "no_hooks",
    "locked",
    "reason",
    "graph",
    "others",
    "crate",
];
/// The keys on a field.
pub const FIELD_KEYS: &[&str] = &[
    "record", "redact", "skip", "erasable", "label", "touch", "update", "create", "was", "parent",
];
