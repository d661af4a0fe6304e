//! The values that a guard on SQLite writes equal those that the library writes.

mod properties;

use audit_runtime::{
    Changes, Entry,
    audited::{Audited, ModelOf, NewRow},
    encode::entity_id,
    prelude::*,
    schema::{self, GuardMode},
};
use chrono::Datelike;
use sea_orm::{
    ActiveModelTrait, DatabaseBackend::Sqlite, DatabaseConnection, IntoActiveModel, Iterable,
    ModelTrait, PrimaryKeyToColumn, Value, sea_query::IntoValueTuple,
};

use crate::{
    backend::run,
    entities::entries,
    parity::specimens::{Specimen, composite, long_key, wide},
    types::{
        create_table,
        entities::{moment, text, unsigned},
        rows,
    },
};

pub mod measure {
    //! An entity with numbers.

    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "measures")]
    #[audited(no_hooks, others = record)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i64,
        pub is_final: bool,
        #[audited(label)]
        pub number: Option<i64>,
        pub single: f32,
        pub double: Option<f64>,
        #[sea_orm(column_type = "Decimal(Some((28, 10)))", nullable)]
        pub price: Option<Decimal>,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
}

#[test]
fn values_are_told_alike() {
    run(Sqlite, async |database| {
        let db = &database.db;
        schema::install(db).await.unwrap();
        guarded::<unsigned::Entity>(db).await;
        all_alike::<unsigned::Entity>(db, rows_of(rows::unsigned())).await;
        guarded::<text::Entity>(db).await;
        all_alike::<text::Entity>(db, rows_of(rows::texts())).await;
        guarded::<moment::Entity>(db).await;
        // SQLite's functions support neither leap seconds nor years after 9999, which begin earlier in the east.
        let moments = rows::moments().into_iter();
        let unknown = |name: &str| name == "leap second" || name.starts_with("9999");
        let moments = moments.filter(|(name, _)| !unknown(name)).collect();
        all_alike::<moment::Entity>(db, rows_of(moments)).await;
        of_specimen::<composite::Entity>(db).await;
        of_specimen::<long_key::Entity>(db).await;
        of_specimen::<wide::Entity>(db).await;
    });
}

fn rows_of<M>(rows: Vec<(&str, M)>) -> Vec<M> {
    rows.into_iter().map(|(_, row)| row).collect()
}

async fn of_specimen<E: Specimen>(db: &DatabaseConnection)
where
    ModelOf<E>: IntoActiveModel<E::ActiveModel> + Sync,
    E::ActiveModel: Send,
{
    guarded::<E>(db).await;
    for mut key in E::keys() {
        for value in &mut key {
            if let Value::ChronoDateTimeUtc(Some(at)) = value
                && !(0..10_000).contains(&at.year())
            {
                *at = chrono::DateTime::UNIX_EPOCH;
            }
        }
        let rows = E::rows().into_iter().map(|mut row| {
            for (column, value) in E::PrimaryKey::iter().zip(key.clone()) {
                row.set(column.into_column(), value);
            }
            row
        });
        all_alike::<E>(db, rows.collect()).await;
    }
}

async fn guarded<E: Audited>(db: &DatabaseConnection) {
    create_table(db, E::default()).await;
    schema::install_guard::<E>(db, GuardMode::Capture)
        .await
        .unwrap();
}

/// The row is inserted by the library, deleted and inserted again without it, updated to others, and deleted.
async fn all_alike<E>(db: &DatabaseConnection, rows: Vec<ModelOf<E>>)
where
    E: Audited<ActiveModel: NewRow<Entity = E> + Send>,
    ModelOf<E>: IntoActiveModel<E::ActiveModel> + Sync,
{
    let given = |row: &ModelOf<E>| row.clone().into_active_model().reset_all();
    let context = crate::entities::context();
    for (nth, row) in rows.iter().enumerate() {
        db.audited(&context).insert(given(row)).await.unwrap();
        let library = last(db).await;
        assert_eq!(library.actor, *context.actor());
        let stored = stored::<E>(db).await;
        E::delete(given(row)).exec(db).await.unwrap();
        let deleted = collected(db).await;
        let name = format!("{} {nth}: {row:?}", library.entity_type.clone().unwrap());
        assert_eq!(deleted.action, "DELETE");
        assert_eq!(deleted.actor.kind(), "Database");
        assert_eq!(deleted.changes, Changes::deleted::<E>(&stored), "{name}");
        assert_eq!(deleted.entity_id, library.entity_id, "{name}");
        assert_eq!(deleted.entity_label, library.entity_label, "{name}");
        let key = row.get_primary_key_value().into_value_tuple().into_iter();
        assert_eq!(deleted.entity_id, Some(entity_id(&key.collect::<Vec<_>>())));

        E::insert(given(row))
            .exec_without_returning(db)
            .await
            .unwrap();
        let created = collected(db).await;
        assert_eq!(created.action, "CREATE");
        assert_eq!(created.changes, library.changes, "{name}");
        assert_eq!(created.entity_label, library.entity_label, "{name}");

        for other in rows.iter().skip(nth + 1).take(4) {
            let before = self::stored::<E>(db).await;
            E::update(given(other)).exec(db).await.unwrap();
            let after = self::stored::<E>(db).await;
            let changes = Changes::updated::<E>(&before, &after);
            let written = schema::collect(db).await.unwrap();
            assert_eq!(written > 0, !changes.is_empty(), "{before:?} {after:?}");
            if written > 0 {
                let updated = last(db).await;
                assert_eq!(updated.action, "UPDATE");
                assert_eq!(updated.changes, changes, "{before:?} {after:?}");
            }
        }
        E::delete(given(row)).exec(db).await.unwrap();
        collected(db).await;
    }
}

async fn stored<E: Audited>(db: &DatabaseConnection) -> ModelOf<E>
where
    ModelOf<E>: Sync,
{
    E::find().one(db).await.unwrap().unwrap()
}

async fn collected(db: &DatabaseConnection) -> Entry {
    assert_eq!(schema::collect(db).await.unwrap(), 1);
    last(db).await
}

async fn last(db: &DatabaseConnection) -> Entry {
    entries(db).await.pop().unwrap()
}
