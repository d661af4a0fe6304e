//! The build time of `#[derive(Audited)]`: a crate of 100 entities with it, and the same without it.
//!
//! ```sh
//! cargo bench -p audit-tests --bench derive -- --json FILE
//! ```
//!
//! Both crates are generated in the target folder. Their dependencies are built once. Then each crate is built in turn,
//! from its changed source and without incremental compilation. Each ratio is of one round.
//!
//! The JSON is `{"derive":{"build":{"plain":1.0,"audited":1.1}}}`: the median of the time relative to plain, for
//! `cargo build` and for `cargo check`.

use std::{
    env,
    fmt::Write,
    fs, io,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    time::Instant,
};

use serde_json::json;

const ENTITIES: usize = 100;
const CRATES: [&str; 2] = ["plain", "audited"];
const ROUNDS: usize = 5;
const USAGE: &str = "\
cargo bench -p audit-tests --bench derive -- [--quick] [--json FILE]

    --quick        two rounds
    --json FILE    writes the ratios there; a relative FILE is under the workspace's root";

fn main() -> ExitCode {
    let (mut rounds, mut json) = (ROUNDS, None);
    let mut words = env::args().skip(1);
    while let Some(word) = words.next() {
        match (word.as_str(), &mut words) {
            ("--quick", _) => rounds = 2,
            ("--json", words) if json.is_none() => match words.next() {
                Some(file) => json = Some(workspace().join(file)),
                None => return refuse("--json needs a file"),
            },
            // An argument that cargo passes to every bench.
            ("--bench", _) => {}
            (other, _) => return refuse(&format!("`{other}` is not an option")),
        }
    }
    match measure(rounds, json.as_deref()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn refuse(error: &str) -> ExitCode {
    eprintln!("{error}\n\n{USAGE}");
    ExitCode::FAILURE
}

fn measure(rounds: usize, file: Option<&Path>) -> io::Result<()> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("derive-bench");
    generate(&folder)?;
    println!(
        "{ENTITIES} entities of {} columns, {rounds} rounds",
        COLUMNS.len() + 1
    );
    println!("time relative to plain: median (least–most)");

    let mut ratios = serde_json::Map::new();
    for command in ["build", "check"] {
        // Builds the dependencies, and everything else that is built once.
        for name in CRATES {
            cargo(&folder, command, name)?;
        }
        let mut times = Vec::new();
        for round in 0..rounds {
            let mut time = [0.0; CRATES.len()];
            for place in 0..CRATES.len() {
                let number = (round + place) % CRATES.len();
                time[number] = build_again(&folder, command, CRATES[number])?;
            }
            times.push(time);
        }
        let plain = median(times.iter().map(|[plain, _]| *plain).collect());
        let each: Vec<_> = times
            .iter()
            .map(|[plain, audited]| audited / plain)
            .collect();
        let least = each.iter().copied().fold(f64::INFINITY, f64::min);
        let most = each.iter().copied().fold(0.0, f64::max);
        let ratio = median(each);
        println!(
            "  cargo {command}: plain {plain:.2} s, audited {ratio:.3} ({least:.3}–{most:.3})"
        );
        ratios.insert(
            command.to_owned(),
            json!({ "plain": 1.0, "audited": (ratio * 10_000.0).round() / 10_000.0 }),
        );
    }
    if let Some(file) = file {
        fs::write(file, format!("{:#}\n", json!({ "derive": ratios })))?;
        println!("\nwritten to {}", file.display());
    }
    Ok(())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 {
        values[middle]
    } else {
        (values[middle - 1] + values[middle]) / 2.0
    }
}

/// The seconds to build the crate after a change of its source.
fn build_again(folder: &Path, command: &str, name: &str) -> io::Result<f64> {
    let source = folder.join(name).join("src/lib.rs");
    fs::write(&source, fs::read(&source)?)?;
    let started = Instant::now();
    cargo(folder, command, name)?;
    Ok(started.elapsed().as_secs_f64())
}

fn cargo(folder: &Path, command: &str, name: &str) -> io::Result<()> {
    let status = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args([command, "--quiet", "--offline", "--package", name])
        .current_dir(folder)
        .env("CARGO_INCREMENTAL", "0")
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .status()?;
    if status.success() {
        return Ok(());
    }
    Err(io::Error::other(format!(
        "cargo {command} of the crate `{name}` failed"
    )))
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn generate(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let members = CRATES.map(|name| format!("{name:?}")).join(", ");
    fs::write(
        folder.join("Cargo.toml"),
        format!("[workspace]\nresolver = \"3\"\nmembers = [{members}]\n"),
    )?;
    // The versions of this workspace.
    fs::copy(workspace().join("Cargo.lock"), folder.join("Cargo.lock"))?;
    for name in CRATES {
        let source = folder.join(name).join("src");
        fs::create_dir_all(&source)?;
        fs::write(folder.join(name).join("Cargo.toml"), manifest(name))?;
        let mut library = String::new();
        for number in 0..ENTITIES {
            writeln!(library, "pub mod entity_{number};").map_err(io::Error::other)?;
            fs::write(
                source.join(format!("entity_{number}.rs")),
                entity(number, name == "audited"),
            )?;
        }
        fs::write(source.join("lib.rs"), library)?;
    }
    Ok(())
}

fn manifest(name: &str) -> String {
    let runtime = workspace().join("audit-runtime");
    format!(
        r#"[package]
name = "{name}"
version = "0.0.0"
edition = "2024"

[dependencies]
audit-runtime = {{ path = {runtime:?} }}
sea-orm = {{ version = "2", default-features = false, features = ["macros", "with-chrono", "with-json", "with-uuid"] }}
"#
    )
}

/// The name, type and audit attribute of each column.
const COLUMNS: [(&str, &str, &str); 9] = [
    ("title", "String", "create, update(Editor, Admin), label"),
    ("status", "String", "update(Admin)"),
    ("note", "Option<String>", "create, update(Editor)"),
    ("amount", "i64", "create, update(Admin)"),
    ("rate", "f64", "record"),
    ("active", "bool", "update(Admin)"),
    ("owner", "Uuid", "record"),
    ("token", "String", "redact"),
    ("changed_at", "DateTimeUtc", "skip"),
];

fn entity(number: usize, audited: bool) -> String {
    let mut source = String::new();
    let (import, derive, attribute) = if audited {
        (
            "use audit_runtime::Audited;\n",
            ", Audited",
            "#[audited(no_hooks)]\n",
        )
    } else {
        ("", "", "")
    };
    source += import;
    source += "use sea_orm::entity::prelude::*;\n\n";
    source += "#[sea_orm::model]\n";
    source += &format!("#[derive(Clone, Debug, PartialEq, DeriveEntityModel{derive})]\n");
    source += &format!("#[sea_orm(table_name = \"table_{number}\")]\n{attribute}");
    source += "pub struct Model {\n    #[sea_orm(primary_key)]\n    pub id: i32,\n";
    for (name, kind, policy) in COLUMNS {
        if audited {
            source += &format!("    #[audited({policy})]\n");
        }
        source += &format!("    pub {name}: {kind},\n");
    }
    source += "}\n";
    if !audited {
        source += "\nimpl ActiveModelBehavior for ActiveModel {}\n";
    }
    source
}
