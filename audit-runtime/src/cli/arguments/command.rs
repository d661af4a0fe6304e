//! The commands and their arguments.

use std::path::PathBuf;

use clap::Subcommand;
use clap_complete::Shell;

use super::{
    super::{
        filter::{Filter, actor},
        span::Span,
    },
    keeping::{Erase, Guard, Hold, Policies},
    value::{Limit, Product, code, part, position},
};
use crate::{Actor, replay::Position, schema::doctor::Code};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Command {
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
