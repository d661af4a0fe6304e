//! Random numbers and texts.

use audit_runtime::{
    audited::{Audited, ModelOf, NewRow},
    schema::{self},
};
use proptest::{
    prelude::{Just, Strategy, any, prop, prop_oneof},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use sea_orm::{DatabaseBackend::Sqlite, IntoActiveModel};
use tokio::{runtime::Handle, task::block_in_place};

use super::{all_alike, guarded, measure};
use crate::backend::run;

pub mod scrap {
    //! An entity with texts, bytes and JSON.

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
    // Years with four digits, in every zone.
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
        // Deterministic cases, so that a failure can be repeated.
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
