//! Files that the command line creates.

use std::{fs::File, path::Path};

use super::failure::Failure;

/// Creates a file. Fails if it exists.
pub(super) fn create(path: &Path) -> Result<File, Failure> {
    File::create_new(path).map_err(|error| of_file(path, &error))
}

pub(super) fn of_file(path: &Path, error: &dyn std::fmt::Display) -> Failure {
    Failure::wrong_arguments(format!("{}: {error}", path.display()))
}
