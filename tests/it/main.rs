//! One binary of tests: scenario × backend.

mod allowlist;
mod encode;
mod golden;
mod ui;
