//! The state of a unit.

/// No statement has failed.
pub(super) const SOUND: u8 = 0;
/// A statement failed or was interrupted.
pub(super) const FAILED: u8 = 1;
/// The transaction has ended.
pub(super) const ENDED: u8 = 2;
