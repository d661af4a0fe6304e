//! The version and mode in the text of a guard.

use super::super::super::guard::GuardMode;

pub(super) struct Stamp {
    pub(super) version: u32,
    pub(super) mode: Option<GuardMode>,
}

impl Stamp {
    pub(super) fn of(text: &str) -> Option<Self> {
        let (_, stamp) = text.split_once("audit-runtime guard ")?;
        let digits = stamp.find(|char: char| !char.is_ascii_digit())?;
        let mode = stamp[digits..].trim_start_matches([',', ' ']);
        let modes = [GuardMode::Enforce, GuardMode::Capture];
        Some(Self {
            version: stamp[..digits].parse().ok()?,
            mode: modes
                .into_iter()
                .find(|one| mode.starts_with(&format!("{one:?}"))),
        })
    }
}
