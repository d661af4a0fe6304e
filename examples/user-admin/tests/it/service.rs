//! The program itself, on a port of its own.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

pub struct Service {
    process: Child,
    pub address: String,
    admin: String,
    support: String,
}

impl Service {
    /// With an empty database, in memory if no URL is given.
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
        let mut password = |username: &str| {
            let line = line();
            let mut words = line.split_whitespace().skip(1);
            assert_eq!(words.next(), Some(username), "{line}");
            words.next().unwrap().to_owned()
        };
        let (admin, support) = (password("jane.doe"), password("john.smith"));
        Self {
            process,
            address,
            admin,
            support,
        }
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    pub fn password(&self, username: &str) -> &str {
        match username {
            "jane.doe" => &self.admin,
            "john.smith" => &self.support,
            _ => panic!("{username} is no sample login"),
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
