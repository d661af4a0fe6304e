//! Faults at every point where one can strike, and what must hold after each.

mod cancel;
mod faulty;
mod operations;
mod proxy;
mod variants;
