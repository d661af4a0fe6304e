//! Faults at every possible point, and the invariants that must hold after each.

#![expect(
    clippy::async_yields_async,
    reason = "a sweep prepares the rows, and is given the future to strike"
)]

mod answers;
mod bench;
mod budgets;
mod cancel;
mod crash;
mod cut;
mod failure;
pub mod faulty;
pub mod operations;
mod progress;
mod proxy;
mod races;
mod refusals;
mod variants;
