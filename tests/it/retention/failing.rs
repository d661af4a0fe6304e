//! A store of the archive that fails.

use std::{
    fmt::{self, Display, Formatter},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use audit_runtime::retention::archive::object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result, memory::InMemory,
    path::Path,
};
use futures_util::{StreamExt, stream::BoxStream};

/// A store that fails from a given call on.
#[derive(Debug)]
pub struct Failing {
    store: Arc<InMemory>,
    /// The number of calls that still succeed.
    calls: AtomicUsize,
    is_done: bool,
}

impl Failing {
    /// The store answers `calls` calls. With `is_done`, it carries out later calls, and then fails.
    pub fn after(calls: usize, is_done: bool, store: &Arc<InMemory>) -> Self {
        Self {
            store: store.clone(),
            calls: AtomicUsize::new(calls),
            is_done,
        }
    }

    /// Whether this call fails, and whether it is carried out.
    fn fails(&self) -> (bool, bool) {
        let left = self
            .calls
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |calls| {
                calls.checked_sub(1)
            });
        (left.is_err(), left.is_ok() || self.is_done)
    }
}

fn failed<T>() -> Result<T> {
    Err(Error::Generic {
        store: "failing",
        source: "it fails".into(),
    })
}

impl Display for Failing {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("a failing store")
    }
}

#[async_trait]
impl ObjectStore for Failing {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        let (fails, is_done) = self.fails();
        if is_done {
            let put = self.store.put_opts(location, payload, options).await?;
            if !fails {
                return Ok(put);
            }
        }
        failed()
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        match self.fails() {
            (true, _) => failed(),
            _ => self.store.put_multipart_opts(location, options).await,
        }
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        match self.fails() {
            (true, _) => failed(),
            _ => self.store.get_opts(location, options).await,
        }
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        match self.fails() {
            (true, false) => futures_util::stream::once(async { failed() }).boxed(),
            (true, true) => {
                let deleted = self.store.delete_stream(locations);
                deleted.map(|_| failed()).boxed()
            }
            _ => self.store.delete_stream(locations),
        }
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.store.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.store.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.store.copy_opts(from, to, options).await
    }
}
