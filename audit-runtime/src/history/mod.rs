//! Reading the log back.

mod cursor;
mod entry;
mod query;
mod sentence;

pub use cursor::Cursor;
pub use entry::{Entry, Kind};
pub use query::{History, Page};
