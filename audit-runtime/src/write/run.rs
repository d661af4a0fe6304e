//! The sealed trait of the handles: they run operations and write events.

use sea_orm::ConnectionTrait;

use super::{event::Event, operation::Operation};
use crate::pending::Pending;

pub trait Run: Sync {
    type Reader: ConnectionTrait;
    fn reader(&self) -> &Self::Reader;
    fn run<O: Operation>(&self, operation: O) -> Pending<'_, O::Output>;
    fn write_event(&self, event: Event) -> Pending<'_, ()>;
}
