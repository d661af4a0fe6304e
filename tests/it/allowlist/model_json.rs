//! serde's attributes on the model: patches and drafts read a body as serde reads it for the model.

mod expanded_entity;

use audit_runtime::audited::{Allowlist, Audited, ModelOf, refused_keys};
use sea_orm::{ActiveValue, ModelTrait};
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};

mod article {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;
    use serde::{Deserialize, Deserializer, Serialize};

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, Audited, Serialize, Deserialize)]
    #[sea_orm(table_name = "articles")]
    #[serde(rename_all(deserialize = "camelCase", serialize = "UPPERCASE"))]
    #[serde(deny_unknown_fields)]
    #[audited(no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key)]
        #[serde(default)]
        pub id: i32,
        #[audited(create, update)]
        pub first_line: String,
        #[serde(alias = "sub", alias = "subtitle_text")]
        #[audited(create, update)]
        pub sub_title: Option<String>,
        #[serde(rename = "e-mail", alias = "mail")]
        #[audited(create, update)]
        pub email: String,
        #[serde(rename(serialize = "out", deserialize = "in"))]
        #[audited(create, update)]
        pub direction: String,
        #[serde(rename(serialize = "written"))]
        #[audited(create, update)]
        pub as_named: i32,
        #[serde(deserialize_with = "trimmed")]
        #[audited(create, update)]
        pub title: String,
        #[serde(with = "super::cents", alias = "cost")]
        #[audited(create, update)]
        pub price: i64,
        #[serde(default, deserialize_with = "zero_for_null")]
        #[audited(create, update)]
        pub visits: i32,
        #[serde(skip_serializing, default)]
        #[audited(create, update)]
        pub note: Option<String>,
        #[serde(skip_deserializing)]
        #[audited(create, update)]
        pub role: String,
        #[serde(skip)]
        #[audited(create, update)]
        pub level: i32,
        #[cfg_attr(all(), serde(alias = "conditional"))]
        #[audited(create, update)]
        pub r#type: String,
        #[sea_orm(column_name = "stored_as")]
        #[audited(create, update)]
        pub column_2: i32,
    }

    fn trimmed<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
        Ok(String::deserialize(deserializer)?.trim().to_owned())
    }

    fn zero_for_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i32, D::Error> {
        Ok(Option::deserialize(deserializer)?.unwrap_or_default())
    }
}

mod cents {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(cents: &i64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&cents.to_string())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
        let text = String::deserialize(deserializer)?;
        let (whole, cents) = text
            .split_once('.')
            .ok_or_else(|| D::Error::custom("no point"))?;
        format!("{whole}{cents}").parse().map_err(D::Error::custom)
    }
}

fn body() -> Json {
    json!({
        "firstLine": "a", "subTitle": null, "e-mail": "a@b", "in": "up", "asNamed": 1, "title": "t", "price": "1.50",
        "visits": 7, "type": "news", "column2": 2,
    })
}

/// Compares what serde, a draft and a patch read from a body in which `key` replaces `instead_of`.
fn check(instead_of: &str, key: &str, value: Json) {
    let mut whole = body();
    let object = whole.as_object_mut().unwrap();
    object.remove(instead_of);
    object.insert(key.to_owned(), value.clone());
    let model = serde_json::from_value::<article::Model>(whole.clone());
    let draft = serde_json::from_value::<article::Draft>(whole);
    let patch = serde_json::from_value::<article::Patch>(json!({ key: value }));
    let Ok(model) = model else {
        assert!(
            draft.is_err() && patch.is_err(),
            "{key}: {draft:?}, {patch:?}"
        );
        return;
    };
    same(&model, &draft.unwrap(), body().as_object().unwrap().len());
    same(&model, &patch.unwrap(), 1);
}

/// Asserts that every set field equals the model's.
fn same<A: Allowlist<Owner: Audited>>(model: &ModelOf<A::Owner>, read: &A, at_least: usize) {
    let set = read
        .values()
        .into_iter()
        .filter_map(|(column, value)| match value {
            ActiveValue::Set(value) => Some((column, value)),
            _ => None,
        });
    let set: Vec<_> = set.collect();
    assert!(set.len() >= at_least, "{read:?}");
    for (column, value) in set {
        assert_eq!(model.get(column), value, "{read:?}");
    }
}

#[test]
fn a_body_is_read_as_serde_reads_it_for_the_model() {
    for (instead_of, key, value) in [
        ("firstLine", "firstLine", json!("b")),
        ("subTitle", "subTitle", json!("b")),
        ("subTitle", "sub", json!("b")),
        ("subTitle", "subtitle_text", json!(null)),
        ("e-mail", "e-mail", json!("b")),
        ("e-mail", "mail", json!("b")),
        ("in", "in", json!("down")),
        ("asNamed", "asNamed", json!(2)),
        ("title", "title", json!("  b ")),
        ("price", "price", json!("12.34")),
        ("price", "cost", json!("0.99")),
        ("visits", "visits", json!(null)),
        ("visits", "visits", json!(3)),
        ("note", "note", json!("b")),
        ("type", "type", json!("b")),
        ("type", "conditional", json!("b")),
        ("column2", "column2", json!(3)),
        // Refused by all of them.
        ("firstLine", "first_line", json!("b")),
        ("firstLine", "FIRSTLINE", json!("b")),
        ("e-mail", "email", json!("b")),
        ("in", "direction", json!("b")),
        ("in", "out", json!("b")),
        ("asNamed", "written", json!(2)),
        ("title", "title", json!(5)),
        ("price", "price", json!(12)),
        ("price", "price", json!("12")),
        ("role", "role", json!("admin")),
        ("level", "level", json!(9)),
        ("type", "r#type", json!("b")),
        ("column2", "stored_as", json!(3)),
        ("column2", "column_2", json!(3)),
    ] {
        check(instead_of, key, value);
    }
}

#[test]
fn a_key_and_its_alias_are_one_field() {
    let twice = serde_json::from_str::<article::Patch>(r#"{"mail": "a", "e-mail": "b"}"#);
    assert!(
        twice
            .unwrap_err()
            .to_string()
            .starts_with("`e-mail` appears twice")
    );
    let body = json!({ "mail": "a", "role": "admin", "sub": null });
    assert_eq!(refused_keys::<article::Patch>(&body), ["role"]);
}

#[test]
fn a_field_that_no_json_sets_may_be_set_otherwise() {
    let patch = article::Patch::new().role("editor").level(3);
    assert_eq!(patch.values().len(), 13);
    let error = serde_json::from_str::<article::Patch>(r#"{"role": "admin"}"#).unwrap_err();
    let allowed = "allowed: `firstLine`, `subTitle`, `e-mail`, `in`, `asNamed`, `title`, `price`, `visits`, `note`, `type`, `column2`";
    assert!(
        error
            .to_string()
            .starts_with(&format!("not allowed here: `role`; {allowed}")),
        "{error}"
    );
}

/// An entity whose fields are renamed by a rule.
macro_rules! renamed {
    ($($module:ident: $rule:literal),+ $(,)?) => {
        $(
            mod $module {
                use audit_runtime::Audited;
                use sea_orm::entity::prelude::*;

                #[derive(Clone, Debug, PartialEq, DeriveEntityModel, Audited, serde::Serialize, serde::Deserialize)]
                #[sea_orm(table_name = "renamed")]
                #[serde(rename_all = $rule)]
                #[audited(no_hooks, others = record)]
                pub struct Model {
                    #[sea_orm(primary_key)]
                    #[audited(create)]
                    pub id: i32,
                    #[audited(create)]
                    pub first_name: i32,
                    #[audited(create)]
                    pub line_2: i32,
                    #[audited(create)]
                    pub x2_y3z: i32,
                    #[audited(create)]
                    pub r#type: i32,
                    #[audited(create)]
                    pub a_bc_d: i32,
                }

                #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
                pub enum Relation {}
            }
        )+

        #[test]
        fn fields_are_renamed_as_serde_renames_them() {
            $(
                let (first_name, line_2, x2_y3z, r#type, a_bc_d) = (2, 3, 4, 5, 6);
                let model = $module::Model { id: 1, first_name, line_2, x2_y3z, r#type, a_bc_d };
                written_and_read::<$module::Draft>(&model);
            )+
        }
    };
}

renamed! {
    lower: "lowercase",
    upper: "UPPERCASE",
    pascal: "PascalCase",
    camel: "camelCase",
    snake: "snake_case",
    screaming: "SCREAMING_SNAKE_CASE",
    kebab: "kebab-case",
    screaming_kebab: "SCREAMING-KEBAB-CASE",
}

fn written_and_read<A: Allowlist + DeserializeOwned>(
    model: &(impl ModelTrait<Entity = A::Owner> + serde::Serialize),
) where
    A::Owner: sea_orm::EntityTrait,
{
    let json = serde_json::to_value(model).unwrap();
    let draft: A = serde_json::from_value(json).unwrap();
    for (column, value) in draft.values() {
        assert_eq!(value, ActiveValue::Set(model.get(column)));
    }
}
