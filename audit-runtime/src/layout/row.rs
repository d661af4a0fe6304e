//! The rows and columns that an expression can refer to.

use sea_orm::{
    EntityTrait, IdenStatic, Iterable,
    sea_query::{Alias, DynIden, Expr, IntoIden},
};

use super::reading::read;

/// A part of a statement.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Part {
    /// The rows before the change, locked.
    Before,
    /// The rows as the entity reads them, with the values of their entries.
    Changed,
    /// The entries.
    Logged,
    /// One constant row.
    Always,
}

impl Part {
    /// An alias that differs from the table's name, which the part's name would hide.
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

    /// Columns that a part adds to those of a row.
    pub(crate) fn own<E: EntityTrait>(self, name: &'static str) -> Expr {
        Expr::col((self.name::<E>(), name))
    }
}

/// The alias of a row in an expression. Columns of a part are named by position, so an entity's names cannot collide.
pub(crate) enum RowAlias {
    /// A row of the entity's table.
    Stored,
    /// A row of a part.
    Of(Part),
    /// A row of this alias, with the columns of the table.
    Named(&'static str),
}

impl RowAlias {
    /// The column of the row, without a cast.
    pub(crate) fn column<E: EntityTrait>(&self, column: E::Column) -> Expr {
        match self {
            Self::Stored => Expr::col((Alias::new(E::default().table_name()), column)),
            Self::Of(part) => Expr::col((part.name::<E>(), place::<E>(column))),
            Self::Named(name) => Expr::col((Alias::new(*name), column)),
        }
    }

    /// The column of a stored row, through the casts of the entity.
    pub(crate) fn read<E: EntityTrait>(&self, column: E::Column) -> Expr {
        read::<E>(column, self.column::<E>(column))
    }
}

/// The name of a column in a part.
pub(crate) fn place<E: EntityTrait>(column: E::Column) -> DynIden {
    let at = E::Column::iter().position(|other| other.as_str() == column.as_str());
    Alias::new(format!("column {}", at.unwrap_or_default())).into_iden()
}
