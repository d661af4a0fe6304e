//! Questions to the log, the past, and taking back.

mod children;
mod drift;
mod examined;
mod policies;
mod questions;
mod reverts;
mod served;
mod state;
mod timeline;
mod walks;
