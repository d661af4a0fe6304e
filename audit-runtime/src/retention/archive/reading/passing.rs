//! Tests of a search on the rows of a file.

use std::ops::RangeInclusive;

use arrow_array::{
    Array, BooleanArray, FixedSizeBinaryArray, Int16Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use arrow_schema::ArrowError;
use parquet::{
    arrow::{
        ParquetRecordBatchStreamBuilder,
        arrow_reader::{ArrowPredicateFn, RowFilter},
    },
    errors::ParquetError,
};
use sea_orm::Iden;

use super::super::{columns, file::mask, object::Reader};
use crate::{
    audit_log::Column,
    history::cold::{Records, Search, Test},
};

pub(super) type Builder = ParquetRecordBatchStreamBuilder<Reader>;

/// Whether a row group may match every test, by its Bloom filters.
pub(super) async fn may_hold(
    builder: &mut Builder,
    group: usize,
    tests: &[Test],
) -> Result<bool, ParquetError> {
    for test in tests {
        let (column, bytes): (_, Vec<&[u8]>) = match test {
            Test::Text(column, texts) => (column, texts.iter().map(String::as_bytes).collect()),
            Test::Uuid(column, uuid) => (column, vec![uuid.as_bytes()]),
            Test::Records(records) => {
                let ids = records.iter().flat_map(|records| &records.entity_ids);
                (&Column::EntityId, ids.map(String::as_bytes).collect())
            }
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

pub(super) fn filter(
    builder: &Builder,
    search: &Search<'_>,
    ids: RangeInclusive<i64>,
) -> RowFilter {
    let tested = search.tests.iter().flat_map(Test::columns);
    let mask = mask(builder, tested.chain([Column::Id]));
    let (tests, after, newest_first) = (search.tests.to_vec(), search.after, search.newest_first);
    let passes = move |batch: RecordBatch| {
        let search = Search {
            tests: &tests,
            after,
            limit: 0,
            newest_first,
            deadline: Default::default(),
        };
        passing(&batch, &search, &ids)
    };
    RowFilter::new(vec![Box::new(ArrowPredicateFn::new(mask, passes))])
}

/// The rows of a batch that pass.
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

/// Returns a function that tests a row.
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
        Test::Records(records) => {
            let types: &StringArray = columns::column(batch, Column::EntityType)?;
            let ids: &StringArray = columns::column(batch, Column::EntityId)?;
            Box::new(move |row| {
                let is_of = |records: &Records| {
                    records.entity_types.iter().any(|of| of == types.value(row))
                        && records.entity_ids.contains(ids.value(row))
                };
                types.is_valid(row) && ids.is_valid(row) && records.iter().any(is_of)
            })
        }
        Test::Present(column) => {
            let cells: &StringArray = columns::column(batch, *column)?;
            Box::new(move |row| cells.is_valid(row))
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
