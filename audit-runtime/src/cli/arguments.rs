//! The arguments of the command line.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use uuid::Uuid;

use super::{
    filter::{Filter, actor},
    span::Span,
};
use crate::{
    Actor,
    replay::Position,
    schema::{Dialect, GuardMode, doctor::Code},
};

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

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// The history of one row, oldest first
    History {
        /// Its type in the log, such as User
        entity_type: String,
        /// Its id in the log, such as 7
        entity_id: String,
        /// The row as it was at this time, as far as its entries tell
        #[arg(long, value_name = "TIME")]
        at: Option<Span>,
    },
    /// What an actor did, newest first
    Who {
        /// The actor, as KIND:ID
        #[arg(value_parser = actor)]
        actor: Actor,
        #[command(flatten)]
        filter: Filter,
        #[command(flatten)]
        limit: Limit,
    },
    /// Entries, newest first
    Log {
        #[command(flatten)]
        filter: Filter,
        /// Keep entries by this actor, as KIND:ID
        #[arg(long, id = "by", value_parser = actor, value_name = "ACTOR")]
        by: Option<Actor>,
        #[command(flatten)]
        limit: Limit,
        /// The newest in order of time, and then each that comes
        #[arg(short, long)]
        follow: bool,
    },
    /// The last entries, and with --follow each that comes
    Tail {
        #[command(flatten)]
        filter: Filter,
        /// Keep entries by this actor, as KIND:ID
        #[arg(long, id = "by", value_parser = actor, value_name = "ACTOR")]
        by: Option<Actor>,
        /// How many
        #[arg(short = 'n', long, default_value_t = 10, value_name = "COUNT")]
        lines: u64,
        /// Wait for more
        #[arg(short, long)]
        follow: bool,
    },
    /// Write all entries that match into a file, and leave an EXPORT entry
    Export {
        #[command(flatten)]
        filter: Filter,
        /// Keep entries by this actor, as KIND:ID
        #[arg(long, id = "by", value_parser = actor, value_name = "ACTOR")]
        by: Option<Actor>,
        /// The file, which must not exist; its SHA-256 is put beside it. Without it, the standard output
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
        /// Why, for the EXPORT entry
        #[arg(long)]
        reason: Option<String>,
    },
    /// Install the audit log in the database
    Install {
        /// Print the statements for this database instead
        #[arg(long, value_enum, value_name = "DATABASE")]
        print: Option<Product>,
        /// Retention, too: let entries be purged by these policies
        #[arg(long, value_name = "FILE", conflicts_with = "print")]
        policies: Option<PathBuf>,
    },
    /// Examine the database: what endangers the log, why, and what mends it
    Doctor {
        /// Leave out findings of this code, which are known
        #[arg(long, value_name = "CODE", value_parser = code)]
        accept: Vec<Code>,
        /// The account owns the log and is not the application's: leave out what it may do itself
        #[arg(long)]
        owner: bool,
        /// Compare each row with its entries, too, as `replay` does
        #[arg(long)]
        replay: bool,
    },
    /// What the log keeps of the application's entities: policies, allowlists, guards, and what is not audited
    ///
    /// Guards are known if a database is named.
    Coverage {
        /// Write it as a manifest into this file, and keep what is not known now from the one that is there
        #[arg(long, value_name = "FILE", conflicts_with = "check")]
        write: Option<PathBuf>,
        /// Compare it with this manifest: 1 is returned if anything is loosened or new
        #[arg(long, value_name = "FILE")]
        check: Option<PathBuf>,
    },
    /// The guards of the application's entities: they refuse or record what bypasses the library
    #[command(subcommand)]
    Guard(Guard),
    /// Compare the log with the tables of the application's entities: rows that it does not explain
    Replay {
        /// These types alone, such as User
        #[arg(value_name = "TYPE")]
        types: Vec<String>,
        /// Leave out rows without an entry: the tables were there before the log
        #[arg(long)]
        accept_unlogged: bool,
        /// Go on where an earlier replay ended, as it said
        #[arg(long, value_parser = position, value_name = "POSITION")]
        from: Option<Position>,
        /// The part of the time in which it works, so that others have room
        #[arg(long, default_value_t = 1.0, value_parser = part, value_name = "PART")]
        pace: f64,
    },
    /// Show what a purge would delete, as a plan that `purge` takes
    Plan {
        #[command(flatten)]
        policies: Policies,
        /// The file for the plan, which must not exist
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Approve a plan of somebody else
    Approve {
        #[command(flatten)]
        policies: Policies,
        /// The plan's file
        plan: PathBuf,
        /// Why, for the APPROVE entry
        #[arg(long)]
        reason: Option<String>,
    },
    /// Delete what a plan says, and leave PURGE entries
    Purge {
        #[command(flatten)]
        policies: Policies,
        /// The plan's file
        plan: PathBuf,
        /// Why, for the PURGE entries
        #[arg(long)]
        reason: Option<String>,
        /// The plan's id, to be typed once more where nobody is asked
        #[arg(long, value_name = "ID")]
        plan_id: Option<String>,
        /// The part of the time in which it works, so that others have room
        #[arg(long, default_value_t = 0.1, value_parser = part, value_name = "PART")]
        pace: f64,
    },
    /// Do what a scheduler does: move entries to the archive, and delete what has reached its age
    #[cfg(feature = "archive")]
    Archive {
        #[command(flatten)]
        policies: Policies,
        /// Why, for the PURGE entries
        #[arg(long)]
        reason: Option<String>,
        /// The part of the time in which it works, so that others have room
        #[arg(long, default_value_t = 0.1, value_parser = part, value_name = "PART")]
        pace: f64,
    },
    /// Copy entries of the archive into a table, audit_restored_NAME, and leave a RESTORE entry
    #[cfg(feature = "archive")]
    Restore {
        /// The name of the table
        name: String,
        /// The month or day, or the first of a span that --until ends
        #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
        since: Span,
        /// Until this time; a day or month counts whole
        #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
        until: Option<Span>,
        /// Why, for the RESTORE entry
        #[arg(long)]
        reason: String,
    },
    /// Take what tells of a person out of entries, in the log and in the archive, and leave ERASE entries
    Erase(Erase),
    /// Keep entries from every purge
    #[command(subcommand)]
    Hold(Hold),
    /// Print a script that completes arguments in a shell
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: Shell,
    },
    /// Print the manual page
    Man,
}

#[derive(Clone, Copy, Debug, Subcommand)]
pub(super) enum Guard {
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
pub(super) enum Mode {
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
pub(super) enum Hold {
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
pub(super) struct Erase {
    #[command(flatten)]
    pub(super) policies: Policies,
    /// Entries about a row of this type
    #[arg(long = "type", value_name = "TYPE", requires = "entity_id")]
    pub(super) entity_type: Option<String>,
    /// The row of the type
    #[arg(long = "id", value_name = "ID", requires = "entity_type")]
    pub(super) entity_id: Option<String>,
    /// A field to erase, in place of those that the entity says are erasable
    #[arg(long = "field", value_name = "FIELD", requires = "entity_type")]
    pub(super) fields: Vec<String>,
    /// Entries by this actor, as KIND:ID: their name, address, user agent and session
    #[arg(long, id = "by", value_parser = actor, value_name = "ACTOR", conflicts_with = "entity_type")]
    pub(super) by: Option<Actor>,
    /// Also the reasons and the metadata of these entries
    #[arg(long)]
    pub(super) texts: bool,
    /// Why, such as the number of the request
    #[arg(long)]
    pub(super) reason: String,
    /// The part of the time in which it works, so that others have room
    #[arg(long, default_value_t = 0.1, value_parser = part, value_name = "PART")]
    pub(super) pace: f64,
}

#[derive(Debug, Args)]
pub(super) struct Policies {
    /// The policies, a file in TOML
    #[arg(long, env = "AUDIT_POLICIES", value_name = "FILE")]
    pub(super) policies: PathBuf,
}

#[derive(Clone, Copy, Debug, Args)]
pub(super) struct Limit {
    /// At most so many; 0 for all
    #[arg(short = 'n', long, default_value_t = 50, value_name = "COUNT")]
    pub(super) limit: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum OutputFormat {
    /// Sentences
    Text,
    /// JSON, an entry a line
    Jsonl,
    /// For spreadsheets
    Csv,
    /// The Open Cybersecurity Schema Framework
    Ocsf,
    /// CloudEvents 1.0
    Cloudevents,
    /// RFC 5424
    Syslog,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Product {
    Postgres,
    Mysql,
    Mariadb,
    Sqlite,
}

impl From<Product> for Dialect {
    fn from(product: Product) -> Self {
        match product {
            Product::Postgres => Self::Postgres,
            Product::Mysql => Self::MySql,
            Product::Mariadb => Self::MariaDb,
            Product::Sqlite => Self::Sqlite,
        }
    }
}

fn code(text: &str) -> Result<Code, String> {
    let known = || Code::ALL.iter().copied();
    known()
        .find(|code| code.as_str().eq_ignore_ascii_case(text))
        .ok_or_else(|| {
            let codes: Vec<_> = known().map(Code::as_str).collect();
            format!("the codes are {}", codes.join(", "))
        })
}

fn part(text: &str) -> Result<f64, String> {
    let part = text.parse().ok().filter(|part| *part > 0.0 && *part <= 1.0);
    part.ok_or_else(|| "write a part of 1, such as 0.5".to_owned())
}

fn position(text: &str) -> Result<Position, String> {
    serde_json::from_str(text).map_err(|_| "give what the earlier replay said".to_owned())
}
