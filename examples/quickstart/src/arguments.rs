//! The command line.

pub const USAGE: &str = "usage: quickstart [--db FILE] [--user NAME]

  --db FILE    keep the database in FILE, which may have been used before; default: in memory
  --user NAME  the name of the user who is made an admin; default: john.smith";

pub struct Arguments {
    pub database: String,
    pub user: String,
}

impl Arguments {
    /// Returns `None` if the user asked for the usage.
    pub fn parse() -> Result<Option<Self>, lexopt::Error> {
        use lexopt::{Arg, ValueExt};

        let mut arguments = Self {
            database: "sqlite::memory:".to_owned(),
            user: "john.smith".to_owned(),
        };
        let mut parser = lexopt::Parser::from_env();
        while let Some(argument) = parser.next()? {
            match argument {
                Arg::Long("db") => arguments.database = url(&parser.value()?.string()?),
                Arg::Long("user") => arguments.user = parser.value()?.string()?,
                Arg::Short('h') | Arg::Long("help") => return Ok(None),
                _ => return Err(argument.unexpected()),
            }
        }
        if arguments.user.trim().is_empty() {
            return Err("--user needs a name".into());
        }
        Ok(Some(arguments))
    }
}

/// In a URL, `%` and `?` are not part of the file's name unless they are escaped.
fn url(file: &str) -> String {
    let file = file.replace('%', "%25").replace('?', "%3F");
    format!("sqlite://{file}?mode=rwc")
}
