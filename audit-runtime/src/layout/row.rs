//! The rows that an expression can refer to, and the names of their columns.

use sea_orm::{
    EntityTrait, IdenStatic, Iterable,
    sea_query::{Alias, DynIden, Expr, IntoIden},
};

use super::reading::read;

/// A part of a statement.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Part {
    /// Rows as they were, under their locks.
    Before,
    /// Rows as the entity reads them, and what their entries say.
    Changed,
    /// The entries.
    Logged,
    /// One row, from nowhere.
    Always,
}

impl Part {
    /// A name that is not the table's, which would be hidden by the part.
    pub(crate) fn name<E: EntityTrait>(self) -> DynIden {
        let name = match self {
            Self::Before => "audit: before",
            Self::Changed => "audit: changed",
            Self::Logged => "audit: logged",
            Self::Always => "audit: always",
        };
        if name == E::default().table_name() {
            return Alias::new(format!("{name}, not the table")).into_iden();
        }
        Alias::new(name).into_iden()
    }

    /// What the part knows of a row besides its columns.
    pub(crate) fn own<E: EntityTrait>(self, name: &'static str) -> Expr {
        Expr::col((self.name::<E>(), name))
    }
}

/// A row that an expression refers to. The columns of a part are called by their places, whatever the entity calls them.
pub(crate) enum RowAlias {
    /// Of the entity's own table.
    Stored,
    /// Of a part.
    Of(Part),
    /// Of what is called so, with the columns of the table.
    Named(&'static str),
}

impl RowAlias {
    /// The column as the row has it.
    pub(crate) fn column<E: EntityTrait>(&self, column: E::Column) -> Expr {
        match self {
            Self::Stored => Expr::col((Alias::new(E::default().table_name()), column)),
            Self::Of(part) => Expr::col((part.name::<E>(), place::<E>(column))),
            Self::Named(name) => Expr::col((Alias::new(*name), column)),
        }
    }

    /// The column of a row as it is stored, as the entity reads it.
    pub(crate) fn read<E: EntityTrait>(&self, column: E::Column) -> Expr {
        read::<E>(column, self.column::<E>(column))
    }
}

/// What a part calls a column.
pub(crate) fn place<E: EntityTrait>(column: E::Column) -> DynIden {
    let at = E::Column::iter().position(|other| other.as_str() == column.as_str());
    Alias::new(format!("column {}", at.unwrap_or_default())).into_iden()
}
