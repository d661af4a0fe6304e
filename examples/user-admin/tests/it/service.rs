//! Runs the program, on a free port.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

pub struct Service {
    process: Child,
    pub address: String,
    /// The names and passwords of a new database.
    pub logins: Vec<(String, String)>,
}

impl Service {
    /// Starts the program, with a database in memory if no URL is given.
    pub fn start(database: Option<&str>, arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_user-admin"));
        command
            .args(["--port", "0"])
            .args(arguments)
            .env_remove("DATABASE_URL")
            .stdout(Stdio::piped());
        if let Some(url) = database {
            command.env("DATABASE_URL", url);
        }
        let mut process = command.spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut line = || lines.next().expect("a line more").unwrap();
        let address = line();
        let mut logins = Vec::new();
        while logins.len() < 2 {
            let line = line();
            match line.split_whitespace().collect::<Vec<_>>()[..] {
                [_, username, password] => logins.push((username.to_owned(), password.to_owned())),
                _ => {
                    assert!(line.starts_with("The accounts are those"), "{line}");
                    break;
                }
            }
        }
        Self {
            process,
            address,
            logins,
        }
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    pub fn password(&self, username: &str) -> &str {
        let login = self.logins.iter().find(|(name, _)| name == username);
        &login.expect("a sample login").1
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
