//! Entries that were written before a column was renamed, added, dropped or retyped.

use audit_runtime::{PastValue, Reason, prelude::*};
use sea_orm::{DatabaseBackend, IntoActiveModel};

use crate::{
    backend::{Database, on_every_backend},
    entities::context,
    types::create_table,
};

on_every_backend!(
    a_renamed_field_keeps_its_history,
    a_column_added_since_is_not_guessed,
    a_dropped_column_is_no_obstacle,
    a_retyped_column_reads_where_it_can,
);

/// The entity before the migration.
mod old {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "people")]
    #[audited(entity_type = "Person", no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        #[audited(update)]
        pub rank: String,
        #[audited(update)]
        pub age: i32,
        #[audited(update)]
        pub level: String,
        #[audited(update)]
        pub nickname: Option<String>,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
}

/// The entity after it: `rank` is renamed to `role`, `age` is text, `level` a number, `nickname` dropped, `email`
/// added.
mod new {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "people")]
    #[audited(entity_type = "Person", no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        #[audited(update, was("grade", "rank"))]
        pub role: String,
        #[audited(update)]
        pub age: String,
        #[audited(update)]
        pub level: i32,
        #[audited(update)]
        pub email: String,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
}

/// A person with a past: created, promoted, migrated, promoted again.
async fn migrated(database: &Database) {
    let db = &database.db;
    audit_runtime::schema::install(db).await.unwrap();
    create_table(db, old::Entity).await;
    let context = context();
    let audit = db.audited(&context);
    let row = old::Model {
        id: 1,
        rank: "private".to_owned(),
        age: 20,
        level: "high".to_owned(),
        nickname: Some("joe".to_owned()),
    };
    audit.insert(row.into_active_model()).await.unwrap();
    audit
        .update(1, old::Patch::new().rank("sergeant").age(21).level("5"))
        .await
        .unwrap();
    audit
        .update(1, old::Patch::new().nickname(None))
        .await
        .unwrap();

    // A new table, because SQLite cannot change the type of a column.
    database
        .execute("ALTER TABLE people RENAME TO people_before")
        .await;
    create_table(db, new::Entity).await;
    let text = match database.backend() {
        DatabaseBackend::MySql => "char",
        _ => "varchar",
    };
    let rank = if database.backend() == DatabaseBackend::MySql {
        "`rank`"
    } else {
        "\"rank\""
    };
    database
        .execute(&format!(
            "INSERT INTO people (id, role, age, level, email) SELECT id, {rank}, CAST(age AS {text}), 5, '' FROM people_before"
        ))
        .await;
    audit
        .update(1, new::Patch::new().role("captain"))
        .await
        .unwrap();
    audit
        .update(1, new::Patch::new().email("joe@example.org"))
        .await
        .unwrap();
}

async fn past(database: &Database, entry: i64) -> audit_runtime::Past<new::Entity> {
    let past = new::Entity::state_at(1, entry, &database.db).await.unwrap();
    past.unwrap()
}

async fn a_renamed_field_keeps_its_history(database: &Database) {
    migrated(database).await;
    let db = &database.db;
    for (entry, role) in [
        (1, "private"),
        (2, "sergeant"),
        (3, "sergeant"),
        (4, "captain"),
    ] {
        let past = past(database, entry).await;
        assert_eq!(past.value(new::Column::Role), Some(&role.into()), "{entry}");
    }
    let question = History::of_type::<new::Entity>().changed(new::Column::Role);
    let found = async |question: History| {
        let page = question.page(db, None, 10).await.unwrap();
        page.entries
            .iter()
            .map(|entry| entry.id)
            .collect::<Vec<_>>()
    };
    assert_eq!(found(question.clone()).await, [1, 2, 4]);
    assert_eq!(found(question.clone().from("private")).await, [2]);
    assert_eq!(found(question.to("captain")).await, [4]);
    let timeline = new::Entity::timeline(1, new::Column::Role, db)
        .await
        .unwrap();
    assert_eq!(timeline.len(), 3);
    let page = History::of::<new::Entity>(1)
        .page(db, None, 2)
        .await
        .unwrap();
    let values = page.entries[1]
        .values::<new::Entity>(new::Column::Role)
        .unwrap();
    assert_eq!(values, (Some("private".into()), Some("sergeant".into())));

    // The revert uses the field's present name.
    let context = context();
    let audit = db.audited(&context);
    let inverse = page.entries[1]
        .inverse_of::<new::Patch>(&[new::Column::Role])
        .unwrap();
    let refused = audit.revert(inverse).await.unwrap_err();
    assert!(
        refused
            .to_string()
            .ends_with("has changed since entry 2: role"),
        "{refused}"
    );
    audit
        .update(1, new::Patch::new().role("sergeant"))
        .await
        .unwrap();
    let inverse = page.entries[1]
        .inverse_of::<new::Patch>(&[new::Column::Role])
        .unwrap();
    assert_eq!(audit.revert(inverse).await.unwrap().role, "private");
}

async fn a_column_added_since_is_not_guessed(database: &Database) {
    migrated(database).await;
    let added = PastValue::Unknown(Reason::AddedSince);
    for entry in [1, 2, 3, 4] {
        assert_eq!(
            past(database, entry).await.get(new::Column::Email),
            &added,
            "{entry}"
        );
    }
    let now = past(database, 5).await;
    assert_eq!(
        now.value(new::Column::Email),
        Some(&"joe@example.org".into())
    );
    assert!(now.model().is_ok());
    // After a deletion, the earlier value is still not guessed.
    let context = context();
    let audit = database.db.audited(&context);
    audit
        .update(1, new::Patch::new().email("other"))
        .await
        .unwrap();
    audit.delete::<new::Entity>(1).await.unwrap();
    assert_eq!(past(database, 2).await.get(new::Column::Email), &added);
    assert_eq!(
        past(database, 6).await.value(new::Column::Email),
        Some(&"other".into())
    );
}

async fn a_dropped_column_is_no_obstacle(database: &Database) {
    migrated(database).await;
    let db = &database.db;
    let page = History::of::<new::Entity>(1)
        .page(db, None, 10)
        .await
        .unwrap();
    // The log still contains it.
    assert_eq!(
        page.entries[2].after(),
        serde_json::json!({ "nickname": null })
    );
    assert!(
        past(database, 2)
            .await
            .iter()
            .all(|(column, _)| format!("{column:?}") != "Nickname")
    );
    let refused = page.entries[2].inverse::<new::Patch>().unwrap_err();
    assert!(
        refused
            .to_string()
            .ends_with("`nickname` is no longer a field"),
        "{refused}"
    );
    // A deleted row is restored without it.
    let context = context();
    let audit = db.audited(&context);
    audit.delete::<new::Entity>(1).await.unwrap();
    let page = History::of::<new::Entity>(1)
        .newest_first()
        .page(db, None, 1)
        .await
        .unwrap();
    let restoration = page.entries[0].restoration::<new::Entity>().unwrap();
    let restored = audit.restore(restoration).await.unwrap();
    assert_eq!((&*restored.role, &*restored.age), ("captain", "21"));
}

async fn a_retyped_column_reads_where_it_can(database: &Database) {
    migrated(database).await;
    // A number reads as text, and a text as a number if it looks like one.
    for (entry, age) in [(1, "20"), (2, "21"), (3, "21")] {
        let past = past(database, entry).await;
        assert_eq!(past.value(new::Column::Age), Some(&age.into()), "{entry}");
    }
    for entry in [2, 3, 4] {
        let past = past(database, entry).await;
        assert_eq!(past.value(new::Column::Level), Some(&5.into()), "{entry}");
    }
    let past = past(database, 1).await;
    let level = past.get(new::Column::Level);
    assert!(
        matches!(level, PastValue::Unknown(Reason::Unreadable(_))),
        "{level:?}"
    );
    assert!(!past.model().unwrap_err().to_string().contains("high"));
    let page = History::of::<new::Entity>(1)
        .page(&database.db, None, 2)
        .await
        .unwrap();
    let refused = page.entries[1].inverse_of::<new::Patch>(&[new::Column::Age, new::Column::Level]);
    assert_eq!(
        refused.unwrap_err().to_string(),
        "entry 2 cannot be reverted: `level` cannot be read: a string does not read as Int"
    );
}
