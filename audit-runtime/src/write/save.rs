//! The operation that saves an `ActiveModel`.

use std::ops::ControlFlow;

use sea_orm::{ActiveModelTrait, ConnectionTrait, DbErr, sea_query::FromValueTuple};

use super::{
    connection::UnitConnection,
    locked::Expected,
    one::{Insert, Update},
    operation::{Alone, Operation},
    refusal::{failed, unrecorded},
    row::Row,
    subject::Subject,
    target::Target,
    touch::without_touched,
    transaction::Transaction,
    values::changes_of,
};
use crate::{
    Error,
    audited::{ActiveModelOf, Audited, FieldPolicy, KeyOf},
};

pub(super) enum Save<E: Audited> {
    Insert(Insert<E>),
    Update(Update<E>),
    Refused(Error),
}

impl<E: Audited> Save<E> {
    /// Inserts the row if its key is not set, else updates it.
    pub(super) fn of(row: Box<ActiveModelOf<E>>) -> Self {
        if row.get_primary_key_value().is_some() {
            Self::update(row)
        } else {
            Self::Insert(Insert::of(row))
        }
    }

    pub(super) fn update(row: Box<ActiveModelOf<E>>) -> Self {
        let Some(key) = row.get_primary_key_value() else {
            return Self::Refused(failed::<E>(DbErr::UpdateGetPrimaryKey));
        };
        let mut set = without_touched::<E>(changes_of::<E>(&row));
        set.retain(|(column, _)| E::field(*column).policy != FieldPolicy::Key);
        let skipped: Vec<_> = set
            .iter()
            .map(|(column, _)| E::field(*column))
            .filter(|field| field.policy == FieldPolicy::Skip)
            .map(|field| field.name.to_owned())
            .collect();
        if !skipped.is_empty() {
            return Self::Refused(unrecorded::<E>(skipped));
        }
        Self::Update(Update {
            id: KeyOf::<E>::from_value_tuple(key),
            set,
            expected: Expected::Anything,
        })
    }
}

impl<E: Audited> Operation for Save<E> {
    type Output = Row<E>;

    fn subject(&self) -> Subject {
        match self {
            Self::Insert(insert) => insert.subject(),
            Self::Update(_) | Self::Refused(_) => Subject::of::<E>("UPDATE"),
        }
    }

    async fn run<T: Transaction>(
        self,
        connection: &UnitConnection<T>,
    ) -> Result<Self::Output, Error> {
        match self {
            Self::Insert(insert) => insert.run(connection).await,
            Self::Update(update) => update.run(connection).await,
            Self::Refused(error) => Err(error),
        }
    }

    async fn run_alone<C: ConnectionTrait>(self, target: &Target<'_, C>) -> Alone<Self> {
        match self {
            Self::Insert(insert) => insert.run_alone(target).await.map_continue(Self::Insert),
            Self::Update(update) => update.run_alone(target).await.map_continue(Self::Update),
            Self::Refused(error) => ControlFlow::Break(Err(error)),
        }
    }
}
