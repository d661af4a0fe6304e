//! Patches and drafts from JSON, and what they print.

mod model_json;

use audit_runtime::audited::refused_keys;
use sea_orm::{ActiveValue::NotSet, Set};
use serde_json::json;

mod account {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited, serde::Deserialize)]
    #[sea_orm(table_name = "accounts")]
    #[serde(rename_all = "camelCase")]
    #[audited(no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[audited(update, create)]
        pub display_name: String,
        #[audited(update)]
        pub logins: i32,
        #[audited(update, redact)]
        pub phone: Option<String>,
        #[audited(update, redact)]
        pub pin: i32,
        #[audited(update)]
        pub settings: Option<Json>,
        #[audited(record)]
        pub role: String,
    }
}

use account::{Draft, Patch};

fn error(json: &str) -> String {
    let patch = serde_json::from_str::<Patch>(json);
    patch.expect_err("refused").to_string()
}

#[test]
fn an_absent_field_is_unchanged_and_null_is_null() {
    let patch: Patch = serde_json::from_str(r#"{"phone": null, "logins": 3}"#).unwrap();
    assert_eq!(patch.phone, Set(None));
    assert_eq!(patch.logins, Set(3));
    assert_eq!(patch.display_name, NotSet);

    let patch: Patch = serde_json::from_str("{}").unwrap();
    assert_eq!(patch.phone, NotSet);
}

#[test]
fn keys_are_those_of_the_models_own_json() {
    let draft: Draft = serde_json::from_value(json!({ "displayName": "jane" })).unwrap();
    assert_eq!(draft.display_name, Set("jane".to_owned()));
    assert!(error(r#"{"display_name": "jane"}"#).starts_with("not allowed here: `display_name`"));
}

#[test]
fn null_is_no_value_for_a_column_that_has_none() {
    assert!(error(r#"{"logins": null}"#).starts_with("`logins` cannot be null"));
}

#[test]
fn every_refused_key_is_named_and_the_allowed_ones_are_listed() {
    let refused = r#"{"role": "admin", "logins": "many", "id": 1, "new\nline": 1}"#;
    assert!(error(refused).starts_with(
        r"not allowed here: `role`, `id`, `new\nline`; allowed: `displayName`, `logins`, `phone`, `pin`, `settings`"
    ));
    let refused = serde_json::from_str(refused).unwrap();
    assert_eq!(refused_keys::<Patch>(&refused), ["id", "new\nline", "role"]);
    assert!(refused_keys::<Patch>(&json!({ "logins": 1 })).is_empty());
}

#[test]
fn a_key_written_twice_is_refused() {
    assert!(error(r#"{"logins": 1, "logins": 2}"#).starts_with("`logins` appears twice"));
}

#[test]
fn a_wrong_type_is_named() {
    assert!(
        error(r#"{"logins": "many"}"#)
            .starts_with(r#"`logins`: invalid type: string "many", expected i32"#)
    );
    assert!(
        error("[]").starts_with("invalid type: sequence, expected an object with fields among")
    );
}

#[test]
fn a_redacted_value_is_in_no_error() {
    assert!(error(r#"{"pin": "s3cr3t"}"#).starts_with("`pin`: invalid value"));
    assert!(error(r#"{"phone": {"s3cr3t": 1}}"#).starts_with("`phone`: invalid value"));
}

#[test]
fn a_redacted_value_is_not_printed() {
    let patch = Patch::new().logins(3).phone("s3cr3t").pin(1234);
    assert_eq!(
        format!("{patch:?}"),
        r#"Patch { display_name: NotSet, logins: Int(Some(3)), phone: "redacted", pin: "redacted", settings: NotSet }"#
    );
}
