//! The contents of `audit_entries`.

use audit_runtime::schema;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value as Json, json};

use super::insert;
use crate::backend::{Database, Server, on_every_backend};

on_every_backend!(
    the_view_shows_before_after_and_diff,
    the_view_survives_what_is_not_changes,
);

async fn the_view_shows_before_after_and_diff(db: &Database) {
    schema::install(&db.db).await.unwrap();
    for (changes, before, after, diff) in [
        (
            json!({"phone": {"before_is": "redacted", "after": null}, "role": {"before": "user", "after": "admin"}}),
            json!({"role": "user"}),
            json!({"phone": null, "role": "admin"}),
            json!([
                {"field": "phone", "before_is": "redacted", "after": null},
                {"field": "role", "before": "user", "after": "admin"},
            ]),
        ),
        (
            json!({"a": {"after": {"x": [1, 2.5, null, true, "\"'\\/ {"]}}, "größe": {"after": "9007199254740993"}, "type": {"after": ""}, "z": {"after": -1}}),
            json!({}),
            json!({"a": {"x": [1, 2.5, null, true, "\"'\\/ {"]}, "größe": "9007199254740993", "type": "", "z": -1}),
            json!([
                {"field": "a", "after": {"x": [1, 2.5, null, true, "\"'\\/ {"]}},
                {"field": "größe", "after": "9007199254740993"},
                {"field": "type", "after": ""},
                {"field": "z", "after": -1},
            ]),
        ),
        (
            json!({"before": {"before": false}, "field": {"before": {"before": 1, "field": 2}}, "🦀": {"before": []}}),
            json!({"before": false, "field": {"before": 1, "field": 2}, "🦀": []}),
            json!({}),
            json!([
                {"field": "before", "before": false},
                {"field": "field", "before": {"before": 1, "field": 2}},
                {"field": "🦀", "before": []},
            ]),
        ),
        (
            json!({"\"": {"after": 1}, "$.a[0]": {"after": 2}, "\\": {"after": 3}}),
            json!({}),
            json!({"\"": 1, "$.a[0]": 2, "\\": 3}),
            json!([
                {"field": "\"", "after": 1},
                {"field": "$.a[0]", "after": 2},
                {"field": "\\", "after": 3},
            ]),
        ),
        (json!({}), json!({}), json!({}), json!([])),
        // Longer than MariaDB allows for an aggregate by default.
        (
            json!({"text": {"before": "x".repeat(1 << 21)}}),
            json!({"text": "x".repeat(1 << 21)}),
            json!({}),
            json!([{"field": "text", "before": "x".repeat(1 << 21)}]),
        ),
    ] {
        let entry = insert(&db.db, Some(changes)).await;
        assert_eq!(view(db, entry.id).await, [before, after, diff].map(Some));
    }
    let entry = insert(&db.db, None).await;
    assert_eq!(view(db, entry.id).await, [None, None, None]);
}

async fn the_view_survives_what_is_not_changes(db: &Database) {
    schema::install(&db.db).await.unwrap();
    for (changes, difference) in [
        (json!([1]), [None, None, None]),
        (json!(7), [None, None, None]),
        (json!("before"), [None, None, None]),
        (
            json!({"role": {}}),
            [json!({}), json!({}), json!([{"field": "role"}])].map(Some),
        ),
    ] {
        let entry = insert(&db.db, Some(changes.clone())).await;
        assert_eq!(view(db, entry.id).await, difference, "{changes}");
    }
    for changes in [
        json!({"role": "before"}),
        json!({"role": ["after"]}),
        json!({"role": null}),
    ] {
        let entry = insert(&db.db, Some(changes.clone())).await;
        let [before, after, _] = view(db, entry.id).await;
        assert_eq!(
            [before, after],
            [Some(json!({})), Some(json!({}))],
            "{changes}"
        );
    }
}

/// `before`, `after` and `diff` of an entry.
async fn view(db: &Database, id: i64) -> [Option<Json>; 3] {
    let sql = format!("SELECT * FROM audit_entries WHERE id = {id}");
    let row = db
        .db
        .query_one_raw(Statement::from_string(db.backend(), sql))
        .await
        .unwrap()
        .unwrap();
    let mut columns = ["before", "after", "diff"].map(|column| row.try_get("", column).unwrap());
    if let Some(diff) = &mut columns[2] {
        in_order_of_fields(db, diff);
    }
    columns
}

/// Sorts a `diff` by field, because MySQL stores the fields of an object in its own order.
pub fn in_order_of_fields(db: &Database, diff: &mut Json) {
    if db.server() == Server::MySql {
        let changes = diff.as_array_mut().unwrap();
        changes.sort_by_key(|change| change["field"].as_str().unwrap().to_owned());
    }
}
