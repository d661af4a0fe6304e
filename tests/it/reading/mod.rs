//! Questions to the log, the past, and taking back.

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
