//! The problem of an installed guard.

use super::{
    super::{
        super::{entities::AuditedTable, guard::GuardMode},
        report::{Code, Severity},
    },
    Expected, Found, Possible,
    stamp::Stamp,
};
use crate::dialect::Dialect;

pub(super) type Judgement = (Code, Severity, String, &'static str);

pub(super) fn judged(
    dialect: Dialect,
    table: &AuditedTable,
    found: &Found,
    possible: &Possible,
    wanted: Option<GuardMode>,
) -> Option<Judgement> {
    let all = possible.iter().map(|(mode, statements)| {
        let expected = Expected::of(dialect, statements, &found.places);
        (*mode, expected)
    });
    let all: Vec<_> = all.collect();
    let (_, any) = all.first()?;
    let version = any.bodies().find_map(Stamp::of)?.version;
    let stamps: Vec<_> = found.bodies(any).filter_map(Stamp::of).collect();
    if stamps.iter().any(|stamp| stamp.version > version) {
        let what = "has a guard of a later version of this crate".to_owned();
        let why = "A later release runs beside this one: upgrade";
        return Some((Code::GuardNewer, Severity::Note, what, why));
    }
    if stamps.iter().any(|stamp| stamp.version < version) {
        let what = "has a guard of an earlier version of this crate".to_owned();
        let why = "It may refuse or record otherwise than this one";
        return Some((Code::GuardOutdated, Severity::Warning, what, why));
    }
    let installed = stamps.iter().find_map(|stamp| stamp.mode).or(wanted);
    let of_mode = all.iter().find(|(mode, _)| Some(*mode) == installed);
    let (installed, expected) = of_mode.or(all.first())?;
    let problems = found.problems(expected);
    if !problems.is_empty() {
        let fields = found.other_fields(table, expected);
        let what = format!(
            "has a guard that differs from the one that this build installs: {}{fields}",
            problems.join(", ")
        );
        let why = "It lets changes pass, or records them otherwise than the entity says today";
        return Some((Code::GuardChanged, Severity::Error, what, why));
    }
    if wanted.is_some_and(|wanted| wanted != *installed) {
        let what = format!("has a guard in mode {installed:?}");
        let why = "Another mode is asked for";
        return Some((Code::GuardMode, Severity::Warning, what, why));
    }
    None
}
