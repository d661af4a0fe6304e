//! Whatever a record, an actor or a column is called: no write fails for it, and no history mixes two.

use std::{collections::BTreeSet, fmt::Debug};

use audit_runtime::{
    Audited, audit_log,
    audited::NewRow,
    encode::entity_id,
    prelude::*,
    schema::{Dialect, Entities},
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseBackend, DatabaseConnection,
    EntityTrait, IntoActiveModel, Iterable, ModelTrait, PrimaryKeyToColumn, PrimaryKeyTrait,
    QueryFilter, QuerySelect, Statement, Value,
    prelude::{ChronoDate, DateTimeUtc, Decimal, Uuid},
    sea_query::IntoValueTuple,
};
use serde_json::{Value as Json, json};

use crate::{
    backend::{Database, on_every_backend},
    entities::{self, context, create_table, document, entries},
    replayed::replayed,
    schema::in_order_of_fields,
    types::whole,
};

on_every_backend!(
    numbers_as_keys,
    texts_as_keys,
    chars_as_keys,
    other_values_as_keys,
    composite_keys,
    a_char_key_has_one_history,
    a_key_in_another_spelling_is_that_of_the_row,
    a_key_is_what_is_stored_of_it,
    two_actors_stay_two,
    text_for_people_is_cut_and_spelled_out,
    whatever_a_table_and_its_columns_are_called,
);

/// An entity with this key, and one further column.
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

mod spellings;

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
    // SeaORM has these for some databases only.
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

async fn a_char_key_has_one_history(database: &Database) {
    let db = &database.db;
    audit_runtime::schema::install(db).await.unwrap();
    create_binary_table(db, by_char::Entity).await;
    let context = context();
    let audit = db.audited(&context);
    let row = by_char::Model {
        id: "de".to_owned(),
        value: 1,
    };
    audit.insert(row.into_active_model()).await.unwrap();

    // On SQLite the blanks are part of the key.
    let is_one = database.backend() != DatabaseBackend::Sqlite;
    let patch = whole(&by_char::Model {
        id: String::new(),
        value: 2,
    });
    let updated = audit.update("de  ".to_owned(), patch).await;
    assert_eq!(updated.is_ok(), is_one);
    for (id, entries) in [
        ("de", 1 + usize::from(is_one)),
        ("de  ", 2 * usize::from(is_one)),
    ] {
        let history = History::of::<by_char::Entity>(id);
        let page = history.page(db, None, 200).await.unwrap();
        assert_eq!(page.entries.len(), entries, "{id:?}");
    }
}

keyed!(by_any_case, "by_any_case", #[sea_orm(column_type = "custom(\"loose\")")] id: String);

/// A table that takes `JANE` for `jane`.
async fn create_loose_table(database: &Database, id: &str) {
    database.execute("DROP TABLE IF EXISTS by_any_case").await;
    let sql =
        format!("CREATE TABLE by_any_case (id {id} NOT NULL PRIMARY KEY, value integer NOT NULL)");
    database.execute(&sql).await;
}

async fn a_key_in_another_spelling_is_that_of_the_row(database: &Database) {
    let db = &database.db;
    let columns: &[&str] = match database.backend() {
        DatabaseBackend::Sqlite => &["text COLLATE NOCASE", "text COLLATE RTRIM"],
        DatabaseBackend::MySql => &[
            "varchar(64) COLLATE utf8mb4_general_ci",
            "varchar(64) CHARACTER SET latin1 COLLATE latin1_swedish_ci",
        ],
        _ => &["citext", "text COLLATE loose"],
    };
    audit_runtime::schema::install(db).await.unwrap();
    if database.backend() == DatabaseBackend::Postgres {
        database.execute("CREATE EXTENSION citext").await;
        database
            .execute("CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false)")
            .await;
    }
    let context = context();
    for (number, column) in columns.iter().enumerate() {
        create_loose_table(database, column).await;
        // Statements that are prepared are those of another table.
        let db = &database.connect(|_| {}).await;
        let audit = db.audited(&context);
        let name = format!("jane{number}");
        let blanks = column.contains("RTRIM");
        let spelled = if blanks {
            format!("{name}  ")
        } else {
            name.to_uppercase()
        };
        let nobody = || format!("nobody{number}");

        // Older than the log.
        database
            .execute(&format!(
                "INSERT INTO by_any_case (id, value) VALUES ('old{number}', 1)"
            ))
            .await;
        let old = format!("old{number}");
        let old_spelled = if blanks {
            format!("{old} ")
        } else {
            old.to_uppercase()
        };
        let expected = by_any_case::Entity::state_at(old, 0, db)
            .await
            .unwrap()
            .unwrap();
        let past = by_any_case::Entity::state_at(old_spelled, 0, db).await;
        assert_eq!(past.unwrap().unwrap(), expected, "{column}");

        let row = by_any_case::Model {
            id: name.clone(),
            value: 1,
        };
        audit.insert(row.clone().into_active_model()).await.unwrap();
        audit
            .update(
                name.clone(),
                whole(&by_any_case::Model {
                    value: 2,
                    ..row.clone()
                }),
            )
            .await
            .unwrap();
        let ids: Vec<_> = entries(db)
            .await
            .into_iter()
            .rev()
            .take(2)
            .map(|entry| entry.id)
            .collect();
        let check = async |moments: &[Moment], count: usize| {
            for moment in moments {
                let expected = by_any_case::Entity::state_at(name.clone(), *moment, db)
                    .await
                    .unwrap();
                let past = by_any_case::Entity::state_at(spelled.clone(), *moment, db)
                    .await
                    .unwrap();
                assert_eq!(past, expected, "{column} {moment:?}");
                let past = by_any_case::Entity::state_at(nobody(), *moment, db)
                    .await
                    .unwrap();
                assert_eq!(past, None, "{column} {moment:?}");
            }
            let history = History::of::<by_any_case::Entity>(spelled.clone());
            let page = history.page(db, None, 200).await.unwrap();
            assert_eq!(page.entries.len(), count, "{column}");
            let history = History::of::<by_any_case::Entity>(nobody());
            assert!(
                history
                    .page(db, None, 200)
                    .await
                    .unwrap()
                    .entries
                    .is_empty()
            );
            let column_value = by_any_case::Column::Value;
            let timeline = by_any_case::Entity::timeline(spelled.clone(), column_value, db);
            assert_eq!(timeline.await.unwrap().len(), count);
        };
        let moments = [
            Moment::Before(ids[1]),
            Moment::After(ids[1]),
            Moment::After(ids[0]),
        ];
        check(&moments, 2).await;
        let past = by_any_case::Entity::state_at(spelled.clone(), ids[1], db)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(past.value(by_any_case::Column::Value), Some(&1.into()));
        let stored = past.value(by_any_case::Column::Id).unwrap().clone();
        assert_eq!(stored.unwrap::<String>().trim_end(), name);
        // When it is gone, it is what the log has.
        audit
            .delete::<by_any_case::Entity>(name.clone())
            .await
            .unwrap();
        check(&moments, 3).await;
    }
}

async fn a_key_is_what_is_stored_of_it(database: &Database) {
    let db = &database.db;
    audit_runtime::schema::install(db).await.unwrap();
    crate::types::create_table(db, by_instant::Entity).await;
    let context = context();
    let audit = db.audited(&context);
    for given in [
        "2024-03-01T12:34:56.123456789Z",
        "1999-12-31T23:59:59.000000001Z",
        "1985-10-26T01:21:00.999999999Z",
    ] {
        let given: DateTimeUtc = given.parse().unwrap();
        let row = by_instant::Model {
            id: given,
            value: 1,
        };
        let stored = audit.insert(row.into_active_model()).await.unwrap().id;
        let patch = whole(&by_instant::Model {
            id: given,
            value: 2,
        });
        audit.update(stored, patch).await.unwrap();
        let created = entries(db).await.into_iter().rev().nth(1).unwrap();
        for is_deleted in [false, true] {
            if is_deleted {
                audit.delete::<by_instant::Entity>(stored).await.unwrap();
            }
            for key in [given, stored] {
                let past = by_instant::Entity::state_at(key, &created, db)
                    .await
                    .unwrap()
                    .unwrap();
                assert_eq!(
                    past.value(by_instant::Column::Value),
                    Some(&1.into()),
                    "{key}"
                );
                assert_eq!(
                    past.value(by_instant::Column::Id),
                    Some(&stored.into()),
                    "{key}"
                );
                let before = Moment::before(&created);
                assert_eq!(
                    by_instant::Entity::state_at(key, before, db).await.unwrap(),
                    None,
                    "{key}"
                );
                let page = History::of::<by_instant::Entity>(key)
                    .page(db, None, 9)
                    .await
                    .unwrap();
                assert_eq!(page.entries.len(), 2 + usize::from(is_deleted), "{key}");
            }
        }
    }
}

async fn two_actors_stay_two(database: &Database) {
    let db = &database.db;
    audit_runtime::schema::install(db).await.unwrap();
    // The log's own columns take U+0000 from an application, whatever the database.
    let mut texts = texts(DatabaseBackend::Sqlite);
    for length in [63, 64, 65, 127, 128, 129, 254, 255, 256, 319, 320, 321] {
        texts.extend(["a", "🦀"].map(|char| char.repeat(length)));
        texts.push("a".repeat(length - 1) + "\0");
    }
    texts.retain(|text| !text.trim().is_empty());
    for text in &texts {
        let context = AuditContext::new(Actor::new(text, text))
            .on_behalf_of(Actor::new("User", text))
            .tenant(text)
            .service(text)
            .session_id(text)
            .request_id(text)
            .trace_id(text);
        let event = Event::new("LOGIN").on(text, text);
        db.audited(&context).record(event).await.unwrap();
    }
    let pairs = [
        ("a", "b:c"),
        ("a:b", "c"),
        ("a:", "b:c"),
        ("a\\:b", "c"),
        ("a\\", "b:c"),
    ];
    for (kind, id) in pairs {
        let context = AuditContext::new(Actor::new(kind, id)).on_behalf_of(Actor::new(kind, id));
        db.audited(&context)
            .record(Event::new("LOGIN"))
            .await
            .unwrap();
    }
    let all = texts.len() + pairs.len();

    use audit_log::Column;
    for (column, all) in [
        (Column::ActorKind, texts.len() + 5),
        (Column::ActorId, texts.len() + 2),
        (Column::OnBehalfOf, all),
        (Column::Tenant, texts.len()),
        (Column::Service, texts.len()),
        (Column::SessionId, texts.len()),
        (Column::RequestId, texts.len()),
        (Column::TraceId, texts.len()),
        (Column::EntityType, texts.len()),
        (Column::EntityId, texts.len()),
    ] {
        // By the database's own idea of what is equal.
        let distinct: Vec<String> = audit_log::Entity::find()
            .select_only()
            .column(column)
            .distinct()
            .filter(column.is_not_null())
            .into_tuple()
            .all(db)
            .await
            .unwrap();
        assert_eq!(distinct.len(), all, "{column:?}");
    }
}

async fn text_for_people_is_cut_and_spelled_out(database: &Database) {
    let db = &database.db;
    entities::install(db).await.unwrap();
    if database.backend() == DatabaseBackend::MySql {
        database
            .execute("ALTER TABLE documents MODIFY title text")
            .await;
    }
    let mut texts = texts(database.backend());
    texts.push("a\r\n\t\u{1b}[31m".repeat(300));
    // What is spelled out, what looks like that, and both where a column ends.
    texts.extend(
        [
            "vic\u{1}tim",
            r"vic\u{1}tim",
            r"vic\\u{1}tim",
            r"a\u",
            r"\u{",
            "\u{9f}\u{80}",
        ]
        .map(String::from),
    );
    for length in 240..=256 {
        texts.extend(["\u{1}", r"\u{1}", "\u{301}"].map(|end| "a".repeat(length) + end));
    }
    for (number, text) in (0..).zip(&texts) {
        let context = AuditContext::new(Actor::new("Admin", "7").named(text))
            .reason(text)
            .user_agent(text);
        let audit = db.audited(&context);
        let label = format!("{number} {text}");
        let draft = document::Draft::new().id(number.to_string()).title(&label);
        audit.insert(draft).await.unwrap();
        let event = Event::new("LOGIN").label(text).with(text, text.as_str());
        audit.record(event).await.unwrap();
    }
    for pair in entries(db).await.chunks(2) {
        let [created, event] = pair else {
            unreachable!()
        };
        let number: usize = created.entity_id.as_deref().unwrap().parse().unwrap();
        let spelled = |text: &str, limit: usize| {
            let spell = |char: char| match char.is_control() {
                true => char.escape_unicode().to_string(),
                false => char.to_string(),
            };
            let spelled: Vec<char> = text
                .chars()
                .map(spell)
                .collect::<String>()
                .chars()
                .collect();
            match spelled.len() <= limit {
                true => spelled.into_iter().collect::<String>(),
                false => spelled[..limit - 1].iter().chain(&['…']).collect(),
            }
        };
        let name = |text: &str| spelled(&text.replace(r"\u{", r"\u{5c}u{"), 255);
        let words = |text: &str, limit| spelled(&text.replace(['\t', '\n', '\r'], " "), limit);
        let text = &*texts[number];
        let label = format!("{number} {text}");
        assert_eq!(created.entity_label, Some(name(&label)));
        for entry in [created, event] {
            assert_eq!(entry.actor.name(), Some(&*name(text)));
            assert_eq!(entry.reason, Some(words(text, 1024)));
            assert_eq!(entry.source.user_agent, Some(words(text, 512)));
        }
        let text = text.replace('\0', "\u{FFFD}");
        assert_eq!(event.metadata, Some(json!({ &text: &text })));
    }
}

async fn whatever_a_table_and_its_columns_are_called(database: &Database) {
    let db = &database.db;
    audit_runtime::schema::install(db).await.unwrap();
    create_table(db, order::Entity).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    let row = order::Model {
        id: 1,
        r#type: "a".to_owned(),
        from: 1,
        größe: 1,
        camel_case: 1,
        quote: 1,
        statement: 1,
    };
    audit.insert(row.into_active_model()).await.unwrap();
    let patch = order::Patch::new()
        .r#type("b")
        .from(2)
        .größe(2)
        .camel_case(2)
        .quote(2);
    audit.update(1, patch.statement(2)).await.unwrap();

    let history = History::of::<order::Entity>(1);
    let page = history.page(db, None, 200).await.unwrap();
    let expected = json!([
        { "field": "camel_case", "before": 1, "after": 2 },
        { "field": "from", "before": 1, "after": 2 },
        { "field": "größe", "before": 1, "after": 2 },
        { "field": "quote", "before": 1, "after": 2 },
        { "field": "statement", "before": 1, "after": 2 },
        { "field": "type", "before": "a", "after": "b" },
    ]);
    assert_eq!(page.entries[1].diff(), expected);
    assert_eq!(
        page.entries[1].entity_type.as_deref(),
        Some("Select \"Order`")
    );

    let viewed = db.query_all_raw(Statement::from_string(
        database.backend(),
        "SELECT diff FROM audit_entries ORDER BY id",
    ));
    let mut viewed: Json = viewed.await.unwrap()[1].try_get("", "diff").unwrap();
    in_order_of_fields(database, &mut viewed);
    assert_eq!(viewed, expected);
    audit.delete::<order::Entity>(1).await.unwrap();
}

mod order {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "Select \"Order`")]
    #[audited(no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false, column_name = "ID")]
        pub id: i32,
        #[audited(update)]
        pub r#type: String,
        #[audited(update)]
        #[sea_orm(column_name = "From")]
        pub from: i32,
        #[audited(update)]
        pub größe: i32,
        #[audited(update)]
        #[sea_orm(column_name = "camelCase")]
        pub camel_case: i32,
        #[audited(update)]
        #[sea_orm(column_name = "it's \"quoted\" `so`")]
        pub quote: i32,
        #[audited(update)]
        #[sea_orm(column_name = "a; b ? $1 % -- \\")]
        pub statement: i32,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
}

/// Text that a database or a careless log might take for other text.
fn texts(backend: DatabaseBackend) -> Vec<String> {
    let mut texts: Vec<String> = [
        "",
        " ",
        "abc",
        "ABC",
        "abc ",
        " abc",
        "abc\t",
        "ábc",
        "a\u{301}bc",
        "ａｂｃ",
        "007",
        "7",
        "null",
        "[7]",
        "\"abc\"",
        "a\nb",
        "a\r\nb",
        "\u{1}",
        "\u{7f}",
        "\u{202E}cba",
        "\u{FEFF}",
        "\u{FFFD}",
        "🦀",
        "🦐",
        "\u{10FFFF}",
        "%",
        "_",
        "\\",
        "'; DROP TABLE audit_log; --",
    ]
    .map(String::from)
    .into();
    for length in [511, 512, 513, 600] {
        texts.extend(["a", "🦀"].map(|char| char.repeat(length)));
    }
    // As long, and different at its end only.
    texts.push("a".repeat(599) + "b");
    texts.push("a".repeat(599) + " ");
    // What the log makes of a longer one.
    texts.push(entity_id(&["a".repeat(600).into()]));
    if backend != DatabaseBackend::Postgres {
        texts.extend(["\0", "a\0b", "a\0", "a\0\0"].map(String::from));
    }
    texts
}

/// A life of every key, all at once: created, changed, deleted, created again.
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

/// Text in it compares by bytes: to MySQL's own default, `abc` and `ABC` are one key.
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
