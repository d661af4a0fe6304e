//! Inserts many rows.

use std::ops::ControlFlow;

use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DbErr, IdenStatic, PrimaryKeyTrait, QueryTrait, TryFromU64,
    sea_query::{Expr, IntoValueTuple, Query, ValueTuple},
};

use super::chunk::{rows_in_chunk, stored};
use crate::{
    Changes, Error,
    audited::{ActiveModelOf, Audited, KeyOf, ModelOf, NewRow, entity_type::entity_type},
    dialect::Family,
    entity_id::{entity_id_of, unpadded},
    stored_row::StoredRow,
    write::{
        connection::UnitConnection,
        entry::write_all,
        fused, later,
        operation::{Alone, Operation},
        refusal::{check_demands, check_stored, failed, lacks_reason},
        row::{entry_of, reads_back, written},
        subject::Subject,
        target::Target,
        touch,
        transaction::Transaction,
        values::values_of,
    },
};

pub(in crate::write) struct InsertMany<E: Audited> {
    rows: Vec<ActiveModelOf<E>>,
}

impl<E: Audited> InsertMany<E> {
    pub(in crate::write) fn new<R: NewRow<Entity = E>>(rows: impl IntoIterator<Item = R>) -> Self {
        Self {
            rows: rows.into_iter().map(NewRow::into_row).collect(),
        }
    }

    /// Splits the rows into chunks that set the same columns, each with a limited number of values.
    fn chunks(self, values: usize, rows: usize) -> Vec<Vec<ActiveModelOf<E>>> {
        let columns = |row: &ActiveModelOf<E>| -> Vec<_> {
            let values = values_of::<E>(row).into_iter();
            values.map(|(column, _)| column.as_str()).collect()
        };
        let mut chunks: Vec<(Vec<_>, Vec<_>)> = Vec::new();
        for row in self.rows {
            let columns = columns(&row);
            // Not every database can insert several rows without any value.
            let room = match columns.len() {
                0 => 1,
                count => rows.min(values / count),
            };
            match chunks.last_mut() {
                Some((alike, chunk)) if *alike == columns && chunk.len() < room => chunk.push(row),
                _ => chunks.push((columns, vec![row])),
            }
        }
        chunks.into_iter().map(|(_, chunk)| chunk).collect()
    }

    fn touch(&mut self) -> Result<(), Error> {
        self.rows.iter_mut().try_for_each(touch::insert::<E>)
    }

    fn is_fused(&self, target: &Target<'_, impl ConnectionTrait>) -> bool {
        !lacks_reason::<E>(target.context) && fused::fits::<E>(target)
    }
}

impl<E: Audited> Operation for InsertMany<E> {
    type Output = Vec<ModelOf<E>>;

    fn subject(&self) -> Subject {
        Subject::of::<E>("CREATE")
    }

    async fn run<T: Transaction>(
        mut self,
        connection: &UnitConnection<T>,
    ) -> Result<Self::Output, Error> {
        if self.rows.is_empty() {
            return Ok(Vec::new());
        }
        check_demands::<E>(&connection.context)?;
        self.touch()?;
        let target = connection.target();
        let mut inserted = Vec::new();
        if self.is_fused(&target) {
            for chunk in self.chunks(FUSED_VALUES, usize::MAX) {
                inserted.extend(insert_fused::<E, _>(&target, chunk).await?);
            }
        } else {
            let step = step(connection).await?;
            for chunk in self.chunks(30_000, rows_in_chunk::<E>()) {
                inserted.extend(insert::<E, T>(connection, chunk, step).await?);
            }
        }
        Ok(inserted)
    }

    async fn run_alone<C: ConnectionTrait>(mut self, target: &Target<'_, C>) -> Alone<Self> {
        if self.rows.is_empty() {
            return ControlFlow::Break(Ok(Vec::new()));
        }
        if !self.is_fused(target) {
            return ControlFlow::Continue(self);
        }
        if let Err(error) = self.touch() {
            return ControlFlow::Break(Err(error));
        }
        let mut chunks = self.chunks(FUSED_VALUES, usize::MAX);
        match (chunks.pop(), chunks.is_empty()) {
            (Some(chunk), true) => ControlFlow::Break(insert_fused::<E, C>(target, chunk).await),
            (last, _) => {
                let rows = chunks.into_iter().chain(last).flatten().collect();
                ControlFlow::Continue(Self { rows })
            }
        }
    }
}

/// PostgreSQL accepts 65,535 values, including those of the entry.
const FUSED_VALUES: usize = 65_000;

async fn insert_fused<E: Audited, C: ConnectionTrait>(
    target: &Target<'_, C>,
    rows: Vec<ActiveModelOf<E>>,
) -> Result<Vec<ModelOf<E>>, Error> {
    let values = rows.iter().map(values_of::<E>).collect();
    fused::insert::<E, C>(target, values, &[]).await
}

async fn insert<E: Audited, T: Transaction>(
    connection: &UnitConnection<T>,
    rows: Vec<ActiveModelOf<E>>,
    step: u64,
) -> Result<Vec<ModelOf<E>>, Error> {
    let backend = connection.get_database_backend();
    let inserted = if reads_back(connection) {
        let keys = insert_keys::<E, T>(connection, &rows, step).await?;
        let mut stored = stored::<E, T>(connection, &keys).await?;
        let kept = keys.into_iter().zip(&rows).map(|(key, row)| {
            let kept = stored.remove(&entity_id_of::<E>(key, backend));
            let kept = kept.ok_or_else(|| failed::<E>(DbErr::RecordNotInserted))?;
            check_stored::<E>(&values_of::<E>(row), &kept)?;
            Ok::<_, Error>(kept)
        });
        kept.collect::<Result<Vec<_>, Error>>()?
    } else {
        let count = rows.len();
        let mut insert = E::insert_many(rows).into_query();
        insert.or_default_values();
        let inserted = later::insert::<E>(connection, &connection.awaited, insert).await;
        let inserted = inserted.map_err(failed::<E>)?;
        if inserted.len() != count {
            return Err(failed::<E>(DbErr::RecordNotInserted));
        }
        let rows = inserted.into_iter().map(Box::new).map(StoredRow::Model);
        rows.collect()
    };
    let entries = inserted.iter().map(|row| {
        let changes = Changes::created_values::<E>(|column| row.get(column));
        entry_of::<E>("CREATE", row, &changes, backend)
    });
    write_all(&entries.collect::<Vec<_>>(), &connection.target()).await?;
    let inserted = inserted.into_iter().map(|row| Ok(*written::<E>(row)?));
    inserted.collect()
}

/// Inserts rows, and returns their keys: the given ones, or those that follow from the generated id.
async fn insert_keys<E: Audited, T: Transaction>(
    connection: &UnitConnection<T>,
    rows: &[ActiveModelOf<E>],
    step: u64,
) -> Result<Vec<ValueTuple>, Error> {
    let backend = connection.get_database_backend();
    let given: Option<Vec<_>> = rows.iter().map(|row| row.get_primary_key_value()).collect();
    if given.is_none() && !E::PrimaryKey::auto_increment() {
        return Err(Error::MissingKey {
            entity_type: entity_type::<E>().into_owned(),
        });
    }
    let mut insert = Query::insert()
        .into_table(E::default().table_ref())
        .or_default_values()
        .to_owned();
    for row in rows {
        let (columns, values): (Vec<_>, Vec<_>) = values_of::<E>(row).into_iter().unzip();
        let values = columns.iter().zip(values);
        let values: Vec<_> = values
            .map(|(column, value)| sea_orm::ColumnTrait::save_as(column, Expr::val(value)))
            .collect();
        insert.columns(columns).values_panic(values);
    }
    let result = connection.execute(&insert).await.map_err(failed::<E>)?;
    if let Some(keys) = given {
        let keys = keys.into_iter().map(|key| unpadded::<E>(key, backend));
        return Ok(keys.collect());
    }
    // The rows of one statement get consecutive ids.
    let told = result.last_insert_id();
    let last = rows.len() as u64 - 1;
    let first = if Family::from(backend).returns_last_id() {
        told.wrapping_sub(last)
    } else {
        told
    };
    let ids = (0..=last).map(|nth| KeyOf::<E>::try_from_u64(first.wrapping_add(nth * step)));
    let keys: Result<Vec<_>, _> = ids.map(|id| Ok(id?.into_value_tuple())).collect();
    keys.map_err(failed::<E>)
}

/// The distance between generated ids.
async fn step<T: Transaction>(connection: &UnitConnection<T>) -> Result<u64, Error> {
    if !Family::of(connection).has_id_step() {
        return Ok(1);
    }
    let question = Query::select()
        .expr_as(Expr::cust("@@auto_increment_increment"), "step")
        .to_owned();
    let answer = connection.query_one(&question).await?;
    let step = answer.map(|row| row.try_get("", "step")).transpose()?;
    Ok(step.unwrap_or(1))
}
