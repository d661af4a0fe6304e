//! The scope of a query: one row, one entity type, or the whole log.

use sea_orm::{ColumnTrait, ConnectionTrait, sea_query::Cond};

use super::{given::Given, log_rows::Beyond};
use crate::{Error, audit_log::Column, encode::entity_id::capped, text::identity};

#[derive(Clone, Debug)]
pub(super) enum Scope {
    All,
    /// The current and the former names of a type.
    Type(Vec<String>),
    /// A key becomes text when the database is known.
    Row(Given),
    Named {
        entity_types: Vec<String>,
        entity_id: String,
    },
}

/// The entity types and ids that a query covers.
#[derive(Debug)]
pub(super) struct Subject<'a> {
    pub(super) entity_types: &'a [String],
    /// `None` for all rows.
    pub(super) entity_ids: Option<Vec<String>>,
}

impl Scope {
    pub(super) fn named(entity_type: String, entity_id: String) -> Self {
        Self::Named {
            entity_types: vec![identity(&entity_type, 64).into_owned()],
            entity_id: capped(entity_id),
        }
    }

    pub(super) fn entity_types(&self) -> &[String] {
        match self {
            Self::All => &[],
            Self::Type(entity_types) | Self::Named { entity_types, .. } => entity_types,
            Self::Row(given) => &given.entity_types,
        }
    }

    pub(super) async fn subject<C: ConnectionTrait>(
        &self,
        beyond: &Beyond,
        db: &C,
    ) -> Result<Subject<'_>, Error> {
        let entity_ids = match self {
            Self::All | Self::Type(_) => None,
            Self::Row(given) => Some(given.ids(beyond, db).await?.ids),
            Self::Named { entity_id, .. } => Some(vec![entity_id.clone()]),
        };
        Ok(Subject {
            entity_types: self.entity_types(),
            entity_ids,
        })
    }
}

impl Subject<'_> {
    pub(super) fn condition(&self) -> Cond {
        let ids = self.entity_ids.as_deref();
        Cond::all()
            .add_option(one_of(Column::EntityType, self.entity_types))
            .add_option(ids.and_then(|ids| one_of(Column::EntityId, ids)))
    }
}

/// The condition that a column has one of these values; `None` without values.
pub(super) fn one_of(column: Column, values: &[String]) -> Option<sea_orm::sea_query::SimpleExpr> {
    match values {
        [] => None,
        [value] => Some(column.eq(value)),
        values => Some(column.is_in(values)),
    }
}
