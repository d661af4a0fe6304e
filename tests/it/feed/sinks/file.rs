use std::{
    fs::{self, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
};

use audit_runtime::feed::{Batch, Format, RotatedFile, Sink};

use super::{super::LOG, super::csv, super::json_lines, all, batch, large, messages};

/// A folder that is removed after the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("audit_test_{}_{name}", std::process::id()));
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn names(&self) -> Vec<String> {
        let files = fs::read_dir(&self.0).unwrap();
        let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.filter(|name| !name.starts_with('.')).collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn lines(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(String::from).collect()
}

#[tokio::test]
async fn a_file_has_every_line() {
    let folder = Folder::new("every");
    let path = folder.file("audit.jsonl");
    let mut sink = RotatedFile::new(json_lines(), &path);
    sink.deliver(&batch()).await.unwrap();
    assert_eq!(lines(&path), messages(&json_lines()));
    sink.deliver(&batch()).await.unwrap();
    assert_eq!(lines(&path).len(), 2 * all().len());
    assert_eq!(folder.names(), ["audit.jsonl"]);
}

#[tokio::test]
async fn a_full_file_makes_way() {
    let folder = Folder::new("full");
    let path = folder.file("audit.csv");
    let mut sink = RotatedFile::new(csv(), &path).max_bytes(1);
    for entry in all() {
        sink.deliver(&Batch::new(LOG, [entry])).await.unwrap();
    }
    // Again, as after a position was reset.
    for entry in all() {
        sink.deliver(&Batch::new(LOG, [entry])).await.unwrap();
    }
    let names = folder.names();
    let mut expected = vec!["audit.00000000000000000042.csv".to_owned()];
    for id in 43..=48 {
        expected.push(format!("audit.{id:020}-2.csv"));
        expected.push(format!("audit.{id:020}.csv"));
    }
    expected.push("audit.csv".to_owned());
    assert_eq!(names, expected);
    let header = csv().header().unwrap();
    let mut records = 0;
    for name in &names {
        let text = fs::read_to_string(folder.file(name)).unwrap();
        let parsed = super::super::parse::csv(&text);
        assert_eq!(parsed[0].join(","), header.trim_end());
        records += parsed.len() - 1;
    }
    assert_eq!(records, 2 * all().len());

    // Entries that fit are appended to the same file.
    let mut sink = sink.max_bytes(1 << 20);
    sink.deliver(&Batch::new(LOG, [large(10_000)]))
        .await
        .unwrap();
    assert_eq!(folder.names(), expected);
}

#[tokio::test]
async fn a_torn_line_is_taken_away() {
    let folder = Folder::new("torn");
    let path = folder.file("audit.jsonl");
    let mut sink = RotatedFile::new(json_lines(), &path);
    sink.deliver(&batch()).await.unwrap();
    let torn = "x".repeat(100_000);
    let mut file = OpenOptions::new().append(true).open(&path).unwrap();
    file.write_all(torn.as_bytes()).unwrap();
    sink.deliver(&batch()).await.unwrap();
    let expected = [messages(&json_lines()), messages(&json_lines())].concat();
    assert_eq!(lines(&path), expected);

    fs::write(&path, "torn").unwrap();
    sink.deliver(&batch()).await.unwrap();
    assert_eq!(lines(&path), messages(&json_lines()));
}

#[tokio::test]
async fn two_writers_take_turns() {
    let folder = Folder::new("turns");
    let path = folder.file("audit.jsonl");
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let mut sink = RotatedFile::new(json_lines(), &path).max_bytes(20_000);
        writers.spawn(async move {
            for _ in 0..10 {
                sink.deliver(&batch()).await.unwrap();
            }
        });
    }
    writers.join_all().await;
    let mut all: Vec<_> = folder
        .names()
        .iter()
        .flat_map(|name| lines(&folder.file(name)))
        .collect();
    assert_eq!(all.len(), 40 * messages(&json_lines()).len());
    all.sort();
    all.dedup();
    let mut expected = messages(&json_lines());
    expected.sort();
    assert_eq!(all, expected);
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_a_failure() {
    let mut sink = RotatedFile::new(json_lines(), "/nowhere/audit.jsonl");
    let error = sink.deliver(&batch()).await.unwrap_err();
    assert!(error.to_string().starts_with("No such file or directory"));
}
