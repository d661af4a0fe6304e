//! Renamed entities and fields, and entities with the same name.

use audit_runtime::{coverage::Coverage, entities};
use serde_json::json;

use super::{accepted, json, told};

mod person {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "persons", schema_name = "staff")]
    #[audited(was("people", "humans"), no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[audited(update, erasable, was = "nick")]
        pub name: String,
    }
}

mod summary {
    //! An entity with some columns of the same table.

    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "persons", schema_name = "staff")]
    #[audited(no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
    }
}

#[test]
fn what_has_another_name_is_the_same_where_was_says_so() {
    let today = Coverage::of(&entities![person::Entity]);
    assert!(today.to_string().contains("\n  erasable: name\n"));
    let mut manifest = json(&today);
    assert_eq!(
        manifest["entities"]["staff.persons"],
        json!({
            "table": "staff.persons",
            "fields": { "id": "key", "name": "record" },
            "erasable": ["name"],
            "allowlists": { "Patch": ["name"] },
            "former_names": ["humans", "people"],
            "former_fields": { "name": ["nick"] },
        })
    );
    // The manifest before both renamings.
    manifest["entities"] = json!({
        "people": {
            "table": "people",
            "fields": { "id": "key", "nick": "record" },
            "erasable": ["nick"],
            "allowlists": { "Patch": ["nick"] },
            "former_names": ["humans"],
        },
    });
    let renamed = |change: &str, object: &str| (change.to_owned(), object.to_owned(), false);
    assert_eq!(
        told(&today, &accepted(&manifest)),
        [
            renamed("ENTITY_RENAMED", "staff.persons"),
            renamed("FIELD_RENAMED", "staff.persons.name"),
        ]
    );
    // A rename hides no other difference.
    let people = &mut manifest["entities"]["people"];
    people["fields"]["nick"] = "redact".into();
    people["erasable"] = json!([]);
    people["former_names"] = json!(["folk", "humans"]);
    people["former_fields"] = json!({ "nick": ["alias"] });
    let loosened = |change: &str, object: &str| (change.to_owned(), object.to_owned(), true);
    assert_eq!(
        told(&today, &accepted(&manifest))[..4],
        [
            loosened("FORMER_NAME_LOST", "staff.persons"),
            loosened("FORMER_NAME_LOST", "staff.persons.name"),
            loosened("SECRECY_LOST", "staff.persons.name"),
            loosened("ERASURE_WIDENED", "staff.persons.name"),
        ]
    );
}

#[test]
fn a_name_that_was_forgotten_is_a_loss() {
    let today = Coverage::of(&entities![person::Entity]);
    let mut manifest = json(&today);
    manifest["entities"]["staff.persons"]["fields"] = json!({ "id": "key", "title": "record" });
    let told = told(&today, &accepted(&manifest));
    let changes: Vec<_> = told.iter().map(|(change, ..)| change.as_str()).collect();
    assert_eq!(changes, ["FIELD_APPEARED", "FIELD_LOST"]);
}

#[test]
fn two_entities_of_one_name_stay_two() {
    let both = Coverage::of(&entities![person::Entity, summary::Entity]);
    let manifest = json(&both);
    let names: Vec<_> = manifest["entities"].as_object().unwrap().keys().collect();
    assert_eq!(
        names,
        [
            "staff.persons (it::coverage::names::person::Entity)",
            "staff.persons (it::coverage::names::summary::Entity)",
        ]
    );
}
