//! Values that the present fields cannot hold, and lists of structs.

use audit_runtime::{Entry, Error, PastValue, Reason, prelude::*};
use sea_orm::{DatabaseConnection, IntoActiveModel};

use crate::{
    backend::{Database, on_every_backend},
    entities::{context, entries},
    types::create_table,
};

on_every_backend!(
    a_retired_variant_is_known_and_named,
    a_list_of_structs_comes_back
);

macro_rules! account {
    ($name:ident, [$($variant:ident),+]) => {
        mod $name {
            use audit_runtime::Audited;
            use sea_orm::entity::prelude::*;

            #[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
            #[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
            pub enum Rank {
                $($variant,)+
            }

            #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
            #[sea_orm(table_name = "accounts")]
            #[audited(no_hooks)]
            pub struct Model {
                #[sea_orm(primary_key, auto_increment = false)]
                pub id: i32,
                #[audited(update)]
                pub rank: Rank,
                #[audited(update)]
                pub name: String,
            }

            #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
            pub enum Relation {}
        }
    };
}

account!(old, [User, Guest, Admin]);
account!(new, [User, Admin]);

async fn last(db: &DatabaseConnection) -> Entry {
    entries(db).await.pop().unwrap()
}

async fn a_retired_variant_is_known_and_named(database: &Database) {
    let db = &database.db;
    audit_runtime::schema::install(db).await.unwrap();
    create_table(db, old::Entity).await;
    let context = context();
    let audit = db.audited(&context);
    let row = old::Model {
        id: 1,
        rank: old::Rank::Guest,
        name: "jane".to_owned(),
    };
    audit.insert(row.into_active_model()).await.unwrap();
    let created = last(db).await;
    // Also while the row still has the value.
    let check = async || {
        let past = new::Entity::state_at(1, &created, db)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            past.get(new::Column::Rank),
            &PastValue::Known("guest".into())
        );
        assert_eq!(
            past.get(new::Column::Name),
            &PastValue::Known("jane".into())
        );
        let Err(Error::UnknownFields { fields, .. }) = past.model() else {
            panic!("a model with a value that its field has not");
        };
        assert_eq!(fields, [("rank".to_owned(), Reason::Unfit)]);
    };
    check().await;
    audit
        .update(1, old::Patch::new().rank(old::Rank::Admin))
        .await
        .unwrap();
    check().await;
    let promoted = last(db).await;
    let refused = promoted.inverse::<new::Patch>().unwrap_err();
    assert!(
        refused
            .to_string()
            .ends_with("`rank` had a value that the field no longer accepts"),
        "{refused}"
    );
    audit
        .update(1, old::Patch::new().rank(old::Rank::Guest))
        .await
        .unwrap();
    audit.delete::<old::Entity>(1).await.unwrap();
    check().await;
    let Err(Error::Irreversible { fields, .. }) = last(db).await.restoration::<new::Entity>()
    else {
        panic!("a row with a value that its field has not");
    };
    assert_eq!(fields, ["rank"]);
}

macro_rules! basket {
    ($name:ident, $($field:ident: $type:ty),+) => {
        mod $name {
            use audit_runtime::Audited;
            use sea_orm::{FromJsonQueryResult, entity::prelude::*};
            use serde::{Deserialize, Serialize};

            #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
            pub struct Item {
                $(pub $field: $type,)+
            }

            #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
            #[sea_orm(table_name = "baskets")]
            #[audited(no_hooks)]
            pub struct Model {
                #[sea_orm(primary_key, auto_increment = false)]
                pub id: i32,
                #[sea_orm(column_type = "JsonBinary")]
                #[audited(update)]
                pub items: Vec<Item>,
                #[sea_orm(column_type = "JsonBinary")]
                #[audited(update)]
                pub first: Item,
            }

            #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
            pub enum Relation {}
        }
    };
}

basket!(basket, name: String);
basket!(changed, name: String, price: i32);

async fn a_list_of_structs_comes_back(database: &Database) {
    let db = &database.db;
    audit_runtime::schema::install(db).await.unwrap();
    create_table(db, basket::Entity).await;
    let context = context();
    let audit = db.audited(&context);
    let items = |names: &[&str]| -> Vec<_> {
        names
            .iter()
            .map(|name| basket::Item {
                name: (*name).to_owned(),
            })
            .collect()
    };
    let row = basket::Model {
        id: 1,
        items: items(&["nail", "a\"b"]),
        first: items(&["nail"]).remove(0),
    };
    audit.insert(row.clone().into_active_model()).await.unwrap();
    let created = last(db).await;
    assert_eq!(
        created.after()["items"],
        serde_json::json!([{ "name": "nail" }, { "name": "a\"b" }])
    );
    let mut was = row;
    for list in [vec![], items(&["screw"]), items(&["a\0b", "b"])] {
        if database.backend() != sea_orm::DatabaseBackend::Sqlite && list.len() == 2 {
            continue;
        }
        audit
            .update(1, basket::Patch::new().items(list))
            .await
            .unwrap();
        let entry = last(db).await;
        let past = basket::Entity::state_at(1, Moment::before(&entry), db)
            .await
            .unwrap();
        assert_eq!(past.unwrap().model().unwrap(), was);
        let reverted = audit
            .revert(entry.inverse::<basket::Patch>().unwrap())
            .await
            .unwrap();
        assert_eq!(reverted, was);
        audit
            .revert(last(db).await.inverse::<basket::Patch>().unwrap())
            .await
            .unwrap();
        was = basket::Entity::state_at(1, &entry, db)
            .await
            .unwrap()
            .unwrap()
            .model()
            .unwrap();
    }
    // A struct that has changed since is named in the error, and nothing is guessed.
    let past = changed::Entity::state_at(1, &created, db)
        .await
        .unwrap()
        .unwrap();
    let Err(Error::UnknownFields { fields, .. }) = past.model() else {
        panic!("a model of structs that are no longer so");
    };
    let fields: Vec<_> = fields.iter().map(|(field, _)| &**field).collect();
    assert_eq!(fields, ["items", "first"]);
    audit.delete::<basket::Entity>(1).await.unwrap();
    let restoration = last(db).await.restoration::<basket::Entity>().unwrap();
    assert_eq!(audit.restore(restoration).await.unwrap(), was);
}
