//! Compares a list of columns, in a file of its own, with the entity's `Model`.

use sea_orm::ColumnTrait;

/// Returns the model for a column. It is a method, so that the compiler reports only the column if it does not exist.
pub trait OfModel: ColumnTrait {
    /// Returns the model.
    fn of_model<M>(self, model: &M) -> &M;
}

impl<C: ColumnTrait> OfModel for C {
    fn of_model<M>(self, model: &M) -> &M {
        model
    }
}
