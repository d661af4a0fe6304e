//! Coverage: what the log keeps of each entity, as a manifest that you keep in your repository.
//!
//! One word in an attribute decides whether the log has a value. [`Coverage`] lists these decisions: every entity with
//! its table, the policy of each field, the erasable fields, the allowlists, the guard, and the entities that are not
//! audited. Its [manifest](Coverage::manifest) is a file next to the code. [`Coverage::check`] returns how the present
//! code differs from it, so that a test, or `audit coverage --check`, fails a build that keeps less than was agreed:
//!
//! ```standalone_crate
//! # mod user {
//! #     use audit_runtime::Audited;
//! #     use sea_orm::entity::prelude::*;
//! #     #[sea_orm::model]
//! #     #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
//! #     #[sea_orm(table_name = "users")]
//! #     #[audited(entity_type = "User", no_hooks)]
//! #     pub struct Model {
//! #         #[sea_orm(primary_key)]
//! #         pub id: i32,
//! #         #[audited(redact)]
//! #         pub email: String,
//! #         #[audited(update)]
//! #         pub role: String,
//! #     }
//! # }
//! use audit_runtime::{coverage::Coverage, entities};
//!
//! // In a test of the application, `include_str!("../audit-coverage.json")`.
//! let manifest = r#"{
//!     "version": 2,
//!     "entities": {
//!         "User": {
//!             "table": "users",
//!             "fields": { "email": "record", "id": "key", "role": "record" },
//!             "allowlists": { "Patch": ["role"] }
//!         }
//!     }
//! }"#;
//! let accepted: Coverage = manifest.parse()?;
//!
//! let differences = Coverage::of(&entities![user::Entity]).check(&accepted);
//! assert!(differences.are_loosened());
//! assert_eq!(
//!     differences.to_string(),
//!     "Loosened: User.email was record and is redact: \
//!      give it its policy back, so that the log keeps its values, or accept this with a new manifest",
//! );
//! # Ok::<_, audit_runtime::Error>(())
//! ```
//!
//! # What is loosened
//!
//! A difference is *loosened* if the log keeps less, shows more, or lets more be changed than the manifest accepts, or if
//! something new is not accepted yet. It fails the check. Any other difference is a note: the code is stricter than the
//! manifest, and a new manifest keeps it so.
//!
//! | | loosened | a note |
//! |---|---|---|
//! | entity | it is no longer in the list; it is new; its table is another | it has another name, and `was` has the earlier one |
//! | field | it is gone; it is new | it has another name, and `was` has the earlier one |
//! | policy | `record` → `redact`, `skip`; `redact` → `skip`: the log keeps less | |
//! | | `skip` → `redact`, `record`; `redact` → `record`: the log shows what was withheld | |
//! | | to or from `key`: rows have another identity in the log | |
//! | `erasable` | it is: an erasure takes its values out of the log; it no longer is: an erasure leaves them | |
//! | `was` | a former name is gone: older entries are not found by it, and not masked | it has one more |
//! | allowlist | it has one more field, or is new | it has one less, or is gone |
//! | `reason` | it is no longer required | it is required |
//! | guard | `enforce` → `capture` → `none` | the other way; the manifest knows it and this check does not |
//! | entities without audit | there is one more; this build does not know them, and the manifest does | there is one less |
//!
//! Guards are known if a database was [read](Coverage::with_guards). Entities without audit are known with the feature
//! `entity-registry`: those that SeaORM has registered in this program, of any crate, and that are not in the list.
//! This includes entities that a test defines. Unknown facts are not compared, except as the table says.
//!
//! # The manifest
//!
//! The manifest is indented JSON. Its order depends only on names:
//!
//! | key | |
//! |---|---|
//! | `version` | 2. A release that adds or changes a key increments it |
//! | `entities` | by the name in entries; if two have the same, each with its path: `User (shop::user::Entity)` |
//! | ‥ `table` | the table, with its schema if the entity names one |
//! | ‥ `fields` | by the name in the log: `key`, `record`, `redact` or `skip` |
//! | ‥ `erasable` | the fields of `#[audited(erasable)]`, or the key is absent |
//! | ‥ `allowlists` | by the name of the patch or draft: its fields |
//! | ‥ `reason_required` | `true`, or the key is absent |
//! | ‥ `former_names`, `former_fields` | what `was` has, or the key is absent |
//! | ‥ `guard` | `none`, `capture` or `enforce`; absent where it is not known |
//! | `unaudited` | the modules of entities without audit; absent where they are not known |
//!
//! A manifest with an unknown key, a duplicate key or another version is refused.

mod compare;
mod difference;
mod manifest;
mod names;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    str::FromStr,
};

use sea_orm::DatabaseConnection;
use serde::Serialize;

pub use self::difference::{Change, Difference, Differences};
use self::manifest::{Entity, Guard, Manifest};
use crate::{
    Error,
    audited::FieldPolicy,
    schema::{AuditedTable, Entities, installed_guard},
};

/// The coverage of an application's entities. `Display` is for people, `Serialize` writes the manifest.
///
/// See [the module](self).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
#[must_use = "a manifest does nothing until it is written or checked"]
pub struct Coverage(Manifest);

impl Coverage {
    /// Returns the coverage of these entities, without their guards.
    pub fn of(entities: &Entities) -> Self {
        #[cfg(feature = "entity-registry")]
        let unaudited = Some(crate::schema::unlisted(entities));
        #[cfg(not(feature = "entity-registry"))]
        let unaudited = None;
        let named = entities.iter().map(|table| {
            let name = name(table, entities);
            (name, Entity::of(table))
        });
        Self(Manifest {
            version: manifest::VERSION,
            entities: named.collect(),
            unaudited,
        })
    }

    /// Returns the coverage of these entities, with the guards that their tables have in this database.
    ///
    /// A guard that is missing on a partition, disabled or changed counts as none. MySQL and MariaDB show guards only to
    /// accounts with `TRIGGER` on the table; for any other the guard is not known.
    ///
    /// # Errors
    ///
    /// An error of the database when its catalog is read.
    pub async fn with_guards(entities: &Entities, db: &DatabaseConnection) -> Result<Self, Error> {
        let mut coverage = Self::of(entities);
        for table in entities.iter() {
            let guard = installed_guard(db, table).await?;
            if let Some(entity) = coverage.0.entities.get_mut(&name(table, entities)) {
                entity.guard = guard.map(Guard::from);
            }
        }
        Ok(coverage)
    }

    /// Fills in guards and entities without audit that are not known here from an earlier manifest.
    pub fn completed_by(mut self, earlier: &Self) -> Self {
        for (name, entity) in &mut self.0.entities {
            let known = earlier.0.entities.get(name).and_then(|known| known.guard);
            entity.guard = entity.guard.or(known);
        }
        let known = earlier.0.unaudited.clone();
        self.0.unaudited = self.0.unaudited.or(known);
        self
    }

    /// Returns the manifest as text for a file. It parses back into an equal `Coverage`.
    pub fn manifest(&self) -> String {
        self.0.to_string()
    }

    /// Returns the differences from the accepted coverage.
    pub fn check(&self, accepted: &Self) -> Differences {
        Differences::of(compare::compare(&self.0, &accepted.0))
    }
}

/// Reads a manifest.
///
/// # Errors
///
/// [`Error::ManifestRefused`]: it is incomplete, has another version, or has an unknown key or value.
impl FromStr for Coverage {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let manifest = Manifest::read(text).map_err(Error::ManifestRefused)?;
        Ok(Self(manifest))
    }
}

/// The name of an entity in a manifest.
fn name(table: &AuditedTable, entities: &Entities) -> String {
    let entity_type = table.entity_type();
    let mut others = entities
        .iter()
        .filter(|other| other.entity() != table.entity());
    if others.any(|other| other.entity_type() == entity_type) {
        return format!("{entity_type} ({})", table.entity());
    }
    entity_type.to_owned()
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (name, entity)) in self.0.entities.iter().enumerate() {
            if at > 0 {
                f.write_str("\n\n")?;
            }
            write!(f, "{name}, table {}", entity.table)?;
            for policy in [
                FieldPolicy::Key,
                FieldPolicy::Record,
                FieldPolicy::Redact,
                FieldPolicy::Skip,
            ] {
                let fields = entity.fields.iter().filter(|(_, of)| **of == policy);
                let fields: Vec<_> = fields.map(|(name, _)| name.as_str()).collect();
                if !fields.is_empty() {
                    write!(f, "\n  {policy}: {}", fields.join(", "))?;
                }
            }
            if !entity.erasable.is_empty() {
                write!(f, "\n  erasable: {}", list(&entity.erasable))?;
            }
            for (name, fields) in &entity.allowlists {
                write!(f, "\n  {name} sets: {}", list(fields))?;
            }
            if entity.reason_required {
                f.write_str("\n  a write needs a reason")?;
            }
            match entity.guard {
                Some(guard) => write!(f, "\n  guard: {guard}")?,
                None => f.write_str("\n  guard: not known")?,
            }
        }
        match &self.0.unaudited {
            Some(modules) if modules.is_empty() => f.write_str("\n\nEvery entity is audited."),
            Some(modules) => write!(f, "\n\nNot audited: {}", list(modules)),
            None => f.write_str("\n\nEntities without audit are not known."),
        }
    }
}

fn list(names: &BTreeSet<String>) -> String {
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    names.join(", ")
}

impl Entity {
    fn of(table: &AuditedTable) -> Self {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let columns = table.columns().iter();
        let fields = columns
            .clone()
            .map(|column| (column.field.to_owned(), column.policy));
        let erasable = columns.clone().filter(|column| column.is_erasable);
        let renamed = columns.filter(|column| !column.was.is_empty());
        let former_fields: BTreeMap<_, _> = renamed
            .map(|column| (column.field.to_owned(), owned(column.was)))
            .collect();
        let allowlists = table.allowlists().iter();
        let allowlists = allowlists.map(|(name, fields)| ((*name).to_owned(), owned(fields)));
        Self {
            table: match table.schema() {
                Some(schema) => format!("{schema}.{}", table.table()),
                None => table.table().to_owned(),
            },
            fields: fields.collect(),
            erasable: erasable.map(|column| column.field.to_owned()).collect(),
            allowlists: allowlists.collect(),
            reason_required: table.is_reason_required(),
            former_names: table.former_entity_types().iter().cloned().collect(),
            former_fields,
            guard: None,
        }
    }
}
