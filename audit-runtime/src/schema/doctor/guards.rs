//! Examines the guard of an audited entity: that it is installed, complete, current and of this version.
//!
//! The expected guard is read from the statements that install it, so that there is no second list.

mod compare;
mod expected;
mod installed;
mod judge;
mod postgres;
mod stamp;
mod triggers;

use sea_orm::DatabaseConnection;

pub(crate) use self::installed::installed_guard;
use super::{
    super::{entities::AuditedTable, guard::GuardMode, privilege::may_on},
    report::{Code, Finding, Severity},
    tables::name,
};
use crate::{Error, dialect::Dialect};
use judge::judged;
use stamp::Stamp;

/// Examines the guard of a table, and returns whether it has one.
pub(super) async fn examine(
    db: &DatabaseConnection,
    dialect: Dialect,
    table: &AuditedTable,
    wanted: Option<GuardMode>,
    findings: &mut Vec<Finding>,
) -> Result<bool, Error> {
    // The log has a finding for hidden triggers.
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
            "is a procedure of guards whose text this account cannot see",
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

/// The modes that the entity can have here, with the statements that install its guard. The harmless mode is first.
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

/// A trigger or function: its body, and how it is called.
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
    /// The table, and on PostgreSQL its partitions.
    parts: Vec<Part>,
    /// The other objects of guards: functions, and triggers of the log and of notes.
    beside: Vec<Object>,
    /// Procedures whose texts are hidden from this account.
    unseen: Vec<String>,
    /// The placeholders of the statements, and their values.
    places: Vec<(&'static str, String)>,
}

/// The expected guard.
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
}
