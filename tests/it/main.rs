//! One binary of tests: scenario × backend.

mod allowlist;
mod backend;
mod encode;
mod entities;
mod events;
mod faults;
mod fused;
mod golden;
mod grants;
mod history;
mod hooks;
mod invariants;
mod keys;
mod parity;
mod readme;
mod replay;
mod restricted;
mod schema;
mod secrets;
mod traces;
mod triggers;
mod types;
mod ui;
mod units;
mod writes;
