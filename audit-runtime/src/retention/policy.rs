//! A retention policy: which entries it covers, and how long they are kept.

use std::time::Duration;

use serde::Serialize;

/// A day, for ages: `90 * DAY`.
pub const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How long entries are kept.
///
/// Without types and actions it is for all entries that no other policy is for.
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
    /// A policy by its name: `a` to `z`, digits and `_`, a letter first.
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

    /// The document that justifies it, with its version: every PURGE entry names it.
    pub fn document(self, document: impl Into<String>) -> Self {
        Self {
            document: document.into(),
            ..self
        }
    }

    /// The entity types it is for.
    pub fn types<T: Into<String>>(self, types: impl IntoIterator<Item = T>) -> Self {
        Self {
            types: types.into_iter().map(Into::into).collect(),
            ..self
        }
    }

    /// The actions it is for.
    pub fn actions<T: Into<String>>(self, actions: impl IntoIterator<Item = T>) -> Self {
        Self {
            actions: actions.into_iter().map(Into::into).collect(),
            ..self
        }
    }

    /// At which age entries move to the [archive](super::Retention::archive). Without it they stay in the log.
    #[cfg(feature = "archive")]
    pub fn hot(self, age: Duration) -> Self {
        Self {
            hot: Some(age),
            ..self
        }
    }

    /// How long entries must stay, in the log or in the archive: the floor, which the database holds. Whole seconds.
    pub fn keep(self, age: Duration) -> Self {
        Self { keep: age, ..self }
    }

    /// At which age they go. Without it they stay for ever.
    pub fn destroy_after(self, age: Duration) -> Self {
        Self {
            destroy_after: Some(age),
            ..self
        }
    }

    /// Follows a regime: entries are kept for as long as it demands, unless [`keep`](Self::keep) says longer.
    pub fn regime(self, regime: Regime) -> Self {
        Self {
            regime: Some(regime),
            ..self
        }
    }

    /// Nothing of it is destroyed without the approval of a second person. What moves to an archive is not destroyed.
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

    /// For how long its entries must stay.
    pub fn keeps(&self) -> Duration {
        match self.regime {
            Some(regime) if self.keep.is_zero() => regime.keep(),
            _ => self.keep,
        }
    }

    /// Types and actions before actions, these before types, and these before nothing.
    pub(super) fn rank(&self) -> u8 {
        2 * u8::from(!self.actions.is_empty()) + u8::from(!self.types.is_empty())
    }
}

/// What regimes demand of audit trails. Whether one applies is for your lawyers to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub enum Regime {
    /// PCI DSS 4.0.1, requirement 10.5.1: 12 months, the last three at hand.
    PciDss,
    /// HIPAA, 45 CFR 164.316(b)(2): six years.
    Hipaa,
    /// Sarbanes-Oxley, 17 CFR 210.2-06: seven years.
    Sox,
}

impl Regime {
    /// For how long entries must be kept: whole years of 366 days.
    pub fn keep(self) -> Duration {
        let years = match self {
            Self::PciDss => 1,
            Self::Hipaa => 6,
            Self::Sox => 7,
        };
        years * 366 * DAY
    }

    /// For how long entries must be at hand, which those in an archive are not.
    pub(super) fn at_hand(self) -> Duration {
        match self {
            Self::PciDss => 92 * DAY,
            Self::Hipaa | Self::Sox => Duration::ZERO,
        }
    }
}
