//! Queries of the log, past states, and reverts.

mod children;
mod drift;
mod examined;
mod joins;
mod later;
mod names;
mod policies;
mod questions;
mod restores;
mod reverts;
mod served;
mod state;
mod timeline;
mod unfit;
mod walks;
