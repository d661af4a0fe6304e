//! The names of events.

use crate::Error;

/// The actions that only the engine writes, today or in a later version.
///
/// The actions of the HTTP layer, such as AUDIT_READ, are not among them: an application with its own pages for the
/// trail records its reads by that name.
const RESERVED: [&str; 24] = [
    // Actions on a row.
    "CREATE",
    "UPDATE",
    "DELETE",
    "UPSERT",
    "REVERT",
    "MERGE",
    "TRUNCATE",
    "RAW_SQL",
    // Actions on the log, and on its content about a row or a person.
    "POLICY",
    "PURGE",
    "ERASE",
    "REDACT",
    "DESTROY",
    "HOLD",
    "RELEASE",
    "ARCHIVE",
    "RESTORE",
    "EXPORT",
    "SEAL",
    "UNSEAL",
    "VERIFY",
    "CHECKPOINT",
    "CAPTURE",
    "APPROVE",
];

pub(super) fn check_action(action: &str) -> Result<(), Error> {
    let problem = if action.is_empty() {
        "it is empty, a name such as LOGIN_FAILURE is needed"
    } else if RESERVED.contains(&action) {
        "this name is the engine's own, a name of two words such as CUSTOMERS_EXPORTED is needed"
    } else if action.len() > 64 {
        "it is longer than 64 characters"
    } else if !action.starts_with(|first: char| first.is_ascii_uppercase())
        || !action
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
    {
        "only A to Z, digits and _ are allowed, a letter first"
    } else {
        return Ok(());
    };
    Err(Error::InvalidEvent {
        action: action.to_owned(),
        problem,
    })
}
