//! A model has no type parameters.

use audit_runtime::Audited;

#[derive(Audited)]
pub struct Model<T> {
    #[sea_orm(primary_key)]
    pub id: T,
}

fn main() {}
