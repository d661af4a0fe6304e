//! The difference of rows, as it is stored and read.

use serde_json::{json, to_value};

use super::Changes;
use crate::encode::Encoded;

mod account {
    use sea_orm::entity::prelude::*;

    use crate::audited::{Audited, Field, FieldPolicy};

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "account")]
    pub(super) struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[sea_orm(column_name = "account_name")]
        pub name: String,
        pub balance: f64,
        pub settings: Option<Json>,
        pub phone: Option<String>,
        pub seen_at: DateTimeUtc,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub(super) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl Audited for Entity {
        fn field(column: Column) -> Field {
            let (name, policy) = match column {
                Column::Id => ("id", FieldPolicy::Key),
                Column::Name => ("name", FieldPolicy::Record),
                Column::Balance => ("balance", FieldPolicy::Record),
                Column::Settings => ("settings", FieldPolicy::Record),
                Column::Phone => ("phone", FieldPolicy::Redact),
                Column::SeenAt => ("seen_at", FieldPolicy::Skip),
            };
            Field { name, policy }
        }
    }
}

fn row() -> account::Model {
    account::Model {
        id: 1,
        name: "jane".to_owned(),
        balance: 1.5,
        settings: None,
        phone: Some("555".to_owned()),
        seen_at: Default::default(),
    }
}

#[test]
fn a_new_row_is_all_after() {
    let stored = json!({
        "name": { "after": "jane" },
        "balance": { "after": 1.5 },
        "settings": { "after": null },
        "phone": { "after_is": "redacted" },
    });
    let changes = Changes::created::<account::Entity>(&row());
    assert_eq!(to_value(&changes).unwrap(), stored);
    assert_eq!(changes.before(), json!({}));
    assert_eq!(
        changes.after(),
        json!({ "name": "jane", "balance": 1.5, "settings": null })
    );
}

#[test]
fn a_deleted_row_is_all_before() {
    let changes = Changes::deleted::<account::Entity>(&account::Model {
        phone: None,
        ..row()
    });
    let stored = json!({
        "name": { "before": "jane" },
        "balance": { "before": 1.5 },
        "settings": { "before": null },
        "phone": { "before": null },
    });
    assert_eq!(to_value(&changes).unwrap(), stored);
}

#[test]
fn an_update_is_what_differs() {
    let before = row();
    let after = account::Model {
        name: "jane\0".to_owned(),
        settings: Some(json!(null)),
        phone: None,
        seen_at: chrono::Utc::now(),
        ..row()
    };
    let stored = json!({
        "name": { "before": "jane", "after": "amFuZQA=", "after_is": "base64" },
        "settings": { "before": null, "after": null, "after_is": "json_null" },
        "phone": { "before_is": "redacted", "after": null },
    });
    let changes = Changes::updated::<account::Entity>(&before, &after);
    assert_eq!(to_value(&changes).unwrap(), stored);
    assert_eq!(changes.len(), 3);
    let fields: Vec<_> = changes.iter().map(|(field, _)| field).collect();
    assert_eq!(fields, ["name", "phone", "settings"]);
}

#[test]
fn no_difference_in_meaning_is_no_change() {
    let before = account::Model {
        balance: f64::NAN,
        settings: Some(json!({ "a": 1, "b": 2 })),
        ..row()
    };
    let after = account::Model {
        seen_at: chrono::Utc::now(),
        settings: Some(json!({ "b": 2.0, "a": 1 })),
        ..before.clone()
    };
    assert!(Changes::updated::<account::Entity>(&before, &after).is_empty());
}

#[test]
fn another_shape_is_unknown_in_its_field() {
    let strange = [
        (
            json!(1),
            json!({ "before_is": "no change", "after_is": "no change" }),
        ),
        (
            json!({}),
            json!({ "before_is": "no change", "after_is": "no change" }),
        ),
        (
            json!({ "before": 1, "since": 2 }),
            json!({ "before_is": "since" }),
        ),
        (
            json!({ "before": 1, "before_is": "sealed" }),
            json!({ "before_is": "sealed" }),
        ),
        (
            json!({ "before": 1, "before_is": null }),
            json!({ "before_is": "null" }),
        ),
        (
            json!({ "before": 1, "before_is": ["a"] }),
            json!({ "before_is": "[\"a\"]" }),
        ),
        (
            json!({ "before_is": "json_null" }),
            json!({ "before_is": "json_null" }),
        ),
        (
            json!({ "after_is": "base64" }),
            json!({ "after_is": "base64" }),
        ),
        (
            json!({ "before": 1, "before_is": "redacted", "after": 2 }),
            json!({ "before_is": "redacted", "after": 2 }),
        ),
    ];
    for (stored, read) in strange {
        let changes = json!({ "a": stored, "b": { "before": 1, "after": 2 } });
        let changes: Changes = serde_json::from_value(changes).unwrap();
        let known = json!({ "before": 1, "after": 2 });
        assert_eq!(
            to_value(&changes).unwrap(),
            json!({ "a": read, "b": known })
        );
        let change = changes.get("a").unwrap();
        let unknown = [&change.before, &change.after].into_iter().flatten();
        let unknown = unknown.filter(|side| matches!(side, Encoded::Unknown(_)));
        assert!(unknown.count() > 0, "{stored}");
    }
    assert!(serde_json::from_value::<Changes>(json!([])).is_err());
}
