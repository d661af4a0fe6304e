//! The sink for a file that collectors read.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{Batch, Format, Sink, SinkError};

/// Appends entries in a format to a file, and starts a new file when it is full.
///
/// A batch is delivered when the file system has it: every delivery ends with `fsync`. A line that a crash cut short is
/// removed, and its entry is written again. [`Csv`](super::Csv) has line breaks within values, so part of an entry may
/// remain after a crash: prefer another format.
///
/// A full `audit.jsonl` is renamed to `audit.00000000000000000501.jsonl`, by the id of the first entry of the next
/// file. Nothing deletes it. A process holds a lock on `.audit.jsonl.lock` while it writes.
#[derive(Clone, Debug)]
pub struct RotatedFile<F> {
    format: F,
    files: Arc<Files>,
}

impl<F: Format> RotatedFile<F> {
    /// Creates the sink for a file at this path.
    pub fn new(format: F, path: impl Into<PathBuf>) -> Self {
        let files = Files {
            path: path.into(),
            most: 64 << 20,
        };
        Self {
            format,
            files: Arc::new(files),
        }
    }

    /// Sets the maximum size of a file, which a single batch may exceed. The default is 64 MiB.
    #[must_use]
    pub fn max_bytes(self, bytes: u64) -> Self {
        let files = Files {
            path: self.files.path.clone(),
            most: bytes,
        };
        Self {
            files: Arc::new(files),
            ..self
        }
    }
}

impl<F: Format> Sink for RotatedFile<F> {
    async fn deliver(&mut self, batch: &Batch) -> Result<(), SinkError> {
        let Some(first) = batch.entries().first() else {
            return Ok(());
        };
        let lines: String = batch
            .entries()
            .iter()
            .map(|entry| self.format.line(entry))
            .collect();
        let header = self.format.header().unwrap_or_default();
        let (files, first) = (self.files.clone(), first.id);
        let written = tokio::task::spawn_blocking(move || files.append(&header, &lines, first));
        written.await.map_err(SinkError::failed)??;
        Ok(())
    }
}

#[derive(Debug)]
struct Files {
    path: PathBuf,
    most: u64,
}

impl Files {
    fn append(&self, header: &str, lines: &str, first: i64) -> io::Result<()> {
        // A separate file, because a rotated file would take its lock along.
        let lock = OpenOptions::new()
            .create(true)
            .write(true)
            .truncate(false)
            .open(self.beside(".", ".lock"))?;
        lock.lock()?;
        let (mut file, mut length) = self.open()?;
        if length > 0 && length + lines.len() as u64 > self.most {
            drop(file);
            self.rotate(first)?;
            (file, length) = self.open()?;
        }
        if length == 0 {
            file.write_all(header.as_bytes())?;
        }
        file.write_all(lines.as_bytes())?;
        file.sync_data()
    }

    /// Opens the file without an incomplete last line, and returns it with its length.
    fn open(&self) -> io::Result<(File, u64)> {
        let is_new = !self.path.exists();
        let mut file = OpenOptions::new()
            .create(true)
            .read(true)
            .append(true)
            .open(&self.path)?;
        if is_new {
            self.sync_folder()?;
        }
        let length = file.metadata()?.len();
        let whole = end_of_last_line(&mut file, length)?;
        if whole < length {
            file.set_len(whole)?;
        }
        Ok((file, whole))
    }

    fn rotate(&self, first: i64) -> io::Result<()> {
        let mut full = self.full(&format!("{first:020}"));
        // The file exists if the position of the feed was moved back.
        for again in 2.. {
            if !full.exists() {
                break;
            }
            full = self.full(&format!("{first:020}-{again}"));
        }
        std::fs::rename(&self.path, full)?;
        self.sync_folder()
    }

    /// The path with this number before its extension.
    fn full(&self, number: &str) -> PathBuf {
        let extension = self.path.extension().unwrap_or_default();
        let mut name = self.path.file_stem().unwrap_or_default().to_owned();
        name.push(".");
        name.push(number);
        if !extension.is_empty() {
            name.push(".");
            name.push(extension);
        }
        self.path.with_file_name(name)
    }

    fn beside(&self, before: &str, after: &str) -> PathBuf {
        let mut name = std::ffi::OsString::from(before);
        name.push(self.path.file_name().unwrap_or_default());
        name.push(after);
        self.path.with_file_name(name)
    }

    /// Syncs the folder, so that a name survives a crash.
    fn sync_folder(&self) -> io::Result<()> {
        let folder = match self.path.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        if cfg!(unix) {
            File::open(folder)?.sync_all()?;
        }
        Ok(())
    }
}

/// The offset after the last line feed; 0 if there is none.
fn end_of_last_line(file: &mut File, length: u64) -> io::Result<u64> {
    let mut block = [0; 64 << 10];
    let mut end = length;
    while end > 0 {
        let begin = end.saturating_sub(block.len() as u64);
        let block = &mut block[..(end - begin) as usize];
        file.seek(SeekFrom::Start(begin))?;
        file.read_exact(block)?;
        if let Some(at) = block.iter().rposition(|byte| *byte == b'\n') {
            return Ok(begin + at as u64 + 1);
        }
        end = begin;
    }
    Ok(0)
}
