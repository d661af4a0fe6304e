//! A plan with its own log and table.

use audit_runtime::{Audit, AuditContext, audit_log, audited::ModelOf, prelude::*};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseConnection, EntityTrait, Iterable, ModelTrait,
    PrimaryKeyToColumn, QueryFilter, QueryOrder, Value,
};

use super::specimens::Specimen;
use crate::{backend::Database, entities::create_table};

pub struct Side {
    pub db: DatabaseConnection,
    context: AuditContext,
}

impl Side {
    /// Creates them in a schema of that name.
    pub async fn new<E: Specimen>(database: &Database, name: &str, context: AuditContext) -> Self {
        database.execute(&format!("CREATE SCHEMA {name}")).await;
        let db = database.connect(|options| {
            options.max_connections(2).set_schema_search_path(name);
        });
        let db = db.await;
        audit_runtime::schema::install(&db).await.unwrap();
        db.execute_unprepared(E::BEFORE).await.unwrap();
        match E::TABLE {
            Some(table) => {
                db.execute_unprepared(table).await.unwrap();
            }
            None => create_table(&db, E::default()).await.unwrap(),
        }
        db.execute_unprepared(E::AFTER).await.unwrap();
        Self { db, context }
    }

    pub fn audit(&self) -> Audit<'_, DatabaseConnection> {
        self.db.audited(&self.context)
    }

    pub async fn clear<E: Specimen>(&self) {
        E::delete_many().exec(&self.db).await.unwrap();
    }

    pub async fn rows<E: Specimen>(&self) -> Vec<ModelOf<E>> {
        let rows =
            E::PrimaryKey::iter().fold(E::find(), |rows, key| rows.order_by_asc(key.into_column()));
        rows.all(&self.db).await.unwrap()
    }

    pub async fn last_entry(&self) -> i64 {
        let last = audit_log::Entity::find()
            .order_by_desc(audit_log::Column::Id)
            .one(&self.db);
        last.await.unwrap().map_or(0, |entry| entry.id)
    }

    pub async fn entries_after(&self, id: i64) -> Vec<audit_log::Model> {
        let entries = audit_log::Entity::find()
            .filter(audit_log::Column::Id.gt(id))
            .order_by_asc(audit_log::Column::Id);
        entries.all(&self.db).await.unwrap()
    }
}

/// The values of a row.
pub fn values<M: ModelTrait>(row: &M) -> Vec<Value> {
    let columns = <M::Entity as EntityTrait>::Column::iter();
    columns.map(|column| row.get(column)).collect()
}
