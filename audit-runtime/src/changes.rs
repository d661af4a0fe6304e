//! The difference of two rows, field by field.

use std::collections::BTreeMap;

use crate::encode::Encoded;

/// What changed, by field name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes(BTreeMap<String, Change>);

/// One field before and after. A CREATE has only `after`s, a DELETE only `before`s.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Change {
    /// The value before, if there was a row before.
    pub before: Option<Encoded>,
    /// The value after, if there is a row after.
    pub after: Option<Encoded>,
}
