//! One Parquet file: writes it, and reads it in batches.

use arrow_array::{Int64Array, RecordBatch, TimestampMicrosecondArray};
use chrono::{DateTime, Utc};
use futures_util::TryStreamExt;
use object_store::{ObjectStoreExt, path::Path};
use parquet::{
    arrow::{
        AsyncArrowWriter, ParquetRecordBatchStreamBuilder, ProjectionMask,
        async_reader::ParquetRecordBatchStream,
    },
    basic::{Compression, Encoding, ZstdLevel},
    file::{metadata::KeyValue, metadata::SortingColumn, properties::WriterProperties},
    schema::types::ColumnPath,
};
use sea_orm::{Iden, Iterable};
use sha2::{Digest, Sha256};

use super::{
    Archive,
    columns::{self, FORMAT},
    log::ROWS,
    object::{Hashing, Reader},
};
use crate::{Error, audit_log::Column, text::hex};

/// The summary of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Content {
    pub(super) entries: i64,
    pub(super) first_id: i64,
    pub(super) last_id: i64,
    pub(super) first_at: DateTime<Utc>,
    pub(super) last_at: DateTime<Utc>,
    pub(super) bytes: i64,
    pub(super) sha256: String,
}

/// Writes a file. A dropped writer leaves nothing, or a part that is deleted with the file.
pub(super) struct Writer {
    file: String,
    writer: AsyncArrowWriter<Hashing>,
    content: Content,
}

impl Writer {
    pub(super) fn new(archive: &Archive, file: &str, policy: &str) -> Result<Self, Error> {
        let object = Hashing::new(archive.store.clone(), Path::from(file));
        let writer = AsyncArrowWriter::try_new(object, columns::schema(), Some(properties(policy)));
        Ok(Self {
            file: file.to_owned(),
            writer: writer.map_err(|error| Error::archive(file, error))?,
            content: Content::default(),
        })
    }

    pub(super) async fn write(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        self.content
            .include(batch)
            .map_err(|error| Error::archive(&self.file, error))?;
        let written = self.writer.write(batch).await;
        written.map_err(|error| Error::archive(&self.file, error))?;
        if self.writer.in_progress_size() > ROW_GROUP_BYTES {
            let flushed = self.writer.flush().await;
            flushed.map_err(|error| Error::archive(&self.file, error))?;
        }
        Ok(())
    }

    pub(super) async fn finish(mut self) -> Result<Content, Error> {
        let finished = self.writer.finish().await;
        finished.map_err(|error| Error::archive(&self.file, error))?;
        let (bytes, sha256) = self.writer.into_inner().written();
        Ok(Content {
            bytes,
            sha256,
            ..self.content
        })
    }
}

impl Content {
    fn include(&mut self, batch: &RecordBatch) -> Result<(), arrow_schema::ArrowError> {
        let ids: &Int64Array = columns::column(batch, Column::Id)?;
        let times: &TimestampMicrosecondArray = columns::column(batch, Column::RecordedAt)?;
        for (id, time) in ids.values().iter().zip(times.values()) {
            let time = DateTime::from_timestamp_micros(*time).unwrap_or_default();
            if self.entries == 0 {
                (self.first_id, self.first_at, self.last_at) = (*id, time, time);
            }
            self.entries += 1;
            self.last_id = *id;
            self.first_at = self.first_at.min(time);
            self.last_at = self.last_at.max(time);
        }
        Ok(())
    }
}

/// Reads a file in the order of its ids.
pub(super) async fn read(
    archive: &Archive,
    file: &str,
    bytes: i64,
) -> Result<ParquetRecordBatchStream<Reader>, Error> {
    read_columns(archive, file, bytes, Column::iter()).await
}

/// Reads a few columns of a file in the order of its ids.
pub(super) async fn read_columns(
    archive: &Archive,
    file: &str,
    bytes: i64,
    columns: impl IntoIterator<Item = Column>,
) -> Result<ParquetRecordBatchStream<Reader>, Error> {
    let reader = Reader {
        store: archive.store.clone(),
        path: Path::from(file),
        bytes: bytes.unsigned_abs(),
    };
    let stream = ParquetRecordBatchStreamBuilder::new(reader).await;
    stream
        .and_then(|builder| {
            let mask = mask(&builder, columns);
            builder.with_batch_size(BATCH).with_projection(mask).build()
        })
        .map_err(|error| Error::archive(file, error))
}

pub(super) fn mask(
    builder: &ParquetRecordBatchStreamBuilder<Reader>,
    columns: impl IntoIterator<Item = Column>,
) -> ProjectionMask {
    let columns = columns.into_iter();
    let names: Vec<_> = columns.map(|column| column.to_string()).collect();
    ProjectionMask::columns(builder.parquet_schema(), names.iter().map(String::as_str))
}

/// The SHA-256 and the size of the stored file.
pub(super) async fn stored(archive: &Archive, file: &str) -> Result<(String, i64), Error> {
    let digest = async {
        let object = archive.store.get(&Path::from(file)).await?;
        let mut stream = object.into_stream();
        let (mut digest, mut bytes) = (Sha256::new(), 0);
        while let Some(part) = stream.try_next().await? {
            digest.update(&part);
            bytes += part.len() as i64;
        }
        Ok((hex(&digest.finalize()), bytes))
    };
    let digest: object_store::Result<_> = digest.await;
    digest.map_err(|error| Error::archive(file, error))
}

fn properties(policy: &str) -> WriterProperties {
    let path = |column: &Column| ColumnPath::from(column.to_string());
    let footer = [
        ("audit.schema", FORMAT.to_string()),
        ("audit.policy", policy.to_owned()),
    ];
    let footer = footer.map(|(key, value)| KeyValue::new(key.to_owned(), value));
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_data_page_row_count_limit(ROWS as usize)
        .set_bloom_filter_max_ndv(ROW_GROUP_ROWS as u64)
        .set_sorting_columns(Some(vec![BY_ID]))
        .set_key_value_metadata(Some(footer.to_vec()));
    for column in &RISING {
        properties = properties
            .set_column_dictionary_enabled(path(column), false)
            .set_column_encoding(path(column), Encoding::DELTA_BINARY_PACKED);
    }
    for column in &UNLIKE {
        properties = properties.set_column_dictionary_enabled(path(column), false);
    }
    for column in &ASKED_FOR {
        properties = properties.set_column_bloom_filter_enabled(path(column), true);
    }
    properties.build()
}

/// The columns with ascending values.
const RISING: [Column; 3] = [Column::Id, Column::Timestamp, Column::RecordedAt];
/// The columns whose values rarely repeat.
const UNLIKE: [Column; 5] = [
    Column::ChangesetId,
    Column::RequestId,
    Column::TraceId,
    Column::Changes,
    Column::Metadata,
];
/// The columns that a reader searches for one value.
const ASKED_FOR: [Column; 5] = [
    Column::EntityId,
    Column::ActorId,
    Column::SessionId,
    Column::RequestId,
    Column::ChangesetId,
];
/// The first column, ascending.
const BY_ID: SortingColumn = SortingColumn {
    column_idx: 0,
    descending: false,
    nulls_first: false,
};
pub(super) const ROW_GROUP_ROWS: usize = 65_536;
const ROW_GROUP_BYTES: usize = 16 << 20;
/// The number of rows that a reader has in memory.
const BATCH: usize = 1_024;
