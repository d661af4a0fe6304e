//! The arguments of the commands that change what is kept: guards, holds and erasure.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand, ValueEnum};

use super::{
    super::{filter::actor, span::Span},
    value::part,
};
use crate::{Actor, schema::GuardMode};

#[derive(Clone, Copy, Debug, Subcommand)]
pub(in crate::cli) enum Guard {
    /// Install the guard of each entity, or replace it
    Install {
        /// What it does with a change that has no entry
        #[arg(long, value_enum)]
        mode: Mode,
    },
    /// Remove the guard of each entity
    Remove,
    /// Make entries of what guards have noted and no transaction has collected
    Collect,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(in crate::cli) enum Mode {
    /// Refuse it
    Enforce,
    /// Record it
    Capture,
}

impl From<Mode> for GuardMode {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Enforce => Self::Enforce,
            Mode::Capture => Self::Capture,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Hold {
    /// Place a hold
    Add {
        /// Why, such as the number of the case
        #[arg(long)]
        reason: String,
        /// Entries about this type
        #[arg(long = "type", value_name = "TYPE")]
        entity_type: Option<String>,
        /// Entries about this row of the type
        #[arg(long = "id", value_name = "ID", requires = "entity_type")]
        entity_id: Option<String>,
        /// Entries by this actor, as KIND:ID
        #[arg(long, id = "by", value_parser = actor, value_name = "ACTOR")]
        by: Option<Actor>,
        /// Entries recorded at this time or later
        #[arg(long, value_name = "TIME")]
        since: Option<Span>,
        /// Entries recorded until this time
        #[arg(long, value_name = "TIME")]
        until: Option<Span>,
    },
    /// Release a hold
    Release {
        /// Its number, as `hold list` shows it
        id: i64,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// The holds that are in force
    List,
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("whose").required(true).args(["entity_type", "by"])))]
pub(in crate::cli) struct Erase {
    #[command(flatten)]
    pub(in crate::cli) policies: Policies,
    /// Entries about a row of this type
    #[arg(long = "type", value_name = "TYPE", requires = "entity_id")]
    pub(in crate::cli) entity_type: Option<String>,
    /// The row of the type
    #[arg(long = "id", value_name = "ID", requires = "entity_type")]
    pub(in crate::cli) entity_id: Option<String>,
    /// A field to erase, in place of those that the entity says are erasable
    #[arg(long = "field", value_name = "FIELD", requires = "entity_type")]
    pub(in crate::cli) fields: Vec<String>,
    /// Entries by this actor, as KIND:ID: their name, address, user agent and session
    #[arg(long, id = "by", value_parser = actor, value_name = "ACTOR", conflicts_with = "entity_type")]
    pub(in crate::cli) by: Option<Actor>,
    /// Also the reasons and the metadata of these entries
    #[arg(long)]
    pub(in crate::cli) texts: bool,
    /// Why, such as the number of the request
    #[arg(long)]
    pub(in crate::cli) reason: String,
    /// The part of the time in which it works, so that others have room
    #[arg(long, default_value_t = 0.1, value_parser = part, value_name = "PART")]
    pub(in crate::cli) pace: f64,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Policies {
    /// The policies, a file in TOML
    #[arg(long, env = "AUDIT_POLICIES", value_name = "FILE")]
    pub(in crate::cli) policies: PathBuf,
}
