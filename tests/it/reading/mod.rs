//! Questions to the log, the past, and taking back.

mod state;
