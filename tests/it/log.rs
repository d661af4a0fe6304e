//! Entries reach the log, or the change is not made: whatever has the log's name, and whichever log is meant.

mod found;
mod kept_from;
mod seen;
