//! The columns of an archive file: rows of the log as an Arrow batch, and back.

use std::{collections::BTreeMap, sync::Arc};

use arrow_array::{
    Array, ArrayRef, FixedSizeBinaryArray, Int16Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef, TimeUnit};
use sea_orm::{ColumnTrait, DbErr, Iden, Iterable, QueryResult, TryGetable, prelude::*};

use crate::audit_log::{self, Column};

/// The version of the columns.
pub(super) const FORMAT: u32 = 1;

/// The type of a column in a file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Integer,
    Small,
    Uuid,
    Time,
    Text,
}

impl Type {
    pub(super) fn of(column: Column) -> Self {
        match column {
            Column::Id | Column::Reverts => Self::Integer,
            Column::Kind | Column::Format => Self::Small,
            Column::ChangesetId => Self::Uuid,
            Column::Timestamp | Column::RecordedAt => Self::Time,
            Column::Tenant
            | Column::Service
            | Column::EntityType
            | Column::EntityId
            | Column::EntityLabel
            | Column::Action
            | Column::Outcome
            | Column::ActorKind
            | Column::ActorId
            | Column::ActorName
            | Column::OnBehalfOf
            | Column::Ip
            | Column::UserAgent
            | Column::SessionId
            | Column::RequestId
            | Column::TraceId
            | Column::Reason
            | Column::Changes
            | Column::Metadata => Self::Text,
        }
    }

    fn arrow(self) -> DataType {
        match self {
            Self::Integer => DataType::Int64,
            Self::Small => DataType::Int16,
            Self::Uuid => DataType::FixedSizeBinary(16),
            Self::Time => DataType::Timestamp(TimeUnit::Microsecond, Some(UTC.into())),
            Self::Text => DataType::Utf8,
        }
    }
}

pub(super) fn schema() -> SchemaRef {
    let fields = Column::iter().map(|column| {
        let is_nullable = column.def().is_null();
        Field::new(column.to_string(), Type::of(column).arrow(), is_nullable)
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// Converts rows of the log.
pub(super) fn batch(rows: &[QueryResult]) -> Result<RecordBatch, DbErr> {
    let columns = Column::iter().map(|column| array(column, rows));
    let columns = columns.collect::<Result<_, _>>()?;
    RecordBatch::try_new(schema(), columns).map_err(|error| DbErr::Type(error.to_string()))
}

fn array(column: Column, rows: &[QueryResult]) -> Result<ArrayRef, DbErr> {
    let name = column.to_string();
    Ok(match Type::of(column) {
        Type::Integer => Arc::new(Int64Array::from(cells(&name, rows)?)),
        Type::Small => Arc::new(Int16Array::from(cells(&name, rows)?)),
        Type::Uuid => {
            let uuids = cells::<Uuid>(&name, rows)?.into_iter();
            let bytes = uuids.map(|uuid| uuid.map(Uuid::into_bytes));
            let array = FixedSizeBinaryArray::try_from_sparse_iter_with_size(bytes, 16);
            Arc::new(array.map_err(|error| DbErr::Type(error.to_string()))?)
        }
        Type::Time => {
            let times = cells::<DateTimeUtc>(&name, rows)?.into_iter();
            let micros = times.map(|time| time.map(|time| time.timestamp_micros()));
            Arc::new(TimestampMicrosecondArray::from_iter(micros).with_timezone(UTC))
        }
        Type::Text => Arc::new(StringArray::from(cells::<String>(&name, rows)?)),
    })
}

fn cells<T: TryGetable>(name: &str, rows: &[QueryResult]) -> Result<Vec<Option<T>>, DbErr> {
    rows.iter().map(|row| row.try_get("", name)).collect()
}

/// One column of a batch that was read.
pub(super) fn column<A: Array + 'static>(
    batch: &RecordBatch,
    column: Column,
) -> Result<&A, ArrowError> {
    let name = column.to_string();
    let array = batch.column_by_name(&name);
    let array = array.and_then(|array| array.as_any().downcast_ref());
    array.ok_or_else(|| ArrowError::SchemaError(format!("it has no column {name} of its type")))
}

/// Converts rows that were read.
pub(super) fn models(batch: &RecordBatch) -> Result<Vec<audit_log::Model>, ArrowError> {
    let integers = |name| column::<Int64Array>(batch, name);
    let smalls = |name| column::<Int16Array>(batch, name);
    let times = |name| column::<TimestampMicrosecondArray>(batch, name);
    let (ids, reverts) = (integers(Column::Id)?, integers(Column::Reverts)?);
    let (kinds, formats) = (smalls(Column::Kind)?, smalls(Column::Format)?);
    let (stamps, recorded) = (times(Column::Timestamp)?, times(Column::RecordedAt)?);
    let changesets: &FixedSizeBinaryArray = column(batch, Column::ChangesetId)?;
    let texts = Column::iter().filter(|column| Type::of(*column) == Type::Text);
    let texts = texts.map(|name| Ok((name.to_string(), column::<StringArray>(batch, name)?)));
    let texts: BTreeMap<_, _> = texts.collect::<Result<_, ArrowError>>()?;
    (0..batch.num_rows())
        .map(|row| {
            let optional = |name: Column| {
                let cells = texts[&name.to_string()];
                cells.is_valid(row).then(|| cells.value(row).to_owned())
            };
            let text = |name| optional(name).unwrap_or_default();
            let json = |name| match optional(name) {
                None => Ok(None),
                Some(text) => serde_json::from_str(&text)
                    .map(Some)
                    .map_err(|error| ArrowError::JsonError(error.to_string())),
            };
            let time = |times: &TimestampMicrosecondArray| {
                DateTimeUtc::from_timestamp_micros(times.value(row)).unwrap_or_default()
            };
            let changeset_id = Uuid::from_slice(changesets.value(row));
            Ok(audit_log::Model {
                id: ids.value(row),
                kind: kinds.value(row),
                format: formats.value(row),
                changeset_id: changeset_id.unwrap_or_default(),
                tenant: optional(Column::Tenant),
                service: optional(Column::Service),
                entity_type: optional(Column::EntityType),
                entity_id: optional(Column::EntityId),
                entity_label: optional(Column::EntityLabel),
                action: text(Column::Action),
                outcome: text(Column::Outcome),
                actor_kind: text(Column::ActorKind),
                actor_id: text(Column::ActorId),
                actor_name: optional(Column::ActorName),
                on_behalf_of: optional(Column::OnBehalfOf),
                timestamp: time(stamps),
                recorded_at: time(recorded),
                ip: optional(Column::Ip),
                user_agent: optional(Column::UserAgent),
                session_id: optional(Column::SessionId),
                request_id: optional(Column::RequestId),
                trace_id: optional(Column::TraceId),
                reason: optional(Column::Reason),
                reverts: reverts.is_valid(row).then(|| reverts.value(row)),
                changes: json(Column::Changes)?,
                metadata: json(Column::Metadata)?,
            })
        })
        .collect()
}

const UTC: &str = "UTC";
