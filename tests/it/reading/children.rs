//! A row's history with its children.

use audit_runtime::prelude::*;
use futures_util::TryStreamExt;
use sea_orm::{DatabaseConnection, IntoActiveModel};

use crate::{
    backend::{Database, on_every_backend},
    entities::{context, entries, install, install_unguarded, new_user, order, user},
    types::{create_table, whole},
};

on_every_backend!(children_come_with_their_parent, the_key_may_hold_the_parent);

/// A part of an order, whose key begins with the order's.
mod item {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "items")]
    #[audited(entity_type = "Item", no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        #[audited(parent = crate::entities::order::Entity)]
        pub order_id: i32,
        #[sea_orm(primary_key, auto_increment = false)]
        pub position: i32,
        #[audited(update)]
        pub name: String,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
}

/// Every entry of the family, as `ACTION Type id`.
async fn family(db: &DatabaseConnection, question: History) -> Vec<String> {
    let entries: Vec<_> = question.stream(db).try_collect().await.unwrap();
    let name = |text: Option<String>| text.unwrap_or_default();
    entries
        .into_iter()
        .map(|entry| {
            format!(
                "{} {} {}",
                entry.action,
                name(entry.entity_type),
                name(entry.entity_id)
            )
        })
        .collect()
}

async fn children_come_with_their_parent(database: &Database) {
    let db = &database.db;
    install_unguarded(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    let john = audit.insert(new_user("john")).await.unwrap().id;
    let jack = audit.insert(new_user("jack")).await.unwrap().id;
    let row = |id, user_id| order::Model {
        id,
        user_id,
        total: 1,
    };
    for (id, user) in [(1, john), (2, john), (3, jack), (11, jack)] {
        audit
            .insert(row(id, user).into_active_model())
            .await
            .unwrap();
    }
    // One of jack's orders becomes john's, one of john's is deleted, and one is older than the log.
    audit.update(3, whole(&row(3, john))).await.unwrap();
    audit.delete::<order::Entity>(2).await.unwrap();
    database
        .execute(&format!(
            "INSERT INTO orders (id, user_id, total) VALUES (4, {john}, 1)"
        ))
        .await;
    audit.update(4, order::Patch::new().total(2)).await.unwrap();
    audit
        .update(11, order::Patch::new().total(2))
        .await
        .unwrap();
    audit
        .record(Event::new("SHIPPED").about::<order::Entity>(1))
        .await
        .unwrap();

    let with_orders = History::of::<user::Entity>(john).with_children::<order::Entity>();
    let expected = [
        format!("CREATE User {john}"),
        "CREATE Order 1".to_owned(),
        "CREATE Order 2".to_owned(),
        "CREATE Order 3".to_owned(),
        "UPDATE Order 3".to_owned(),
        "DELETE Order 2".to_owned(),
        "UPDATE Order 4".to_owned(),
        "SHIPPED Order 1".to_owned(),
    ];
    assert_eq!(family(db, with_orders.clone()).await, expected);
    let updates = with_orders.clone().action("UPDATE").newest_first();
    assert_eq!(
        family(db, updates).await,
        ["UPDATE Order 4", "UPDATE Order 3"]
    );
    // Page by page, the result is the same.
    let mut walked = Vec::new();
    let mut cursor = None;
    loop {
        let page = with_orders.page(db, cursor, 3).await.unwrap();
        walked.extend(page.entries.iter().map(|entry| entry.id));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(walked.len(), expected.len());
    assert!(walked.is_sorted());
    let nobody = History::of::<user::Entity>(4711).with_children::<order::Entity>();
    assert!(family(db, nobody).await.is_empty());
    // A cursor of the family is not valid for the row alone.
    let cursor = with_orders.page(db, None, 1).await.unwrap().next;
    assert!(
        History::of::<user::Entity>(john)
            .page(db, cursor, 1)
            .await
            .is_err()
    );
    assert_eq!(entries(db).await.len(), 11);
}

async fn the_key_may_hold_the_parent(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    create_table(db, item::Entity).await;
    let context = context();
    let audit = db.audited(&context);
    let john = audit.insert(new_user("john")).await.unwrap().id;
    for id in [1, 10] {
        let order = order::Model {
            id,
            user_id: john,
            total: 1,
        };
        audit.insert(order.into_active_model()).await.unwrap();
        for position in [1, 10] {
            let item = item::Model {
                order_id: id,
                position,
                name: "nail".to_owned(),
            };
            audit.insert(item.into_active_model()).await.unwrap();
        }
    }
    audit.delete::<item::Entity>((1, 10)).await.unwrap();
    audit
        .update((10, 1), item::Patch::new().name("screw"))
        .await
        .unwrap();

    let of_order = History::of::<order::Entity>(1).with_children::<item::Entity>();
    assert_eq!(
        family(db, of_order).await,
        [
            "CREATE Order 1",
            "CREATE Item [1,1]",
            "CREATE Item [1,10]",
            "DELETE Item [1,10]"
        ]
    );
    // The children of children.
    let of_user = History::of::<user::Entity>(john)
        .with_children::<order::Entity>()
        .with_children::<item::Entity>();
    assert_eq!(family(db, of_user).await.len(), 9);
}
