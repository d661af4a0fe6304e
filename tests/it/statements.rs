//! Counts the statements that SeaORM sends, without begin and commit.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use sea_orm::DatabaseConnection;

#[derive(Clone, Default)]
pub struct Statements(Arc<AtomicUsize>);

impl Statements {
    /// A connection to the same pool that counts its statements.
    pub fn count(db: &DatabaseConnection) -> (Self, DatabaseConnection) {
        let statements = Self::default();
        let counted = statements.clone();
        let mut db = db.clone();
        db.set_metric_callback(move |_| {
            counted.0.fetch_add(1, Ordering::SeqCst);
        });
        (statements, db)
    }

    /// The number of statements since the last call.
    pub fn take(&self) -> usize {
        self.0.swap(0, Ordering::SeqCst)
    }
}
