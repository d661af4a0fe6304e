//! The migrations, in order.

mod m20260105_000001_tables;
mod m20260918_000001_default_team;

use sea_orm_migration::prelude::*;

pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20260105_000001_tables::Migration),
            Box::new(m20260918_000001_default_team::Migration),
        ]
    }
}
