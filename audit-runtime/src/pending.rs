//! The future that the generic methods return.

use std::pin::Pin;

use crate::error::Error;

/// The future of a write or a read. It is boxed, so that a wrong argument gives one compiler error, at the argument.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>;
