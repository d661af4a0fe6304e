//! The arguments of the command line.

mod command;
mod keeping;
mod value;

use clap::Parser;
use uuid::Uuid;

pub(super) use self::{
    command::Command,
    keeping::{Erase, Guard, Hold, Policies},
    value::OutputFormat,
};
use super::filter::actor;
use crate::Actor;

/// Read and keep the audit trail of a database
///
/// On a terminal, entries are sentences. Elsewhere, each is one line of JSON.
#[derive(Debug, Parser)]
#[command(name = "audit", version, after_help = EXIT_CODES, disable_help_subcommand = true)]
pub(super) struct Arguments {
    /// The database, such as postgres://user:password@host/name
    #[arg(
        long,
        env = "DATABASE_URL",
        hide_env_values = true,
        value_name = "URL",
        global = true
    )]
    pub(super) url: Option<String>,

    /// The form of the output; on a terminal `text`, elsewhere `jsonl`
    #[arg(long, value_enum, value_name = "FORMAT", global = true)]
    pub(super) format: Option<OutputFormat>,

    /// The UUID that the formats for other systems call this log by
    #[arg(long, env = "AUDIT_LOG_ID", value_name = "UUID", global = true)]
    pub(super) log_id: Option<Uuid>,

    /// Who you are in the entries of what you do here, as KIND:ID; `Cli:USER@HOST` unless it is given
    #[arg(long, env = "AUDIT_ACTOR", value_parser = actor, value_name = "ACTOR", global = true)]
    pub(super) actor: Option<Actor>,

    /// The archive, such as file:///var/lib/audit or s3://bucket/audit: it is read with the log
    #[cfg(feature = "archive")]
    #[arg(
        long,
        env = "AUDIT_ARCHIVE",
        hide_env_values = true,
        value_name = "URL",
        global = true
    )]
    pub(super) archive: Option<String>,

    #[command(subcommand)]
    pub(super) command: Command,
}

const EXIT_CODES: &str = "\
Exit codes: 0 done; 1 something was found; 2 wrong arguments; 3 the database is not reachable or not as \
expected; 6 refused (a floor, a hold, a plan that is out of date); 130 interrupted.";
