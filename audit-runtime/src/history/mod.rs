//! Reading the log back.

mod children;
mod condition;
mod cursor;
mod entry;
mod field;
mod page;
mod query;
mod scope;
mod sentence;
mod served;

pub use cursor::Cursor;
pub use entry::{Entry, Kind};
pub use page::{Entries, Page};
pub use query::History;
