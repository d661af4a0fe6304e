//! A model borrows nothing.

use audit_runtime::Audited;

#[derive(Audited)]
pub struct Model<'a> {
    #[sea_orm(primary_key)]
    pub id: &'a str,
}

fn main() {}
