//! Entries reach the log, or the change is not made: with other objects of the log's name, and with several logs.

mod found;
mod kept_from;
mod seen;
