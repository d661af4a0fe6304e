//! Twenty entities as `sea-orm-cli` generates them, in a service that makes all writes by `save()`.

mod after;
mod before;
#[allow(
    unused_imports,
    reason = "the generator writes a prelude of all entities"
)]
mod entities;
mod generator;
mod shop;
mod tables;

use std::{collections::BTreeSet, fs, path::Path};

use audit_runtime::{Entry, schema::Entities};
use sea_orm::{Database as Sea, EntityTrait};
use sea_orm_codegen::merge_entity_files;

use crate::{
    backend::{Database, on_every_backend},
    entities::entries,
};
use generator::{formatted, generate};

on_every_backend!(every_save_has_an_entry);

const SCHEMA: &str = include_str!("generated/shop.sql");
const DERIVES: &[&str] = &["audit_runtime::Audited"];
const ATTRIBUTES: &[&str] = &["audited(others = update, no_hooks)"];
const FOLDER: &str = "it/generated/entities";

async fn every_save_has_an_entry(database: &Database) {
    let db = &database.db;
    after::start(db).await.unwrap();
    let request = after::Request { db, user_id: 7 };
    request.open().await.unwrap();
    let sale = request.sell("john@example.com").await.unwrap();
    request.review(sale, 2).await.unwrap();
    request.refund(sale).await.unwrap();

    let log: Vec<_> = entries(db).await.into_iter().filter(is_of_row).collect();
    let told = |action: &str| {
        let told = log.iter().filter(|entry| entry.action == action);
        let types = told.map(|entry| entry.entity_type.clone().unwrap_or_default());
        types.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(told("UPDATE"), "purchases stock_levels payments");
    assert_eq!(told("DELETE"), "reviews");
    let created: BTreeSet<_> = log
        .iter()
        .filter_map(|entry| entry.entity_type.as_deref())
        .collect();
    assert_eq!(created.len(), 20, "{created:?}");
    for entry in &log {
        assert_eq!(
            (entry.actor.kind(), entry.actor.id()),
            ("User", "7"),
            "{entry}"
        );
    }
    let changesets: BTreeSet<_> = log.iter().map(|entry| entry.changeset_id).collect();
    assert_eq!(changesets.len(), 4);
}

fn is_of_row(entry: &Entry) -> bool {
    entry.entity_type.is_some()
}

/// Ensures that the unaudited shop, which is compared, works.
#[tokio::test]
async fn the_shop_works_without_an_audit() {
    let db = Sea::connect("sqlite::memory:").await.unwrap();
    before::start(&db).await.unwrap();
    let request = before::Request {
        db: &db,
        user_id: 7,
    };
    request.open().await.unwrap();
    let sale = request.sell("john@example.com").await.unwrap();
    request.review(sale, 2).await.unwrap();
    request.refund(sale).await.unwrap();
    let reviews = entities::reviews::Entity::find().all(&db).await.unwrap();
    assert!(reviews.is_empty());
}

/// `UPDATE_GENERATED=1` overwrites the files.
#[tokio::test]
async fn the_entities_are_those_of_the_generator() {
    let files = generate(SCHEMA, DERIVES, ATTRIBUTES).await;
    // The twenty, `mod.rs` and `prelude.rs`.
    assert_eq!(files.len(), 22);
    for (name, text) in files {
        let path = Path::new(FOLDER).join(&name);
        if std::env::var_os("UPDATE_GENERATED").is_some() {
            fs::write(&path, &text).unwrap();
        }
        let stored = fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(stored, text, "{name}");
    }
    let audited = Entities::registered_in("it::generated");
    assert_eq!(audited.iter().count(), 20);
}

#[tokio::test]
async fn an_entity_takes_two_lines_and_all_others_ten() {
    let plain = generate(SCHEMA, &[], &[]).await;
    let audited = generate(SCHEMA, DERIVES, ATTRIBUTES).await;
    for (name, text) in &audited {
        let added = changed(&plain[name], text);
        let added: Vec<_> = added.iter().filter(|line| line.starts_with('+')).collect();
        assert!(added.len() <= 2, "{name}: {added:?}");
    }
    let elsewhere = changed(&text("before.rs"), &text("after.rs"));
    let added = elsewhere.iter().filter(|line| line.starts_with('+'));
    assert!(added.count() <= 10, "{elsewhere:#?}");

    let guide = include_str!("../../audit-runtime/src/guide/generated_entities.rs");
    let guide = guide.replace("//! ", "").replace("//!\n", "\n");
    let brands = changed(&plain["brands.rs"], &audited["brands.rs"]);
    for lines in [brands, elsewhere] {
        let block = format!("```diff\n{}\n```", lines.join("\n"));
        assert!(guide.contains(&block), "{block}");
    }
}

fn text(name: &str) -> String {
    fs::read_to_string(Path::new("it/generated").join(name)).unwrap()
}

/// The removed and added lines, in order.
fn changed(before: &str, after: &str) -> Vec<String> {
    let before: Vec<_> = before.lines().collect();
    let after: Vec<_> = after.lines().collect();
    // The length of the longest common subsequence of the lines that follow each pair.
    let mut common = vec![vec![0; after.len() + 1]; before.len() + 1];
    for old in (0..before.len()).rev() {
        for new in (0..after.len()).rev() {
            common[old][new] = if before[old] == after[new] {
                common[old + 1][new + 1] + 1
            } else {
                common[old + 1][new].max(common[old][new + 1])
            };
        }
    }
    let (mut old, mut new, mut lines) = (0, 0, Vec::new());
    while old < before.len() || new < after.len() {
        if old < before.len() && new < after.len() && before[old] == after[new] {
            (old, new) = (old + 1, new + 1);
        } else if new == after.len()
            || old < before.len() && common[old + 1][new] >= common[old][new + 1]
        {
            lines.push(format!("-{}", before[old]));
            old += 1;
        } else {
            lines.push(format!("+{}", after[new]));
            new += 1;
        }
    }
    lines
}

/// With `--experimental-preserve-user-modifications`, after a column was added. Without the option, nothing is kept.
#[tokio::test]
async fn regeneration_keeps_attributes() {
    let schema = SCHEMA.replace(
        "is_active boolean",
        "phone varchar(255),\n    is_active boolean",
    );
    let edited = "\
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, audit_runtime::Audited)]
#[sea_orm(table_name = \"employees\")]
#[audited(entity_type = \"Employee\", others = record, no_hooks)]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    #[sea_orm(unique)]
    #[audited(label)]
    pub username: String,
    #[audited(update(Admin))]
    pub role: String,
    pub is_active: bool,
}
";
    let expected = edited.replace(
        "    pub is_active",
        "    pub phone: Option<String>,\n    pub is_active",
    );
    for (derives, attributes) in [(DERIVES, ATTRIBUTES), (&[][..], &[][..])] {
        let generated = generate(&schema, derives, attributes).await;
        let merged = merge_entity_files(edited, &generated["employees.rs"]);
        let merged = merged.map_err(|report| report.warnings).unwrap();
        let merged = formatted([("employees.rs".to_owned(), merged)]);
        let (_, merged) = merged["employees.rs"].split_once("\n\n").unwrap();
        // It does not add the empty `impl ActiveModelBehavior` either, which `no_hooks` generates.
        assert_eq!(merged.trim_end(), expected.trim_end());
    }
}
