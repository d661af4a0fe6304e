//! One binary of tests: scenario × backend.

mod allowlist;
mod backend;
mod encode;
mod entities;
mod events;
mod faults;
mod golden;
mod grants;
mod history;
mod hooks;
mod http;
mod invariants;
mod keys;
mod reading;
mod readme;
mod replay;
mod restricted;
mod schema;
mod secrets;
mod types;
mod ui;
mod units;
mod writes;
