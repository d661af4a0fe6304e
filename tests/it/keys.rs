//! Records, actors and columns of any name: no write fails because of a name, and no history mixes two records.

use std::{collections::BTreeSet, fmt::Debug};

use audit_runtime::{
    Audited,
    audited::NewRow,
    encode::entity_id,
    prelude::*,
    schema::{Dialect, Entities},
};
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DatabaseBackend, DatabaseConnection, EntityTrait, Iterable,
    ModelTrait, PrimaryKeyToColumn, PrimaryKeyTrait, Value,
    prelude::{ChronoDate, DateTimeUtc, Decimal, Uuid},
    sea_query::IntoValueTuple,
};
use serde_json::{Value as Json, json};

use self::texts::texts;
use crate::{
    backend::{Database, on_every_backend},
    entities::{context, create_table},
    replayed::replayed,
    types::whole,
};

on_every_backend!(
    numbers_as_keys,
    texts_as_keys,
    chars_as_keys,
    other_values_as_keys,
    composite_keys
);

/// An entity with this key and one other column.
macro_rules! keyed {
    ($name:ident, $table:literal, $($(#[$attribute:meta])* $key:ident: $type:ty),+) => {
        mod $name {
            use audit_runtime::Audited;
            use sea_orm::entity::prelude::*;

            #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
            #[sea_orm(table_name = $table)]
            #[audited(no_hooks)]
            pub struct Model {
                $(
                    #[sea_orm(primary_key, auto_increment = false)]
                    $(#[$attribute])*
                    pub $key: $type,
                )+
                #[audited(record)]
                pub value: i32,
            }

            #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
            pub enum Relation {}
        }
    };
}

mod called;
mod spellings;
mod stored;
mod texts;

keyed!(by_i16, "by_i16", id: i16);
keyed!(by_i32, "by_i32", id: i32);
keyed!(by_i64, "by_i64", id: i64);
keyed!(by_u32, "by_u32", id: u32);
keyed!(by_u64, "by_u64", id: u64);
keyed!(by_text, "by_text", #[sea_orm(column_type = "String(StringLen::N(700))")] id: String);
keyed!(by_char, "by_char", #[sea_orm(column_type = "Char(Some(8))")] id: String);
keyed!(by_bytes, "by_bytes", #[sea_orm(column_type = "VarBinary(StringLen::N(32))")] id: Vec<u8>);
keyed!(by_uuid, "by_uuid", id: Uuid);
keyed!(by_decimal, "by_decimal", #[sea_orm(column_type = "Decimal(Some((12, 2)))")] id: Decimal);
keyed!(by_bool, "by_bool", id: bool);
keyed!(by_date, "by_date", id: Date);
keyed!(by_instant, "by_instant", id: DateTimeUtc);
keyed!(by_two, "by_two",
    #[sea_orm(column_name = "Tenant Id")] tenant: i32,
    #[sea_orm(column_type = "String(StringLen::N(600))")] name: String);
keyed!(by_three, "by_three", a: i64, b: Uuid, #[sea_orm(column_name = "select")] c: bool);

async fn numbers_as_keys(database: &Database) {
    let db = &database.db;
    audit_runtime::schema::install(db).await.unwrap();
    check::<by_i16::Entity, _>(db, vec![i16::MIN, -1, 0, 1, i16::MAX]).await;
    check::<by_i32::Entity, _>(db, vec![i32::MIN, -1, 0, 1, i32::MAX]).await;
    let safe = 1 << 53;
    check::<by_i64::Entity, _>(
        db,
        vec![i64::MIN, -1, 0, safe - 1, safe, safe + 1, i64::MAX],
    )
    .await;
    // SeaORM supports these only on some databases.
    if database.backend() != DatabaseBackend::Postgres {
        check::<by_u32::Entity, _>(db, vec![0, 1, u32::MAX]).await;
    }
    if database.backend() == DatabaseBackend::MySql {
        check::<by_u64::Entity, _>(db, vec![0, 1, u64::MAX - 1, u64::MAX]).await;
    }
}

async fn texts_as_keys(database: &Database) {
    let db = &database.db;
    audit_runtime::schema::install(db).await.unwrap();
    check::<by_text::Entity, _>(db, texts(database.backend())).await;
}

async fn other_values_as_keys(database: &Database) {
    let db = &database.db;
    audit_runtime::schema::install(db).await.unwrap();
    let bytes = [&[][..], &[0], &[0, 0], &[1], &[255, 254], b"7", b"Nw=="];
    check::<by_bytes::Entity, _>(db, bytes.map(Vec::from).into()).await;
    let uuids = [Uuid::nil(), Uuid::max(), Uuid::from_u128(7)];
    check::<by_uuid::Entity, _>(db, uuids.into()).await;
    let decimals = [(0, 0), (110, 2), (10, 0), (-1, 2), (100_000, 0)];
    let decimals = decimals.map(|(digits, scale)| Decimal::new(digits, scale));
    check::<by_decimal::Entity, _>(db, decimals.into()).await;
    check::<by_bool::Entity, _>(db, vec![false, true]).await;
    let days = ["1000-01-01", "1969-12-31", "2024-02-29", "9999-12-31"];
    let days = days.map(|day| day.parse::<ChronoDate>().unwrap());
    check::<by_date::Entity, _>(db, days.into()).await;
    let seconds = [
        "1970-01-02T00:00:00Z",
        "2024-03-01T12:34:56Z",
        "2024-03-01T12:34:57Z",
    ];
    let seconds = seconds.map(|second| second.parse::<DateTimeUtc>().unwrap());
    check::<by_instant::Entity, _>(db, seconds.into()).await;
}

async fn composite_keys(database: &Database) {
    let db = &database.db;
    audit_runtime::schema::install(db).await.unwrap();
    let mut pairs: Vec<_> = [(1, "1,2"), (1, "1\",\"2"), (11, ""), (1, "1")]
        .map(|(tenant, name)| (tenant, name.to_owned()))
        .into();
    for text in texts(database.backend()) {
        if text.chars().count() <= 600 {
            pairs.push((7, text));
        }
    }
    check::<by_two::Entity, _>(db, pairs).await;

    let mut triples = Vec::new();
    for a in [i64::MIN, 1, i64::MAX] {
        for b in [Uuid::nil(), Uuid::max()] {
            triples.extend([(a, b, false), (a, b, true)]);
        }
    }
    check::<by_three::Entity, _>(db, triples).await;
}

async fn chars_as_keys(database: &Database) {
    let db = &database.db;
    audit_runtime::schema::install(db).await.unwrap();
    check::<by_char::Entity, _>(
        db,
        ["de", "DE", " de", "12345678", ""].map(String::from).into(),
    )
    .await;
}

/// Creates, changes, deletes and re-creates a row of every key, all at once.
async fn check<E, K>(db: &DatabaseConnection, keys: Vec<K>)
where
    E: Audited<PrimaryKey: PrimaryKeyTrait<ValueType = K>, ActiveModel: NewRow<Entity = E>>,
    K: IntoValueTuple + Clone + PartialEq + Send + Sync + Debug,
{
    create_binary_table(db, E::default()).await;
    let context = context();
    let audit = db.audited(&context);
    let value = E::Column::iter().find(|column| E::field(*column).name == "value");
    let value = value.unwrap();
    let keys: Vec<(i32, K)> = (0..).zip(keys).collect();

    for (number, key) in &keys {
        audit.insert(new_row::<E>(key, *number)).await.unwrap();
    }
    for (number, key) in &keys {
        let row = E::find_by_id(key.clone()).one(db).await.unwrap().unwrap();
        let mut next = row.clone();
        next.set(value, (number + 1000).into());
        row.apply(whole(&next), &audit).await.unwrap();
    }
    for (_, key) in &keys {
        audit.delete::<E>(key.clone()).await.unwrap();
    }
    let unit = audit.begin().await.unwrap();
    for (number, key) in &keys {
        unit.insert(new_row::<E>(key, number + 2000)).await.unwrap();
        unit.delete::<E>(key.clone()).await.unwrap();
        unit.insert(new_row::<E>(key, number + 3000)).await.unwrap();
    }
    unit.commit().await.unwrap();

    let mut ids = BTreeSet::new();
    for (number, key) in &keys {
        let history = History::of::<E>(key.clone());
        let page = history.page(db, None, 200).await.unwrap();
        let told: Vec<_> = page
            .entries
            .iter()
            .map(|entry| {
                let value = |side: Json| side.get("value").cloned();
                (&*entry.action, value(entry.before()), value(entry.after()))
            })
            .collect();
        let value = |phase: i32| Some(json!(number + phase));
        let expected = [
            ("CREATE", None, value(0)),
            ("UPDATE", value(0), value(1000)),
            ("DELETE", value(1000), None),
            ("CREATE", None, value(2000)),
            ("DELETE", value(2000), None),
            ("CREATE", None, value(3000)),
        ];
        assert_eq!(told, expected, "{key:?}");

        let id = page.entries[0].entity_id.clone().unwrap();
        let values: Vec<Value> = key.clone().into_value_tuple().into_iter().collect();
        assert_eq!(id, entity_id(&values));
        assert!(ids.insert(id), "{key:?} has the id of another");
    }
    assert_eq!(ids.len(), keys.len());
    assert_eq!(replayed(Entities::new().with::<E>(), 7, db).await, []);
}

fn new_row<E: Audited>(key: &(impl IntoValueTuple + Clone), value: i32) -> E::ActiveModel {
    let mut row = <E::ActiveModel as ActiveModelTrait>::default();
    let mut key = key.clone().into_value_tuple().into_iter();
    for column in E::Column::iter() {
        let value = match E::PrimaryKey::from_column(column) {
            Some(_) => key.next().unwrap(),
            None => value.into(),
        };
        row.set(column, value);
    }
    row
}

/// Creates a table whose text compares by bytes. With MySQL's default, `abc` and `ABC` are one key.
async fn create_binary_table(db: &DatabaseConnection, entity: impl EntityTrait) {
    create_table(db, entity).await.unwrap();
    let collation = match Dialect::of(db).await.unwrap() {
        Dialect::MariaDb => "utf8mb4_nopad_bin",
        Dialect::MySql => "utf8mb4_0900_bin",
        _ => return,
    };
    let table = entity.table_name();
    let sql = format!("ALTER TABLE `{table}` CONVERT TO CHARACTER SET utf8mb4 COLLATE {collation}");
    db.execute_unprepared(&sql).await.unwrap();
}
