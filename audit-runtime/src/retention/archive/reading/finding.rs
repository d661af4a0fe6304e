//! Finds entries in a file.

use std::{collections::BTreeSet, ops::RangeInclusive};

use arrow_array::{Int64Array, StringArray};
use futures_util::stream::{Stream, TryStreamExt, once};
use object_store::path::Path;
use parquet::{
    arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions},
    errors::ParquetError,
    file::statistics::Statistics,
};

use super::{
    super::{
        Archive, columns,
        file::{ROW_GROUP_ROWS, mask},
        object::Reader,
    },
    passing::{Builder, filter, may_hold},
};
use crate::{
    audit_log::{self, Column},
    history::cold::{Found, Search, Test, file},
};

pub(super) async fn find(
    archive: &Archive,
    file: &file::Model,
    search: &Search<'_>,
) -> Result<Found, ParquetError> {
    let options = ArrowReaderOptions::new();
    let metadata = ArrowReaderMetadata::load_async(&mut reader(archive, file), options).await?;
    let builder = || Builder::new_with_metadata(reader(archive, file), metadata.clone());
    let mut groups: Vec<_> = (0..metadata.metadata().num_row_groups()).collect();
    if search.newest_first {
        groups.reverse();
    }
    let mut found = Vec::new();
    let mut read = None;
    for group in groups {
        let end = end_of(&metadata, group, search);
        if end.is_some_and(|end| !search.begins_before(end)) {
            continue;
        }
        if read.is_some() && search.deadline.is_over() {
            return Ok(Found {
                rows: found,
                end: read,
            });
        }
        read = end;
        if !may_hold(&mut builder(), group, search.tests).await? {
            continue;
        }
        // First the ids, from the few tested columns, and then only the wanted rows.
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
    Ok(Found {
        rows: found,
        end: None,
    })
}

/// The ids of records whose entries pass, once per row group.
pub(super) fn entity_ids<'a>(
    archive: &'a Archive,
    file: &'a file::Model,
    tests: &'a [Test],
) -> impl Stream<Item = Result<BTreeSet<String>, ParquetError>> + Send + 'a {
    let opened = async move {
        let builder = Builder::new(reader(archive, file)).await?;
        let search = Search {
            tests,
            after: None,
            limit: 0,
            newest_first: false,
            deadline: Default::default(),
        };
        let only_ids = mask(&builder, [Column::EntityId]);
        let filter = filter(&builder, &search, i64::MIN..=i64::MAX);
        builder
            .with_batch_size(ROW_GROUP_ROWS)
            .with_row_filter(filter)
            .with_projection(only_ids)
            .build()
    };
    once(opened).try_flatten().and_then(async |batch| {
        let ids: &StringArray = columns::column(&batch, Column::EntityId)?;
        Ok(ids.iter().flatten().map(str::to_owned).collect())
    })
}

fn reader(archive: &Archive, file: &file::Model) -> Reader {
    Reader {
        store: archive.store.clone(),
        path: Path::from(&*file.file),
        bytes: file.bytes.unsigned_abs(),
    }
}

/// The id in a row group that comes last in the order of the search, by its statistics.
fn end_of(metadata: &ArrowReaderMetadata, group: usize, search: &Search<'_>) -> Option<i64> {
    let statistics = metadata.metadata().row_group(group).column(0).statistics();
    let Some(Statistics::Int64(ids)) = statistics else {
        return None;
    };
    let end = match search.newest_first {
        false => ids.max_opt(),
        true => ids.min_opt(),
    };
    end.copied()
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
