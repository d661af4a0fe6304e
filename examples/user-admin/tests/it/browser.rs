//! Headless Chromium, driven by WebDriver.

use std::{
    env, fs,
    io::{self, BufRead, BufReader, ErrorKind, Write, stderr},
    iter,
    panic::{AssertUnwindSafe, resume_unwind},
    path::PathBuf,
    process::{self, Child, Command, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
};

use fantoccini::{Client, ClientBuilder};
use futures_util::FutureExt;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;

/// Runs a scenario in a new browser, or reports that there is none.
pub fn run(scenario: impl AsyncFnOnce(&Client)) {
    run_with(&[], scenario);
}

/// Like `run`, for a reader who prefers dark pages.
pub fn run_in_the_dark(scenario: impl AsyncFnOnce(&Client)) {
    run_with(&["--blink-settings=preferredColorScheme=0"], scenario);
}

#[tokio::main]
async fn run_with(arguments: &[&str], scenario: impl AsyncFnOnce(&Client)) {
    let driver = match Driver::start() {
        Ok(driver) => driver,
        Err(error) if error.kind() != ErrorKind::NotFound => panic!("chromedriver: {error}"),
        Err(_) if env::var("CI").is_ok_and(|ci| ci == "true") => panic!("there is no chromedriver"),
        Err(_) => {
            // Not `eprintln!`, whose output the harness captures.
            let _ = writeln!(
                stderr(),
                "NOT RUN: there is no chromedriver to test the pages with"
            );
            return;
        }
    };
    let client = driver.open(arguments).await;
    let outcome = AssertUnwindSafe(scenario(&client)).catch_unwind().await;
    // Before the driver ends, which would leave the browser running.
    client.close().await.unwrap();
    if let Err(panic) = outcome {
        resume_unwind(panic);
    }
}

struct Driver {
    process: Child,
    port: u16,
    profile: PathBuf,
}

impl Driver {
    fn start() -> io::Result<Self> {
        static COUNTER: AtomicUsize = AtomicUsize::new(0);
        let counter = COUNTER.fetch_add(1, Ordering::Relaxed);
        // The driver gives up if the port that it picks is taken on IPv4 or IPv6.
        const ATTEMPTS: usize = 10;
        let mut attempts = iter::repeat_with(start_once).take(ATTEMPTS);
        let (process, port) = attempts
            .find_map(Result::transpose)
            .expect("chromedriver finds a port")?;
        Ok(Self {
            process,
            port,
            profile: env::temp_dir().join(format!("user-admin {} {counter}", process::id())),
        })
    }

    async fn open(&self, more: &[&str]) -> Client {
        let profile = format!("--user-data-dir={}", self.profile.display());
        let mut arguments = vec![
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=1200,900",
            &profile,
        ];
        arguments.extend(more);
        let options = json!({ "args": arguments });
        let capabilities = [("goog:chromeOptions".to_owned(), options)];
        ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities.into_iter().collect())
            .connect(&format!("http://127.0.0.1:{}", self.port))
            .await
            .unwrap()
    }
}

/// Returns `None` if the driver ended without a port.
fn start_once() -> io::Result<Option<(Child, u16)>> {
    let mut process = Command::new("chromedriver")
        .arg("--port=0")
        .stdout(Stdio::piped())
        .spawn()?;
    let output = process.stdout.take().unwrap();
    let port = BufReader::new(output).lines().find_map(|line| {
        let line = line.unwrap();
        let (_, port) = line.split_once("started successfully on port ")?;
        port.trim_end_matches('.').parse().ok()
    });
    if port.is_none() {
        process.wait()?;
    }
    Ok(port.map(|port| (process, port)))
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.profile);
    }
}
