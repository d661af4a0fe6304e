//! The keys of `#[audited(..)]`.

/// On a struct.
pub const STRUCT_KEYS: &[&str] = &[
    "entity_type",
    "was",
    "no_hooks",
    "locked",
    "reason",
    "others",
    "crate",
];
/// On a field.
pub const FIELD_KEYS: &[&str] = &[
    "record", "redact", "skip", "label", "update", "create", "was", "parent",
];
