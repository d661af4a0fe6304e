//! The accounts that have rights to the log.

/// The accounts, or roles of the database, that [`grants`](super::grants) is about. They must exist.
///
/// On MySQL and MariaDB an account may be of a host: `app@10.0.0.5`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roles {
    pub(super) owner: Option<String>,
    pub(super) writers: Vec<String>,
    pub(super) readers: Vec<String>,
    pub(super) purgers: Vec<String>,
    pub(super) schema: Option<String>,
    pub(super) is_guarded: bool,
}

impl Roles {
    /// No roles, and the log that the connection finds.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Who owns the log: installs it, decides on retention, places holds. No account of an application.
    #[must_use]
    pub fn owner(mut self, name: impl Into<String>) -> Self {
        self.owner = Some(name.into());
        self
    }

    /// An application: it writes entries, and cannot read, change or delete any. On MariaDB it can read them, for the
    /// library has to.
    #[must_use]
    pub fn writer(mut self, name: impl Into<String>) -> Self {
        self.writers.push(name.into());
        self
    }

    /// Who reads entries. An application that shows the trail is a writer and a reader.
    #[must_use]
    pub fn reader(mut self, name: impl Into<String>) -> Self {
        self.readers.push(name.into());
        self
    }

    /// Who runs purges, where retention is installed: it writes, reads and deletes entries
    /// and erases values, as far as holds and floors let it.
    #[must_use]
    pub fn purger(mut self, name: impl Into<String>) -> Self {
        self.purgers.push(name.into());
        self
    }

    /// The schema of the log; on MySQL and MariaDB its database.
    #[must_use]
    pub fn in_schema(mut self, name: impl Into<String>) -> Self {
        self.schema = Some(name.into());
        self
    }

    /// On MySQL and MariaDB, where guards are installed: writers may mark their transactions and collect notes.
    /// Elsewhere that takes no right.
    #[must_use]
    pub fn with_guards(mut self) -> Self {
        self.is_guarded = true;
        self
    }

    pub(super) fn all_writers(&self) -> impl Iterator<Item = &String> {
        self.writers.iter().chain(&self.purgers)
    }

    pub(super) fn all_readers(&self) -> impl Iterator<Item = &String> {
        self.readers.iter().chain(&self.purgers)
    }
}
