//! The notes of triggers on MySQL and MariaDB equal the library's entries, field by field.
//!
//! Without the trigger that removes a note, each change of the library leaves both.

mod comparison;

use audit_runtime::{
    prelude::*,
    schema::{self},
};
use sea_orm::{ConnectionTrait, DatabaseBackend::MySql, IntoActiveModel, Statement};

use self::comparison::{assert_alike, clear, compare, last_entry, prepare};
use crate::{
    backend::{Database, on_mysql_and_mariadb},
    entities::{context, create_precise_table, create_table},
    parity::specimens::{Specimen, composite, long_key},
    types::{
        check::{ID, some},
        entities::{huge, moment, number, text, unsigned},
        rows,
    },
};

on_mysql_and_mariadb!(
    numbers_are_noted_alike,
    texts_are_noted_alike,
    moments_are_noted_alike,
    moments_in_utc_are_noted_alike,
    composite_keys_and_labels_are_noted_alike,
    long_keys_are_noted_alike,
    secrets_are_withheld_alike,
    json_of_others_is_noted_alike
);

async fn numbers_are_noted_alike(database: &Database) {
    schema::install(&database.db).await.unwrap();
    create_precise_table(&database.db, number::Entity).await;
    compare::<number::Entity>(database).await;
    create_precise_table(&database.db, unsigned::Entity).await;
    compare::<unsigned::Entity>(database).await;
    create_precise_table(&database.db, huge::Entity).await;
    compare::<huge::Entity>(database).await;
}

async fn texts_are_noted_alike(database: &Database) {
    schema::install(&database.db).await.unwrap();
    create_precise_table(&database.db, text::Entity).await;
    compare::<text::Entity>(database).await;
}

async fn moments_are_noted_alike(database: &Database) {
    schema::install(&database.db).await.unwrap();
    create_precise_table(&database.db, moment::Entity).await;
    compare::<moment::Entity>(database).await;
}

/// Columns that the database shows in the session's time zone.
async fn moments_in_utc_are_noted_alike(database: &Database) {
    schema::install(&database.db).await.unwrap();
    create_table(&database.db, moment::Entity).await.unwrap();
    compare::<moment::Entity>(database).await;
}

async fn composite_keys_and_labels_are_noted_alike(database: &Database) {
    schema::install(&database.db).await.unwrap();
    database
        .execute(
            "CREATE TABLE visas (region varchar(600) NOT NULL, number bigint NOT NULL, since datetime(6) NOT NULL, \
             is_open bool NOT NULL, label longtext, value int NOT NULL, PRIMARY KEY (region, number, since, is_open)) \
             CHARSET utf8mb4 COLLATE utf8mb4_bin",
        )
        .await;
    compare::<visa::Entity>(database).await;
}

mod visa {
    //! An entity with a key of four parts that MySQL can store.

    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "visas")]
    #[audited(no_hooks, others = record)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub region: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub number: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub since: DateTimeUtc,
        #[sea_orm(primary_key, auto_increment = false)]
        pub is_open: bool,
        #[sea_orm(column_type = "Text", nullable)]
        #[audited(record, label)]
        pub label: Option<String>,
        pub value: i32,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
}

impl Specimen for visa::Entity {
    fn rows() -> Vec<visa::Model> {
        let rows = composite::Entity::rows().into_iter();
        rows.map(|row| visa::Model {
            region: row.region,
            number: row.number,
            since: row.since,
            is_open: row.is_open,
            label: row.label,
            value: row.value,
        })
        .collect()
    }

    fn keys() -> Vec<Vec<sea_orm::Value>> {
        let instant = |micros| chrono::DateTime::from_timestamp_micros(micros).unwrap();
        vec![
            vec!["".into(), 0_i64.into(), instant(0).into(), false.into()],
            vec![
                "a,\"b\\\n\u{1}\u{b}\u{7f}\u{85}\u{2028}🦀/'".into(),
                i64::MIN.into(),
                instant(1_700_000_000_000_001).into(),
                true.into(),
            ],
            vec![
                "ž".repeat(520).into(),
                ((1_i64 << 53) + 1).into(),
                instant(253_402_300_799_999_999).into(),
                true.into(),
            ],
            vec!["a\0b".into(), 7_i64.into(), instant(0).into(), true.into()],
        ]
    }
}

async fn long_keys_are_noted_alike(database: &Database) {
    schema::install(&database.db).await.unwrap();
    database
        .execute("CREATE TABLE long_keys (id varchar(700) PRIMARY KEY, value int) CHARSET utf8mb4 COLLATE utf8mb4_bin")
        .await;
    compare::<long_key::Entity>(database).await;
}

mod safe {
    //! A table in another character set, with arbitrary text in its key.

    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "it's a \"safe\"")]
    #[audited(no_hooks, others = redact)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub name: String,
        #[audited(record)]
        pub owner: String,
        #[sea_orm(column_name = "the `text`")]
        pub text: Option<String>,
        pub bytes: Option<Vec<u8>>,
        #[sea_orm(column_type = "Json", nullable)]
        pub json: Option<Json>,
        pub double: Option<f64>,
        #[audited(skip)]
        pub seen: Option<String>,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
}

impl Specimen for safe::Entity {
    fn rows() -> Vec<safe::Model> {
        let empty = safe::Model {
            name: String::new(),
            owner: "jane.doe".to_owned(),
            text: None,
            bytes: None,
            json: None,
            double: None,
            seen: None,
        };
        let full = safe::Model {
            owner: "Zoë".to_owned(),
            text: Some(String::new()),
            bytes: Some(vec![0]),
            json: Some(serde_json::json!(null)),
            double: Some(0.0),
            seen: Some("now".to_owned()),
            ..empty.clone()
        };
        vec![empty, full]
    }

    fn keys() -> Vec<Vec<sea_orm::Value>> {
        ["", "a\"b\\c/d'e\u{1}", "Zoë "]
            .map(|key| vec![key.into()])
            .to_vec()
    }
}

async fn secrets_are_withheld_alike(database: &Database) {
    schema::install(&database.db).await.unwrap();
    database
        .execute(
            "CREATE TABLE `it's a \"safe\"` (name varchar(100) PRIMARY KEY, owner varchar(40) NOT NULL, `the ``text``` text, \
             bytes blob, json json, `double` double, seen text) CHARSET latin1",
        )
        .await;
    compare::<safe::Entity>(database).await;
}

impl Specimen for unsigned::Entity {
    fn rows() -> Vec<unsigned::Model> {
        rows::unsigned().into_iter().map(|(_, row)| row).collect()
    }
}

impl Specimen for huge::Entity {
    fn rows() -> Vec<huge::Model> {
        rows::huge().into_iter().map(|(_, row)| row).collect()
    }
}

/// JSON that the library would not write.
async fn json_of_others_is_noted_alike(database: &Database) {
    let db = &database.db;
    schema::install(db).await.unwrap();
    create_precise_table(db, text::Entity).await;
    let nested = |levels| "[".repeat(levels) + &"]".repeat(levels);
    let texts = [
        r#"{"a\u0000b": ["c\u0000"]}"#,
        r#""\\u0000""#,
        r#"["\\\u0000"]"#,
        r#"["\\\\u0000", "\u0001/\/"]"#,
        r#"{ "a": 1, "a": 2 }"#,
        r#"{"b": 1.0, "a": [1e2, 12345678901234567890, -0.0, 0.10]}"#,
        "null",
        " \n[null ]",
        &nested(24),
        &nested(25),
        &format!("[[[{}]]]", nested(20).replace("[]", "[7]")),
        &nested(30),
    ];
    prepare::<text::Entity>(database).await;
    let context = context();
    let audit = db.audited(&context);
    for (text, next) in texts.iter().zip(texts.iter().cycle().skip(1)) {
        let (_, mut row) = rows::texts().swap_remove(0);
        audit.insert(row.clone().into_active_model()).await.unwrap();
        set_json(database, text).await;
        row.text = (*text).to_owned();
        audit
            .update(ID, some(&row, &[text::Column::Text]))
            .await
            .unwrap();
        clear(database).await;
        let before = last_entry(database).await;
        let json = some(&row, &[text::Column::Json]);
        audit.update(ID, json).await.unwrap();
        assert_alike(database, before).await;
        set_json(database, next).await;
        clear(database).await;
        let before = last_entry(database).await;
        audit.delete::<text::Entity>(ID).await.unwrap();
        assert_eq!(assert_alike(database, before).await, 1);
    }
}

async fn set_json(database: &Database, text: &str) {
    let sql = "UPDATE texts SET json = ?, json_or_null = ?";
    let statement = Statement::from_sql_and_values(MySql, sql, [text.into(), text.into()]);
    database.db.execute_raw(statement).await.unwrap();
}
