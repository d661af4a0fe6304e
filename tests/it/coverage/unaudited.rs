//! Entities without audit, from SeaORM's registry.

use audit_runtime::{coverage::Coverage, entities, schema::Entities};
use serde_json::Value as Json;

use super::{accepted, audited, json, told};
use crate::entities::user;

mod plain {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "plain")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod by_hand {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "by_hand")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

// The impl is in another module than its entity.
impl audit_runtime::Audited for by_hand::Entity {
    fn field(column: by_hand::Column) -> audit_runtime::audited::Field {
        match column {
            by_hand::Column::Id => audit_runtime::audited::Field::key("id"),
        }
    }
}

fn unaudited(entities: &Entities) -> Vec<String> {
    let manifest = json(&Coverage::of(entities));
    let modules = manifest["unaudited"].as_array().unwrap().iter();
    modules
        .map(|module| module.as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn an_entity_that_is_not_in_the_list_is_unaudited() {
    mod within {
        use audit_runtime::Audited;
        use sea_orm::entity::prelude::*;

        #[sea_orm::model]
        #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
        #[sea_orm(table_name = "within")]
        #[audited(no_hooks)]
        pub struct Model {
            #[sea_orm(primary_key)]
            pub id: i32,
        }
    }

    let [plain, by_hand, within, user] = [
        "it::coverage::unaudited::plain",
        "it::coverage::unaudited::by_hand",
        "it::coverage::unaudited::within",
        "it::entities::user",
    ]
    .map(str::to_owned);
    let of_none = unaudited(&entities![]);
    for module in [&plain, &by_hand, &within, &user] {
        assert!(of_none.contains(module), "{module}: {of_none:?}");
    }
    let is_of_library = |module: &String| {
        let libraries = ["audit_runtime::", "sea_orm::", "sea_orm_migration::"];
        libraries.iter().any(|library| module.starts_with(library))
    };
    assert!(!of_none.iter().any(is_of_library), "{of_none:?}");

    let listed = entities![user::Entity, by_hand::Entity, within::Entity];
    let rest = unaudited(&listed);
    assert!(rest.contains(&plain));
    for module in [&by_hand, &within, &user] {
        assert!(!rest.contains(module), "{module}");
    }
    assert_eq!(rest.len() + 3, of_none.len());
}

#[test]
fn an_entity_without_audit_is_found_when_it_appears() {
    let today = Coverage::of(&audited());
    let mut manifest = json(&today);
    let modules = manifest["unaudited"].as_array_mut().unwrap();
    modules.retain(|module| module != "it::coverage::unaudited::plain");
    let appeared = (
        "UNAUDITED_APPEARED".to_owned(),
        "it::coverage::unaudited::plain".to_owned(),
        true,
    );
    assert_eq!(told(&today, &accepted(&manifest)), [appeared]);
    // A build that does not know its unaudited entities does not count as a build without any.
    let mut unknown = json(&today);
    unknown.as_object_mut().unwrap().remove("unaudited");
    let told: Vec<_> = told(&accepted(&unknown), &today)
        .into_iter()
        .map(|(change, _, is_loosened)| (change, is_loosened))
        .collect();
    assert_eq!(told, [("UNAUDITED_UNKNOWN".to_owned(), true)]);
    manifest["unaudited"] = Json::Array(Vec::new());
    assert!(
        accepted(&manifest)
            .to_string()
            .ends_with("\n\nEvery entity is audited.")
    );
}
