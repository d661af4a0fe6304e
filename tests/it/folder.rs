//! A temporary folder for a test.

use std::{
    env, fs,
    path::PathBuf,
    process,
    sync::atomic::{AtomicUsize, Ordering},
};

/// An empty folder that is removed after its test.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Self {
        static COUNTER: AtomicUsize = AtomicUsize::new(0);
        let counter = COUNTER.fetch_add(1, Ordering::Relaxed);
        let path = env::temp_dir().join(format!("audit_{}_{counter}", process::id()));
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    /// The path of a file in the folder.
    pub fn file(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }

    pub fn files(&self) -> Vec<String> {
        let files = fs::read_dir(&self.0).unwrap();
        let name = |file: fs::DirEntry| file.file_name().into_string().unwrap();
        let mut files: Vec<_> = files.map(|file| name(file.unwrap())).collect();
        files.sort();
        files
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
