//! The differences between today's coverage and the accepted manifest, as text and as data.

use std::fmt;

use serde::Serialize;

use crate::text::escaped;

/// The differences between coverage and a manifest. `Display` writes one line per difference.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Differences {
    differences: Vec<Difference>,
}

impl Differences {
    pub(super) fn of(mut differences: Vec<Difference>) -> Self {
        differences.sort_by_key(|difference| !difference.is_loosened);
        Self { differences }
    }

    /// The differences, the loosened ones first.
    pub fn iter(&self) -> impl Iterator<Item = &Difference> {
        self.differences.iter()
    }

    /// Whether there are no differences.
    pub fn is_empty(&self) -> bool {
        self.differences.is_empty()
    }

    /// Whether a difference is loosened.
    pub fn are_loosened(&self) -> bool {
        self.iter().any(|difference| difference.is_loosened)
    }
}

impl fmt::Display for Differences {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("Nothing differs from the manifest.");
        }
        for (at, difference) in self.iter().enumerate() {
            if at > 0 {
                f.write_str("\n")?;
            }
            difference.fmt(f)?;
        }
        Ok(())
    }
}

/// One difference. It prints as one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Difference {
    /// The kind of difference.
    pub change: Change,
    /// Whether it fails a check: see [what is loosened](crate::coverage#what-is-loosened).
    pub is_loosened: bool,
    /// The entity, field, allowlist or module.
    pub object: String,
    /// The accepted state and the present one.
    pub what: String,
    /// What to do about it.
    pub advice: &'static str,
}

impl Difference {
    pub(super) fn new(change: Change, object: &str, what: impl fmt::Display) -> Self {
        let (is_loosened, advice) = change.facts();
        Self {
            change,
            is_loosened,
            object: object.to_owned(),
            what: what.to_string(),
            advice,
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Escaped, because a name from the file must not hide a part of its line.
        f.write_str(if self.is_loosened {
            "Loosened: "
        } else {
            "Note: "
        })?;
        escaped(f, &self.object)?;
        f.write_str(" ")?;
        escaped(f, &self.what)?;
        write!(f, ": {}", self.advice)?;
        match self.is_loosened {
            true => f.write_str(", or accept this with a new manifest"),
            false => Ok(()),
        }
    }
}

/// The kinds of difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum Change {
    /// An entity is no longer audited.
    EntityLost,
    /// An entity is new.
    EntityAppeared,
    /// An entity has another name in entries.
    EntityRenamed,
    /// An entity has another table.
    TableChanged,
    /// A field is gone.
    FieldLost,
    /// A field is new.
    FieldAppeared,
    /// A field has another name.
    FieldRenamed,
    /// The policy of a field keeps less.
    EvidenceLost,
    /// The policy of a field shows values that it withheld before.
    SecrecyLost,
    /// A field joined the key, or left it.
    KeyChanged,
    /// A former name is missing.
    FormerNameLost,
    /// There is one more former name.
    FormerNameAdded,
    /// An erasure takes the values of one more field.
    ErasureWidened,
    /// An erasure no longer takes the values of a field.
    ErasureNarrowed,
    /// An allowlist has more fields, or is new.
    AllowlistWidened,
    /// An allowlist has fewer fields, or is gone.
    AllowlistNarrowed,
    /// A write no longer needs a reason.
    ReasonDropped,
    /// A write needs a reason.
    ReasonAdded,
    /// A table's guard does less, or is gone.
    GuardWeakened,
    /// A table's guard does more.
    GuardStrengthened,
    /// Guards are in the manifest, but not known here.
    GuardUnknown,
    /// There is one more entity without audit.
    UnauditedAppeared,
    /// There is one fewer entity without audit.
    UnauditedGone,
    /// Entities without audit are in the manifest, but not known here.
    UnauditedUnknown,
}

impl Change {
    /// Whether the change is loosened, and what to do about it.
    fn facts(self) -> (bool, &'static str) {
        const KEEP: (bool, &str) = (false, "keep it so with a new manifest");

        match self {
            Self::EntityLost => (
                true,
                "derive `Audited` for it and list it, name it in `was` if it was renamed",
            ),
            Self::EntityAppeared => (true, "look at its policies"),
            Self::TableChanged => (true, "see that nothing writes to the other table any more"),
            Self::FieldLost => (true, "name it in `was` if it was renamed"),
            Self::FieldAppeared => (true, "look at its policy"),
            Self::EvidenceLost => (
                true,
                "give it its policy back, so that the log keeps its values",
            ),
            Self::SecrecyLost => (
                true,
                "give it its policy back, so that the log does not show its values",
            ),
            Self::KeyChanged => (
                true,
                "give it its place back, so that rows keep their identity",
            ),
            Self::FormerNameLost => (
                true,
                "put it back into `was`, so that older entries are found and masked",
            ),
            Self::ErasureWidened => (
                true,
                "take `erasable` out of its attribute, so that the log keeps its values",
            ),
            Self::ErasureNarrowed => (
                true,
                "put `erasable` back into its attribute, so that an erasure takes its values",
            ),
            Self::AllowlistWidened => (true, "take it out of the allowlist"),
            Self::ReasonDropped => (true, "put `reason` back into its attribute"),
            Self::GuardWeakened => (
                true,
                "install it with `audit guard install` or `schema::install_guards`",
            ),
            Self::UnauditedAppeared => (true, "derive `Audited` for it and list it"),
            Self::UnauditedUnknown => (true, "turn on the feature `entity-registry`"),
            Self::GuardUnknown => (
                false,
                "compare them with a database, by an account that sees triggers",
            ),
            Self::EntityRenamed
            | Self::FieldRenamed
            | Self::FormerNameAdded
            | Self::AllowlistNarrowed
            | Self::ReasonAdded
            | Self::GuardStrengthened
            | Self::UnauditedGone => KEEP,
        }
    }
}
