//! Actors, texts, tables and columns of any name.

use audit_runtime::{audit_log, prelude::*};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseBackend, EntityTrait, IntoActiveModel, QueryFilter,
    QuerySelect, Statement,
};
use serde_json::{Value as Json, json};

use super::texts;
use crate::{
    backend::{Database, on_every_backend},
    entities::{self, context, create_table, document, entries},
    schema::in_order_of_fields,
};

on_every_backend!(
    two_actors_stay_two,
    text_for_people_is_cut_and_spelled_out,
    whatever_a_table_and_its_columns_are_called
);

async fn two_actors_stay_two(database: &Database) {
    let db = &database.db;
    audit_runtime::schema::install(db).await.unwrap();
    // The log's own columns store U+0000 from an application on every database.
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
        // Distinct by the database's own comparison.
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
    // Escapes, text that looks like one, and both at the end of a column.
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
