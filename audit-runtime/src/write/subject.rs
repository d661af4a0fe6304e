//! The labels of spans and counters: entity type, action and outcome. They contain no values.

use std::borrow::Cow;

use crate::{
    Error,
    audited::{Audited, entity_type::entity_type},
};

/// The entity type and action of a write.
#[derive(Debug)]
pub struct Subject {
    /// `None` for an event that is not about a record.
    pub(super) entity_type: Option<Cow<'static, str>>,
    pub(super) action: Cow<'static, str>,
}

impl Subject {
    pub(super) fn of<E: Audited>(action: &'static str) -> Self {
        Self {
            entity_type: Some(entity_type::<E>()),
            action: action.into(),
        }
    }

    pub(super) fn event(action: impl Into<Cow<'static, str>>) -> Self {
        Self {
            entity_type: None,
            action: action.into(),
        }
    }
}

/// The outcome of a write.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Ending {
    Written,
    Unchanged,
    Refused(&'static str),
    Failed,
    Unknown,
    /// The caller was dropped. The write may still have run to completion.
    Interrupted,
}

impl Ending {
    pub(super) fn of<R>(result: &Result<R, Error>, is_written: bool) -> Self {
        match result {
            Ok(_) if is_written => Self::Written,
            Ok(_) => Self::Unchanged,
            Err(Error::CommitUnknown { .. }) => Self::Unknown,
            Err(error) => error.refusal().map_or(Self::Failed, Self::Refused),
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Written => "written",
            Self::Unchanged => "unchanged",
            Self::Refused(_) => "refused",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Interrupted => "interrupted",
        }
    }
}
