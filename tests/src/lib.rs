//! Nothing but what tests and benches share.

pub mod bulk;
