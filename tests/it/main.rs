//! All tests that need more than one crate.

mod allowlist;
mod ui;
