//! Refuses policies that contradict themselves or each other.

use super::Policy;
use crate::Error;

pub(super) fn check(policies: &[Policy]) -> Result<(), Error> {
    for (nth, policy) in policies.iter().enumerate() {
        check_one(policy)?;
        for earlier in &policies[..nth] {
            check_two(earlier, policy)?;
        }
    }
    if !policies.iter().any(|policy| policy.rank() == 0) {
        let problem = "no policy covers the remaining entries: add one without types and actions";
        return Err(refused("others", problem));
    }
    Ok(())
}

fn check_one(policy: &Policy) -> Result<(), Error> {
    let Policy { name, .. } = policy;
    let is_name = name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.len() <= 64
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if !is_name {
        let problem = "its name must be 1 to 64 of a to z, digits and _, a letter first";
        return Err(refused(name, problem));
    }
    if policy.document.trim().is_empty() {
        let problem =
            "it does not name the document that justifies it: add one with Policy::document";
        return Err(refused(name, problem));
    }
    for (what, texts) in [("type", &policy.types), ("action", &policy.actions)] {
        if let Some(text) = texts.iter().find(|text| text.is_empty() || text.len() > 64) {
            return Err(refused(
                name,
                format!("{text:?} is no {what}: it must have 1 to 64 bytes"),
            ));
        }
    }
    for (what, age) in [
        ("hot", policy.hot.unwrap_or_default()),
        ("keep", policy.keeps()),
        ("destroy_after", policy.destroy_after.unwrap_or_default()),
    ] {
        if age.subsec_nanos() > 0 || age > LONGEST {
            return Err(refused(
                name,
                format!("{what} must be whole seconds, and at most 1000 years"),
            ));
        }
    }
    let keep = policy.keeps();
    if let Some(destroy) = policy.destroy_after.filter(|age| *age < keep) {
        return Err(refused(
            name,
            format!(
                "entries would be destroyed after {}, though they must be kept for {}",
                text(destroy),
                text(keep)
            ),
        ));
    }
    if let (Some(hot), Some(destroy)) = (policy.hot, policy.destroy_after)
        && hot > destroy
    {
        return Err(refused(
            name,
            format!(
                "entries would move to the archive after {}, though they are destroyed after {}",
                text(hot),
                text(destroy)
            ),
        ));
    }
    if let (Some(hot), Some(regime)) = (policy.hot, policy.regime)
        && hot < regime.at_hand()
    {
        return Err(refused(
            name,
            format!(
                "entries would move to the archive after {}, but {regime:?} demands {} at hand",
                text(hot),
                text(regime.at_hand())
            ),
        ));
    }
    if let Some(regime) = policy.regime.filter(|regime| keep < regime.keep()) {
        return Err(refused(
            name,
            format!(
                "it keeps entries for {}, but {regime:?} demands {}",
                text(keep),
                text(regime.keep())
            ),
        ));
    }
    Ok(())
}

fn check_two(earlier: &Policy, later: &Policy) -> Result<(), Error> {
    if earlier.name == later.name {
        return Err(refused(&later.name, "two policies have this name"));
    }
    if earlier.rank() != later.rank() {
        return Ok(());
    }
    let entity_type = shared(&earlier.types, &later.types);
    let action = shared(&earlier.actions, &later.actions);
    let of = match (entity_type, action) {
        (Some(""), Some("")) => "the remaining entries".to_owned(),
        (Some(entity_type), Some("")) => format!("entries of type {entity_type}"),
        (Some(""), Some(action)) => format!("{action} entries"),
        (Some(entity_type), Some(action)) => format!("{action} entries of type {entity_type}"),
        _ => return Ok(()),
    };
    Err(refused(
        &later.name,
        format!("both it and `{}` are for {of}", earlier.name),
    ))
}

/// A text that is in both; "" if both are empty.
fn shared<'a>(one: &'a [String], other: &[String]) -> Option<&'a str> {
    if one.is_empty() && other.is_empty() {
        return Some("");
    }
    one.iter()
        .find(|text| other.contains(text))
        .map(String::as_str)
}

/// An age as text, in days if they are whole.
pub(super) fn text(age: std::time::Duration) -> String {
    match age.as_secs() {
        seconds if seconds % DAY_SECONDS == 0 => format!("{} days", seconds / DAY_SECONDS),
        seconds => format!("{seconds} seconds"),
    }
}

pub(super) fn refused(policy: &str, problem: impl Into<String>) -> Error {
    Error::PolicyRefused {
        policy: policy.to_owned(),
        problem: problem.into(),
    }
}

const DAY_SECONDS: u64 = super::DAY.as_secs();
const LONGEST: std::time::Duration = std::time::Duration::from_secs(1000 * 366 * DAY_SECONDS);
