//! What a guard on SQLite writes of a row is what the library writes of it, value for value.

use audit_runtime::{
    Changes, Entry,
    audited::{Audited, ModelOf, NewRow},
    encode::entity_id,
    prelude::*,
    schema::{self, GuardMode},
};
use chrono::Datelike;
use proptest::{
    prelude::{Just, Strategy, any, prop, prop_oneof},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use sea_orm::{
    ActiveModelTrait, DatabaseBackend::Sqlite, DatabaseConnection, IntoActiveModel, Iterable,
    ModelTrait, PrimaryKeyToColumn, Value, sea_query::IntoValueTuple,
};
use tokio::{runtime::Handle, task::block_in_place};

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
    //! Numbers.

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
        // SQLite's own functions know no leap seconds and no years after 9999, such as one that begins in the east.
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

/// The row comes to be by the library, goes and comes again beside it, changes to each of the others, and goes.
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

pub mod scrap {
    //! Texts, bytes and JSON.

    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "scraps")]
    #[audited(no_hooks, others = record)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
        pub id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub shelf: i64,
        #[sea_orm(column_type = "Text")]
        pub text: String,
        pub bytes: Vec<u8>,
        #[sea_orm(column_type = "JsonBinary")]
        pub json: Json,
        pub at: DateTimeWithTimeZone,
        #[audited(redact)]
        pub secret: Option<String>,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
}

#[test]
fn any_number_is_told_alike() {
    property::<measure::Entity>(
        (
            any::<(i64, bool, Option<i64>)>(),
            any::<f32>().prop_filter("NULL on SQLite", |float| !float.is_nan()),
            prop::option::of(
                (-1e9..1e9, -30..30).prop_map(|(double, power)| double * 10_f64.powi(power)),
            ),
            prop::option::of((any::<i32>(), 0..7_u32)),
        )
            .prop_map(
                |((id, is_final, number), single, double, price)| measure::Model {
                    id,
                    is_final,
                    number,
                    single,
                    double,
                    price: price.map(|(digits, scale)| {
                        sea_orm::prelude::Decimal::new(digits.into(), scale)
                    }),
                },
            ),
    );
}

#[test]
fn any_text_is_told_alike() {
    let text = || prop_oneof![any::<String>(), "[\\x00-\\x20\"\\\\'{}už🦀]{0,12}"];
    let json = prop_oneof![
        Just(serde_json::Value::Null),
        any::<f64>().prop_map(serde_json::Value::from),
        text().prop_map(serde_json::Value::from),
    ]
    .prop_recursive(4, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(serde_json::Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..4)
                .prop_map(|map| map.into_iter().collect::<serde_json::Value>()),
        ]
    });
    // Of the years that have four digits, in every zone.
    let at = (
        -62_000_000_000_i64..253_000_000_000,
        0..1_000_000_000_u32,
        -1_439..1_440_i32,
    )
        .prop_map(|(second, nanosecond, minutes)| {
            let zone = chrono::FixedOffset::east_opt(minutes * 60).unwrap();
            let instant = chrono::DateTime::from_timestamp(second, nanosecond).unwrap();
            instant.with_timezone(&zone)
        });
    property::<scrap::Entity>(
        (
            text(),
            any::<i64>(),
            text(),
            any::<Vec<u8>>(),
            json,
            at,
            any::<Option<String>>(),
        )
            .prop_map(|(id, shelf, text, bytes, json, at, secret)| scrap::Model {
                id,
                shelf,
                text,
                bytes,
                json,
                at,
                secret,
            }),
    );
}

fn property<E>(rows: impl Strategy<Value = ModelOf<E>>)
where
    E: Audited<ActiveModel: NewRow<Entity = E> + Send>,
    ModelOf<E>: IntoActiveModel<E::ActiveModel> + Sync + std::fmt::Debug,
{
    run(Sqlite, async |database| {
        let db = &database.db;
        schema::install(db).await.unwrap();
        guarded::<E>(db).await;
        let config = Config {
            cases: 150,
            failure_persistence: None,
            max_shrink_iters: 0,
            ..Config::default()
        };
        // Always the same cases: a failure comes again.
        let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
        let mut runner = TestRunner::new_with_rng(config, rng);
        let result = block_in_place(|| {
            runner.run(&rows, |row| {
                Handle::current().block_on(all_alike::<E>(db, vec![row]));
                Ok(())
            })
        });
        if let Err(error) = result {
            panic!("{error}");
        }
    });
}
