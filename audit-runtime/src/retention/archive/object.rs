//! An object of the store, as Parquet writes and reads it.

use std::{ops::Range, sync::Arc};

use bytes::Bytes;
use futures_util::{FutureExt, TryFutureExt, future::BoxFuture};
use object_store::{ObjectStore, ObjectStoreExt, buffered::BufWriter, path::Path};
use parquet::{
    arrow::{
        arrow_reader::ArrowReaderOptions, async_reader::AsyncFileReader,
        async_writer::AsyncFileWriter,
    },
    errors::{ParquetError, Result},
    file::metadata::{ParquetMetaData, ParquetMetaDataReader},
};
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;

/// An object that is hashed while it is written.
pub(super) struct Hashing {
    object: BufWriter,
    digest: Sha256,
    bytes: i64,
}

impl Hashing {
    pub(super) fn new(store: Arc<dyn ObjectStore>, path: Path) -> Self {
        Self {
            object: BufWriter::new(store, path),
            digest: Sha256::new(),
            bytes: 0,
        }
    }

    /// The number of bytes, and their SHA-256.
    pub(super) fn written(self) -> (i64, String) {
        (self.bytes, crate::text::hex(&self.digest.finalize()))
    }
}

impl AsyncFileWriter for Hashing {
    fn write(&mut self, part: Bytes) -> BoxFuture<'_, Result<()>> {
        self.digest.update(&part);
        self.bytes += part.len() as i64;
        self.object.put(part).map_err(external).boxed()
    }

    fn complete(&mut self) -> BoxFuture<'_, Result<()>> {
        async move { self.object.shutdown().await.map_err(external) }.boxed()
    }
}

/// An object that is read in parts.
pub(super) struct Reader {
    pub(super) store: Arc<dyn ObjectStore>,
    pub(super) path: Path,
    pub(super) bytes: u64,
}

impl AsyncFileReader for Reader {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, Result<Bytes>> {
        let part = self.store.get_range(&self.path, range);
        part.map_err(external).boxed()
    }

    fn get_byte_ranges(&mut self, ranges: Vec<Range<u64>>) -> BoxFuture<'_, Result<Vec<Bytes>>> {
        async move {
            let parts = self.store.get_ranges(&self.path, &ranges).await;
            parts.map_err(external)
        }
        .boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, Result<Arc<ParquetMetaData>>> {
        async move {
            let bytes = self.bytes;
            let metadata = ParquetMetaDataReader::new()
                .with_prefetch_hint(Some(FOOTER_BYTES))
                .with_arrow_reader_options(options)
                .load_and_finish(self, bytes)
                .await?;
            Ok(Arc::new(metadata))
        }
        .boxed()
    }
}

fn external(error: impl std::error::Error + Send + Sync + 'static) -> ParquetError {
    ParquetError::External(Box::new(error))
}

/// Most footers are shorter, so one request reads them.
const FOOTER_BYTES: usize = 64 << 10;
