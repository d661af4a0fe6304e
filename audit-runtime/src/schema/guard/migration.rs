//! A guard as a migration for a `Migrator`.

use std::marker::PhantomData;

use sea_orm_migration::prelude::{
    DbErr, MigrationName, MigrationTrait, SchemaManager, SchemaManagerConnection, async_trait,
};

use super::{
    super::lock::exclusively_in, GuardMode, creation, install_guard, remove, remove_guard,
};
use crate::audited::Audited;

/// Returns the migration that installs the guard of an entity, with a name that the application chooses, such as
/// `m20261126_000001_guard_users`. List it after those of the log and of the table. `down` removes the guard.
pub fn guard_migration<E: Audited>(
    name: impl Into<String>,
    mode: GuardMode,
) -> Box<dyn MigrationTrait> {
    Box::new(Guard {
        name: name.into(),
        mode,
        entity: PhantomData::<fn() -> E>,
    })
}

struct Guard<E> {
    name: String,
    mode: GuardMode,
    entity: PhantomData<fn() -> E>,
}

impl<E> MigrationName for Guard<E> {
    fn name(&self) -> &str {
        &self.name
    }
}

#[async_trait::async_trait]
impl<E: Audited> MigrationTrait for Guard<E> {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        match manager.get_connection() {
            SchemaManagerConnection::Connection(db) => install_guard::<E>(*db, self.mode).await?,
            transaction => exclusively_in(transaction, creation::<E, _>(self.mode)).await?,
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        match manager.get_connection() {
            SchemaManagerConnection::Connection(db) => remove_guard::<E>(*db).await?,
            transaction => {
                exclusively_in(transaction, |db| Box::pin(remove::<E, _>(db))).await?;
            }
        }
        Ok(())
    }
}
