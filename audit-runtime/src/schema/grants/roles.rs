//! The accounts that have rights to the log.

/// The accounts, or roles of the database, for [`grants`](super::grants). They must exist.
///
/// On MySQL and MariaDB an account may have a host: `app@10.0.0.5`.
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
    /// Creates an empty set of roles, for the log that the connection finds.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the owner of the log, who installs it and places holds. It must not be an application's account.
    #[must_use]
    pub fn owner(mut self, name: impl Into<String>) -> Self {
        self.owner = Some(name.into());
        self
    }

    /// Adds an application, which writes entries, and cannot read, change or delete any. On MariaDB it can read them,
    /// because the library must.
    #[must_use]
    pub fn writer(mut self, name: impl Into<String>) -> Self {
        self.writers.push(name.into());
        self
    }

    /// Adds a reader of entries. An application that shows the trail is a writer and a reader.
    #[must_use]
    pub fn reader(mut self, name: impl Into<String>) -> Self {
        self.readers.push(name.into());
        self
    }

    /// Adds an account that runs purges, if retention is installed: it writes, reads and deletes entries and erases
    /// values, as far as holds and floors allow.
    #[must_use]
    pub fn purger(mut self, name: impl Into<String>) -> Self {
        self.purgers.push(name.into());
        self
    }

    /// Sets the schema of the log; on MySQL and MariaDB its database.
    #[must_use]
    pub fn in_schema(mut self, name: impl Into<String>) -> Self {
        self.schema = Some(name.into());
        self
    }

    /// Lets writers mark their transactions and collect the notes of guards, on MySQL and MariaDB. Other databases need
    /// no right for it.
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
