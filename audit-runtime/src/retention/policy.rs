//! A retention policy: which entries it covers, and how long they are kept.

use std::time::Duration;

use serde::Serialize;

/// A day, for ages: `90 * DAY`.
pub const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A policy for how long entries are kept.
///
/// Without types and actions it covers all entries that no other policy covers.
///
/// ```
/// use audit_runtime::retention::{DAY, Policy, Regime};
///
/// let logins = Policy::new("logins").document("SEC-12 v3").actions(["LOGIN", "LOGIN_FAILURE"]).destroy_after(400 * DAY);
/// let cards = Policy::new("cards").document("PCI DSS 4.0.1, 10.5.1").types(["Card"]).regime(Regime::PciDss);
/// assert_eq!(cards.keeps(), 366 * DAY);
/// # let _ = logins;
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[must_use = "a policy does nothing until it is in a `Retention`"]
pub struct Policy {
    pub(super) name: String,
    pub(super) document: String,
    pub(super) types: Vec<String>,
    pub(super) actions: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hot: Option<Duration>,
    pub(super) keep: Duration,
    pub(super) destroy_after: Option<Duration>,
    pub(super) regime: Option<Regime>,
    pub(super) is_approved_by_two: bool,
}

impl Policy {
    /// Creates a policy with a name of `a` to `z`, digits and `_`, a letter first.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            document: String::new(),
            types: Vec::new(),
            actions: Vec::new(),
            hot: None,
            keep: Duration::ZERO,
            destroy_after: None,
            regime: None,
            is_approved_by_two: false,
        }
    }

    /// Sets the document that justifies it, with its version. Every PURGE entry names it.
    pub fn document(self, document: impl Into<String>) -> Self {
        Self {
            document: document.into(),
            ..self
        }
    }

    /// Sets the entity types that it covers.
    pub fn types<T: Into<String>>(self, types: impl IntoIterator<Item = T>) -> Self {
        Self {
            types: types.into_iter().map(Into::into).collect(),
            ..self
        }
    }

    /// Sets the actions that it covers.
    pub fn actions<T: Into<String>>(self, actions: impl IntoIterator<Item = T>) -> Self {
        Self {
            actions: actions.into_iter().map(Into::into).collect(),
            ..self
        }
    }

    /// Sets the age at which entries move to the [archive](super::Retention::archive). Without it they stay in the log.
    #[cfg(feature = "archive")]
    pub fn hot(self, age: Duration) -> Self {
        Self {
            hot: Some(age),
            ..self
        }
    }

    /// Sets how long entries must stay in the log or the archive, in whole seconds. The database enforces this floor.
    pub fn keep(self, age: Duration) -> Self {
        Self { keep: age, ..self }
    }

    /// Sets the age at which entries are deleted. Without it they stay forever.
    pub fn destroy_after(self, age: Duration) -> Self {
        Self {
            destroy_after: Some(age),
            ..self
        }
    }

    /// Follows a regime: entries are kept for as long as it requires, unless [`keep`](Self::keep) is longer.
    pub fn regime(self, regime: Regime) -> Self {
        Self {
            regime: Some(regime),
            ..self
        }
    }

    /// Requires the approval of a second person to destroy entries, but not to archive them.
    pub fn approved_by_two(self) -> Self {
        Self {
            is_approved_by_two: true,
            ..self
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns how long its entries must stay.
    pub fn keeps(&self) -> Duration {
        match self.regime {
            Some(regime) if self.keep.is_zero() => regime.keep(),
            _ => self.keep,
        }
    }

    /// The rank, from high to low: types and actions, only actions, only types, none.
    pub(super) fn rank(&self) -> u8 {
        2 * u8::from(!self.actions.is_empty()) + u8::from(!self.types.is_empty())
    }
}

/// The requirements of regimes on audit trails. Ask your lawyers whether one applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub enum Regime {
    /// PCI DSS 4.0.1, requirement 10.5.1: 12 months, the last three immediately available.
    PciDss,
    /// HIPAA, 45 CFR 164.316(b)(2): six years.
    Hipaa,
    /// Sarbanes-Oxley, 17 CFR 210.2-06: seven years.
    Sox,
}

impl Regime {
    /// Returns how long entries must be kept, in years of 366 days.
    pub fn keep(self) -> Duration {
        let years = match self {
            Self::PciDss => 1,
            Self::Hipaa => 6,
            Self::Sox => 7,
        };
        years * 366 * DAY
    }

    /// How long entries must be immediately available, which archived ones are not.
    pub(super) fn at_hand(self) -> Duration {
        match self {
            Self::PciDss => 92 * DAY,
            Self::Hipaa | Self::Sox => Duration::ZERO,
        }
    }
}
