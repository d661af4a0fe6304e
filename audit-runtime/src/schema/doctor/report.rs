//! The doctor's report, as text and as data.

use std::fmt;

use serde::{Serialize, Serializer};

/// The findings of a doctor. `Display` writes one paragraph per finding.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    findings: Vec<Finding>,
}

impl Report {
    pub(super) fn of(mut findings: Vec<Finding>) -> Self {
        findings.sort_by(|a, b| {
            let order = b.severity.cmp(&a.severity);
            order.then_with(|| (a.code, &a.object).cmp(&(b.code, &b.object)))
        });
        findings.dedup_by(|a, b| (a.code, &a.object) == (b.code, &b.object));
        Self { findings }
    }

    /// The findings, the most severe first.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The highest severity; `None` if there are no findings.
    pub fn severity(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }

    /// Whether there are no findings except notes.
    pub fn is_healthy(&self) -> bool {
        self.severity()
            .is_none_or(|severity| severity == Severity::Note)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.findings.is_empty() {
            return f.write_str("Nothing was found.");
        }
        for (at, finding) in self.findings.iter().enumerate() {
            if at > 0 {
                f.write_str("\n\n")?;
            }
            finding.fmt(f)?;
        }
        Ok(())
    }
}

/// One finding of a doctor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// The kind of finding.
    pub code: Code,
    /// The severity.
    pub severity: Severity,
    /// The table, trigger, account or setting.
    pub object: String,
    /// What was found.
    pub what: String,
    /// Why it matters.
    pub why: String,
    /// The statements that fix it, in order; empty if there are none.
    pub mend: Vec<String>,
    /// The call of this crate that also fixes it, if there is one.
    pub call: Option<String>,
}

impl Finding {
    pub(super) fn new(
        code: Code,
        severity: Severity,
        object: impl Into<String>,
        what: impl Into<String>,
        why: impl Into<String>,
    ) -> Self {
        Self {
            code,
            severity,
            object: object.into(),
            what: what.into(),
            why: why.into(),
            mend: Vec::new(),
            call: None,
        }
    }

    pub(super) fn mended_by(self, mend: impl IntoIterator<Item = String>) -> Self {
        let mend = mend.into_iter().collect();
        Self { mend, ..self }
    }

    pub(super) fn or_by(self, call: impl Into<String>) -> Self {
        let call = Some(call.into());
        Self { call, ..self }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            code,
            severity,
            object,
            what,
            why,
            mend,
            call,
        } = self;
        write!(f, "{severity} {code}: {object} {what}.\n{why}.")?;
        if let Some(call) = call {
            return write!(f, "\nMended by: {call}");
        }
        for (at, statement) in mend.iter().enumerate() {
            let start = if at == 0 { "\nMended by: " } else { "\n" };
            write!(f, "{start}{statement};")?;
        }
        Ok(())
    }
}

/// The severity of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Severity {
    /// For information.
    Note,
    /// A protection is weaker than it could be.
    Warning,
    /// Entries or changes can be lost, forged or changed.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Note => "Note",
            Self::Warning => "Warning",
            Self::Error => "Error",
        })
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// The kinds of finding.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[$doc])* $name,)*
        }

        impl Code {
            /// All codes.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The serialized form.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

codes! {
    /// The log is missing or incomplete.
    LogMissing = "LOG_MISSING",
    /// A foreign table or view has a name of the log.
    LogForeign = "LOG_FOREIGN",
    /// The columns of the log differ.
    LogColumns = "LOG_COLUMNS",
    /// A later version of this crate has installed the log.
    LogNewer = "LOG_NEWER",
    /// The log is of an earlier version of this crate, and can be upgraded.
    LogOutdated = "LOG_OUTDATED",
    /// A trigger that makes the log append-only is missing, disabled or changed.
    LogProtection = "LOG_PROTECTION",
    /// An index of the log is missing, invalid, outdated or of other columns.
    LogIndex = "LOG_INDEX",
    /// The log has a foreign trigger or rule.
    LogTrigger = "LOG_TRIGGER",
    /// A temporary table or view hides the log.
    LogHidden = "LOG_HIDDEN",
    /// The log is not durable or not transactional.
    LogStorage = "LOG_STORAGE",
    /// Row security decides which entries are written and seen.
    LogRowSecurity = "LOG_ROW_SECURITY",
    /// The ids of the log may be out of order.
    LogIds = "LOG_IDS",
    /// An account has a right on the log to change or forge entries.
    LogRights = "LOG_RIGHTS",
    /// The account of this connection can do anything with the log.
    Account = "ACCOUNT",
    /// A trigger runs with the rights of an account that does not exist.
    Definer = "DEFINER",
    /// This account does not see triggers, the text of a procedure, the rights of a role or the rows of a table.
    Unseen = "UNSEEN",
    /// Everybody may create temporary tables.
    TemporaryTables = "TEMPORARY_TABLES",
    /// An audited table is missing.
    TableMissing = "TABLE_MISSING",
    /// A column of an audited table is missing.
    ColumnMissing = "COLUMN_MISSING",
    /// A column has another type than its entity.
    ColumnType = "COLUMN_TYPE",
    /// An audited table is not transactional.
    TableStorage = "TABLE_STORAGE",
    /// A foreign key changes rows of an audited table without an entry.
    Cascade = "CASCADE",
    /// A subscription writes to an audited table.
    Subscription = "SUBSCRIPTION",
    /// An audited table, or a partition of it, has no guard.
    GuardMissing = "GUARD_MISSING",
    /// A trigger or function of a guard is missing, disabled or changed, or differs from its entity.
    GuardChanged = "GUARD_CHANGED",
    /// An earlier version of this crate has installed the guard.
    GuardOutdated = "GUARD_OUTDATED",
    /// A later version of this crate has installed the guard.
    GuardNewer = "GUARD_NEWER",
    /// The guard is in another mode.
    GuardMode = "GUARD_MODE",
    /// A guard's notes have not become entries.
    Notes = "NOTES",
    /// The log does not explain the values of a row.
    RowUnexplained = "ROW_UNEXPLAINED",
    /// A commit may be lost in a crash.
    Durability = "DURABILITY",
    /// A setting of sessions endangers what is written.
    Setting = "SETTING",
    /// The connection leads to a standby.
    Standby = "STANDBY",
    /// An event trigger runs at each change of the schema.
    EventTrigger = "EVENT_TRIGGER",
    /// The server's clock and that of this machine differ.
    Clock = "CLOCK",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
