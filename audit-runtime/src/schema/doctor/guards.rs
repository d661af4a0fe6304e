//! The guard of an audited entity: whether it is there, whole, of today's entity and of this version.
//!
//! What it should be is read from the statements that install it, so that there is no second list.

mod expected;
mod installed;
mod postgres;
mod triggers;

use std::collections::BTreeSet;

use sea_orm::DatabaseConnection;

pub(crate) use self::installed::installed_guard;
use super::{
    super::{
        entities::{AuditedTable, TableColumn},
        guard::GuardMode,
        privilege::may_on,
    },
    report::{Code, Finding, Severity},
    tables::name,
};
use crate::{Error, dialect::Dialect};

/// Looks at the guard of a table, and tells whether it has one.
pub(super) async fn examine(
    db: &DatabaseConnection,
    dialect: Dialect,
    table: &AuditedTable,
    wanted: Option<GuardMode>,
    findings: &mut Vec<Finding>,
) -> Result<bool, Error> {
    // Where triggers are hidden, the log's finding says so.
    if dialect.hides_triggers() && !may_on(db, "TRIGGER", table.schema(), table.table()).await? {
        return Ok(false);
    }
    let possible = possible(db, table).await?;
    let Some((_, first)) = possible.first() else {
        return Ok(false);
    };
    let found = Found::of(db, dialect, table).await?;
    let any = Expected::of(dialect, first, &found.places);
    let installed = found.bodies(&any).find_map(|body| Stamp::of(body)?.mode);
    let mode = wanted.or(installed);
    let of_mode = possible.iter().find(|(of, _)| Some(*of) == mode);
    let Some((mode, mend)) = of_mode.or(possible.first()) else {
        return Ok(false);
    };
    let call = format!(
        "audit_runtime::schema::install_guard::<{}>(&db, GuardMode::{mode:?})",
        table.entity()
    );
    let object = name(dialect, table);

    let bare = found.bare(&any);
    if !bare.is_empty() {
        let is_whole = bare.len() == found.parts.len();
        let what = match is_whole {
            true => "has no guard".to_owned(),
            false => format!("has partitions without a guard: {}", bare.join(", ")),
        };
        let severity = match wanted {
            None if is_whole => Severity::Warning,
            _ => Severity::Error,
        };
        let why = "What changes it without this library leaves no entry";
        let missing = Finding::new(Code::GuardMissing, severity, object, what, why);
        findings.push(missing.mended_by(mend.clone()).or_by(call));
        return Ok(!is_whole);
    }
    findings.extend(found.unseen.iter().map(|procedure| {
        Finding::new(
            Code::Unseen,
            Severity::Note,
            procedure,
            "is a procedure of guards whose text this account is not shown",
            "Examine once more by the account that installs the guards: Doctor::by_owner",
        )
    }));
    let judged = judged(dialect, table, &found, &possible, wanted);
    findings.extend(judged.map(|(code, severity, what, why)| {
        let finding = Finding::new(code, severity, object, what, why);
        match code {
            Code::GuardNewer => finding,
            _ => finding
                .mended_by(found.drops(mend, dialect).chain(mend.iter().cloned()))
                .or_by(call),
        }
    }));
    Ok(true)
}

/// The modes that the entity can have here, with the statements that install its guard. First what disturbs nobody.
type Possible = Vec<(GuardMode, Vec<String>)>;

async fn possible(db: &DatabaseConnection, table: &AuditedTable) -> Result<Possible, Error> {
    let mut possible = Vec::new();
    for mode in [GuardMode::Capture, GuardMode::Enforce] {
        match (table.guard_here)(db, mode).await {
            Ok(statements) => possible.push((mode, statements)),
            Err(Error::GuardUnsupported(_) | Error::GuardRefused { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(possible)
}

type Judgement = (Code, Severity, String, &'static str);

/// What is not as it should be with a guard that is there.
fn judged(
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
            "has a guard that is not as installed: {}{fields}",
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

/// The version and mode that the text of a guard tells.
struct Stamp {
    version: u32,
    mode: Option<GuardMode>,
}

impl Stamp {
    fn of(text: &str) -> Option<Self> {
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

/// A trigger or function: what it does, and how it is called.
#[derive(Debug, PartialEq, Eq)]
struct Object {
    name: String,
    body: String,
    how: String,
}

/// A table with its triggers.
struct Part {
    name: String,
    triggers: Vec<Object>,
}

/// A guard as it is in the database.
struct Found {
    /// The table; on PostgreSQL its partitions, too.
    parts: Vec<Part>,
    /// What guards have beside the tables: functions, and triggers of the log and of notes.
    beside: Vec<Object>,
    /// Procedures whose texts this account is not shown.
    unseen: Vec<String>,
    /// What the statements leave to the database: placeholders, and what stands for them.
    places: Vec<(&'static str, String)>,
}

/// A guard as it should be.
struct Expected {
    triggers: Vec<Object>,
    beside: Vec<Object>,
}

impl Expected {
    fn objects(&self) -> impl Iterator<Item = &Object> {
        self.triggers.iter().chain(&self.beside)
    }

    fn bodies(&self) -> impl Iterator<Item = &str> {
        self.objects().map(|object| &*object.body)
    }

    fn has(&self, found: &Object) -> bool {
        self.objects().any(|object| object.name == found.name)
    }
}

impl Found {
    async fn of(
        db: &DatabaseConnection,
        dialect: Dialect,
        table: &AuditedTable,
    ) -> Result<Self, Error> {
        match dialect {
            Dialect::Postgres => postgres::found(db, table).await,
            Dialect::MySql | Dialect::MariaDb | Dialect::Sqlite => {
                triggers::found(db, dialect, table).await
            }
        }
    }

    /// The parts that have no trigger of the guard's.
    fn bare(&self, expected: &Expected) -> Vec<&str> {
        let has_none = |part: &&Part| !part.triggers.iter().any(|found| expected.has(found));
        let bare = self.parts.iter().filter(has_none);
        bare.map(|part| &*part.name).collect()
    }

    /// What is done by all that is expected, and not by the guards of other entities.
    fn bodies(&self, expected: &Expected) -> impl Iterator<Item = &str> {
        let triggers = self.parts.iter().flat_map(|part| &part.triggers);
        let objects = triggers.chain(&self.beside);
        let of_it = objects.filter(|found| expected.has(found));
        of_it.map(|object| &*object.body)
    }

    /// What drops those beside the tables that are others: what installs a guard does not replace them there.
    fn drops(&self, statements: &[String], dialect: Dialect) -> impl Iterator<Item = String> {
        let expected = Expected::of(dialect, statements, &self.places).beside;
        let is_other = move |found: &&Object| {
            let same_name = expected.iter().find(|object| object.name == found.name);
            same_name.is_some_and(|object| object.body != found.body)
        };
        let others = match dialect {
            Dialect::Postgres => &[],
            Dialect::MySql | Dialect::MariaDb | Dialect::Sqlite => &*self.beside,
        };
        let others = others.iter().filter(is_other);
        others.map(|object| format!("DROP {} IF EXISTS {}", object.how, object.name))
    }

    fn problems(&self, expected: &Expected) -> Vec<String> {
        let beside = expected.beside.iter();
        let beside = beside.filter(|object| !self.unseen.contains(&object.name));
        let beside = beside.filter_map(|object| problem(object, &self.beside));
        let parts = self.parts.iter().flat_map(|part| {
            let triggers = expected.triggers.iter();
            let problems = triggers.filter_map(|object| problem(object, &part.triggers));
            problems.map(|problem| format!("{problem} (on {})", part.name))
        });
        beside.chain(parts).collect()
    }

    /// The fields of which a guard says something else. What this crate has not written says nothing of fields.
    fn other_fields(&self, table: &AuditedTable, expected: &Expected) -> String {
        let pairs = expected.objects().flat_map(|object| {
            let parts = self.parts.iter().flat_map(|part| &part.triggers);
            let found = parts.chain(&self.beside);
            let found = found.filter(|found| found.name == object.name);
            found.map(|found| (&*found.body, &*object.body))
        });
        let written = pairs.filter(|(found, _)| Stamp::of(found).is_some());
        let written: Vec<_> = written.collect();
        let is_other = |column: &&TableColumn| {
            let mut pairs = written.iter();
            pairs.any(|(found, expected)| told(found, column) != told(expected, column))
        };
        let fields = table.columns().iter().filter(is_other);
        let fields: Vec<_> = fields.map(|column| column.field).collect();
        match fields.is_empty() {
            true => String::new(),
            false => format!(
                "; what it says of {} is not what the entity says",
                fields.join(", ")
            ),
        }
    }
}

/// What a text says of a column: what stands around each of its names.
fn told<'a>(text: &'a str, column: &TableColumn) -> BTreeSet<(&'a str, &'a str)> {
    const AROUND: usize = 5;
    let names = ['"', '`'].map(|quote| format!("{quote}{}{quote}", column.name));
    let found = names.iter().flat_map(|name| text.match_indices(name));
    let around = found.map(|(at, name)| {
        let (before, after) = (&text[..at], &text[at + name.len()..]);
        let from = before.char_indices().rev().nth(AROUND - 1);
        let to = after.char_indices().nth(AROUND);
        (
            &before[from.map_or(0, |(at, _)| at)..],
            &after[..to.map_or(after.len(), |(at, _)| at)],
        )
    });
    around.collect()
}

fn problem(expected: &Object, found: &[Object]) -> Option<String> {
    let name = &expected.name;
    match found.iter().find(|found| found.name == *name) {
        None => Some(format!("{name} is missing")),
        Some(found) if found.body != expected.body => Some(format!("{name} is another")),
        Some(found) if found.how != expected.how => Some(format!("{name} is disabled or changed")),
        Some(_) => None,
    }
}
