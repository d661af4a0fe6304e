//! The command line.

pub const USAGE: &str = "usage: user-admin [--port PORT] [--with-vulnerable-endpoint]

  --port PORT                 listen on 127.0.0.1:PORT; default: 3000, and 0 takes any that is free
  --with-vulnerable-endpoint  add an endpoint that can be attacked, and leaves no trail

DATABASE_URL names a database to keep, such as sqlite://user-admin.sqlite3?mode=rwc,
postgres://postgres@localhost/users or mysql://root@localhost/users; default: SQLite, in memory.";

pub struct Arguments {
    pub port: u16,
    pub is_vulnerable: bool,
}

impl Arguments {
    /// Returns `None` if the user asked for the usage.
    pub fn parse() -> Result<Option<Self>, lexopt::Error> {
        use lexopt::{Arg, ValueExt};

        let mut arguments = Self {
            port: 3000,
            is_vulnerable: false,
        };
        let mut parser = lexopt::Parser::from_env();
        while let Some(argument) = parser.next()? {
            match argument {
                Arg::Long("port") => arguments.port = parser.value()?.parse()?,
                Arg::Long("with-vulnerable-endpoint") => arguments.is_vulnerable = true,
                Arg::Short('h') | Arg::Long("help") => return Ok(None),
                _ => return Err(argument.unexpected()),
            }
        }
        Ok(Some(arguments))
    }
}
