//! Compares a list of columns, in a file of its own, with the entity's `Model`.

use sea_orm::ColumnTrait;

/// Leads from a column to the model. As a method: of a column that does not exist, the compiler reports the column alone.
pub trait OfModel: ColumnTrait {
    /// Returns the model.
    fn of_model<M>(self, model: &M) -> &M;
}

impl<C: ColumnTrait> OfModel for C {
    fn of_model<M>(self, model: &M) -> &M {
        model
    }
}
