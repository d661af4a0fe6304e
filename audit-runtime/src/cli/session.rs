//! The session of a command.

use std::env;

use crate::{Actor, AuditContext};

pub(super) struct Session {
    pub(super) url: Option<String>,
    pub(super) actor: Actor,
}

impl Session {
    pub(super) fn context(&self, reason: Option<String>) -> AuditContext {
        let context = AuditContext::new(self.actor.clone()).service("audit");
        match reason {
            Some(reason) => context.reason(reason),
            None => context,
        }
    }
}

/// The account of the operating system, as `user@host`.
pub(super) fn operator() -> Actor {
    let of = |names: [&str; 2]| names.into_iter().find_map(|name| env::var(name).ok());
    let user = of(["USER", "USERNAME"]).unwrap_or_else(|| "unknown".to_owned());
    let host = of(["HOSTNAME", "COMPUTERNAME"]).or_else(|| {
        let name = std::fs::read_to_string("/etc/hostname").ok()?;
        Some(name.trim().to_owned())
    });
    Actor::new(
        "Cli",
        format!("{user}@{}", host.unwrap_or_else(|| "unknown".to_owned())),
    )
}
