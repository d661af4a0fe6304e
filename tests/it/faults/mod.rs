//! Faults at every point where one can strike, and what must hold after each.

mod bench;
mod budgets;
mod cancel;
mod crash;
mod cut;
mod failure;
mod faulty;
mod operations;
mod proxy;
mod races;
mod refusals;
mod variants;
