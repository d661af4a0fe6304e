//! Reads entries back: finds in a file those that a search wants.

use std::{ops::RangeInclusive, sync::Arc};

use arrow_array::{
    Array, BooleanArray, FixedSizeBinaryArray, Int16Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use arrow_schema::ArrowError;
use futures_util::TryStreamExt;
use object_store::path::Path;
use parquet::{
    arrow::{
        ParquetRecordBatchStreamBuilder,
        arrow_reader::{ArrowPredicateFn, ArrowReaderMetadata, ArrowReaderOptions, RowFilter},
    },
    errors::ParquetError,
    file::statistics::Statistics,
};
use sea_orm::{ConnectionTrait, Iden, sea_query::IntoValueTuple};

use super::{Archive, columns, file::mask, object::Reader};
use crate::{
    Error, History, Moment, Past, Pending,
    audit_log::{self, Column},
    audited::{Audited, IntoKey},
    history::{
        cold::{Cold, Found, Search, Test, file},
        state_at::state_at,
    },
};

impl History {
    /// Reads the archive together with the log: the same entries in the same order as if none had left the log.
    ///
    /// A page reads the files that may have entries of it by their ids, and in them what their statistics and Bloom
    /// filters do not exclude. The reader's account needs `SELECT` on `audit_archive`.
    ///
    /// [`with_children`](Self::with_children) finds children by the log alone, and is refused together with an archive.
    pub fn across(self, archive: &Archive) -> Self {
        self.with_archive(Arc::new(archive.clone()))
    }
}

impl Archive {
    /// Returns a row at a moment from the log and the archive, as
    /// [`AuditedEntity::state_at`](crate::AuditedEntity::state_at) does from the log alone.
    ///
    /// # Errors
    ///
    /// - [`Error::ArchiveFailed`]: the archive cannot be read.
    /// - As [`AuditedEntity::state_at`](crate::AuditedEntity::state_at).
    pub fn state_at<'c, E: Audited>(
        &self,
        id: impl IntoKey<E>,
        moment: impl Into<Moment>,
        db: &'c impl ConnectionTrait,
    ) -> Pending<'c, Option<Past<E>>> {
        let (key, moment) = (id.into_key().into_value_tuple(), moment.into());
        let archive = Arc::new(self.clone());
        Box::pin(async move { state_at(key, moment, Some(archive), db).await })
    }
}

impl Cold for Archive {
    fn find<'a>(&'a self, file: &'a file::Model, search: &'a Search<'a>) -> Found<'a> {
        Box::pin(async move {
            let found = find(self, file, search).await;
            found.map_err(|error| Error::archive(&file.file, error))
        })
    }
}

type Builder = ParquetRecordBatchStreamBuilder<Reader>;

async fn find(
    archive: &Archive,
    file: &file::Model,
    search: &Search<'_>,
) -> Result<Vec<audit_log::Model>, ParquetError> {
    let reader = || Reader {
        store: archive.store.clone(),
        path: Path::from(&*file.file),
        bytes: file.bytes.unsigned_abs(),
    };
    let options = ArrowReaderOptions::new();
    let metadata = ArrowReaderMetadata::load_async(&mut reader(), options).await?;
    let builder = || Builder::new_with_metadata(reader(), metadata.clone());
    let mut groups: Vec<_> = (0..metadata.metadata().num_row_groups()).collect();
    if search.newest_first {
        groups.reverse();
    }
    let mut found = Vec::new();
    for group in groups {
        let is_possible = follows(&metadata, group, search);
        if !is_possible || !may_hold(&mut builder(), group, search.tests).await? {
            continue;
        }
        // First their ids, by the few columns that decide, and then the rows that are wanted.
        let ids = ids(builder(), group, search).await?;
        let most = (search.limit - found.len()).min(ids.len());
        let chosen = match search.newest_first {
            false => &ids[..most],
            true => &ids[ids.len() - most..],
        };
        if let (Some(first), Some(last)) = (chosen.first(), chosen.last()) {
            let mut rows = rows(builder(), group, search, *first..=*last).await?;
            if search.newest_first {
                rows.reverse();
            }
            found.extend(rows);
        }
        if found.len() == search.limit {
            break;
        }
    }
    Ok(found)
}

/// Whether a row group may have an id that comes after that of the search, by its statistics.
fn follows(metadata: &ArrowReaderMetadata, group: usize, search: &Search<'_>) -> bool {
    match metadata.metadata().row_group(group).column(0).statistics() {
        Some(Statistics::Int64(ids)) => {
            let end = match search.newest_first {
                false => ids.max_opt(),
                true => ids.min_opt(),
            };
            end.is_none_or(|end| search.begins_before(*end))
        }
        _ => true,
    }
}

/// Whether a row group may have a value that each test wants, by its Bloom filters.
async fn may_hold(
    builder: &mut Builder,
    group: usize,
    tests: &[Test],
) -> Result<bool, ParquetError> {
    for test in tests {
        let (column, bytes): (_, Vec<&[u8]>) = match test {
            Test::Text(column, texts) => (column, texts.iter().map(String::as_bytes).collect()),
            Test::Uuid(column, uuid) => (column, vec![uuid.as_bytes()]),
            _ => continue,
        };
        let Ok(nth) = builder.schema().index_of(&column.to_string()) else {
            continue;
        };
        let filter = builder
            .get_row_group_column_bloom_filter(group, nth)
            .await?;
        if filter.is_some_and(|filter| !bytes.iter().any(|bytes| filter.check(*bytes))) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The ids of the entries of a row group that pass.
async fn ids(
    builder: Builder,
    group: usize,
    search: &Search<'_>,
) -> Result<Vec<i64>, ParquetError> {
    let only_ids = mask(&builder, [Column::Id]);
    let filter = filter(&builder, search, i64::MIN..=i64::MAX);
    let mut batches = builder
        .with_row_groups(vec![group])
        .with_row_filter(filter)
        .with_projection(only_ids)
        .build()?;
    let mut ids = Vec::new();
    while let Some(batch) = batches.try_next().await? {
        ids.extend(columns::column::<Int64Array>(&batch, Column::Id)?.values());
    }
    Ok(ids)
}

/// The entries of a row group that pass and whose ids are in this range.
async fn rows(
    builder: Builder,
    group: usize,
    search: &Search<'_>,
    ids: RangeInclusive<i64>,
) -> Result<Vec<audit_log::Model>, ParquetError> {
    let filter = filter(&builder, search, ids);
    let mut batches = builder
        .with_row_groups(vec![group])
        .with_row_filter(filter)
        .build()?;
    let mut rows = Vec::new();
    while let Some(batch) = batches.try_next().await? {
        rows.extend(columns::models(&batch)?);
    }
    Ok(rows)
}

fn filter(builder: &Builder, search: &Search<'_>, ids: RangeInclusive<i64>) -> RowFilter {
    let tested = search.tests.iter().map(Test::column);
    let mask = mask(builder, tested.chain([Column::Id]));
    let (tests, after, newest_first) = (search.tests.to_vec(), search.after, search.newest_first);
    let passes = move |batch: RecordBatch| {
        let search = Search {
            tests: &tests,
            after,
            limit: 0,
            newest_first,
        };
        passing(&batch, &search, &ids)
    };
    RowFilter::new(vec![Box::new(ArrowPredicateFn::new(mask, passes))])
}

/// Which rows of a batch pass.
fn passing(
    batch: &RecordBatch,
    search: &Search<'_>,
    range: &RangeInclusive<i64>,
) -> Result<BooleanArray, ArrowError> {
    let ids: &Int64Array = columns::column(batch, Column::Id)?;
    let is_wanted = |id: &i64| range.contains(id) && search.begins_before(*id);
    let mut passing: Vec<bool> = ids.values().iter().map(is_wanted).collect();
    for test in search.tests {
        let passes = cells(test, batch)?;
        for (row, passing) in passing.iter_mut().enumerate() {
            *passing = *passing && passes(row);
        }
    }
    Ok(passing.into())
}

/// Whether the cell of a row passes a test.
fn cells<'a>(
    test: &'a Test,
    batch: &'a RecordBatch,
) -> Result<Box<dyn Fn(usize) -> bool + 'a>, ArrowError> {
    Ok(match test {
        Test::Text(column, texts) => {
            let cells: &StringArray = columns::column(batch, *column)?;
            Box::new(move |row| {
                cells.is_valid(row) && texts.iter().any(|text| text == cells.value(row))
            })
        }
        Test::Small(column, number) => {
            let cells: &Int16Array = columns::column(batch, *column)?;
            Box::new(move |row| cells.value(row) == *number)
        }
        Test::Uuid(column, uuid) => {
            let cells: &FixedSizeBinaryArray = columns::column(batch, *column)?;
            Box::new(move |row| cells.value(row) == uuid.as_bytes())
        }
        Test::NotBefore(column, time) => {
            let cells: &TimestampMicrosecondArray = columns::column(batch, *column)?;
            let micros = time.timestamp_micros();
            Box::new(move |row| cells.value(row) >= micros)
        }
        Test::Before(column, time) => {
            let cells: &TimestampMicrosecondArray = columns::column(batch, *column)?;
            let micros = time.timestamp_micros();
            Box::new(move |row| cells.value(row) < micros)
        }
        #[cfg(any(
            all(feature = "axum", feature = "viewer"),
            feature = "cli",
            feature = "test"
        ))]
        Test::Above(column, id) => {
            let cells: &Int64Array = columns::column(batch, *column)?;
            Box::new(move |row| cells.value(row) > *id)
        }
        #[cfg(feature = "cli")]
        Test::AtMost(column, id) => {
            let cells: &Int64Array = columns::column(batch, *column)?;
            Box::new(move |row| cells.value(row) <= *id)
        }
    })
}
