//! A row, its children and its parents, partly in the log and partly in the archive.

use std::{sync::Arc, time::Duration};

use audit_runtime::{
    prelude::*,
    retention::{DAY, Policy, Retention, archive::object_store::memory::InMemory},
};
use sea_orm::IntoActiveModel;

use super::super::archive::{archive, with};
use crate::{
    backend::{Database, on_every_backend},
    entities::{context, create_table, install, new_user, order, user},
    types::whole,
};

on_every_backend!(
    children_are_found_in_an_archive,
    parents_are_named_by_an_archive
);

/// A row whose key has two parents.
mod watcher {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "archived_watchers")]
    #[audited(entity_type = "ArchivedWatcher", no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        #[audited(create, parent = crate::entities::order::Entity)]
        pub order_id: i32,
        #[sea_orm(primary_key, auto_increment = false)]
        #[audited(create, parent = crate::entities::user::Entity)]
        pub user_id: i32,
    }
}

async fn installed(database: &Database) -> (Arc<InMemory>, Retention) {
    let db = &database.db;
    install(db).await.unwrap();
    create_table(db, watcher::Entity).await.unwrap();
    let store = Arc::new(InMemory::new());
    let all = Policy::new("rows").document("SEC-12");
    let all = all.types(["User", "Order", "ArchivedWatcher"]);
    let retention = with(&store, all.hot(Duration::ZERO).keep(365 * DAY));
    retention.install(db, &context()).await.unwrap();
    (store, retention)
}

async fn children_are_found_in_an_archive(database: &Database) {
    let (store, retention) = installed(database).await;
    let db = &database.db;
    let context = context();
    let audit = db.audited(&context);
    let john = audit.insert(new_user("john")).await.unwrap().id;
    let jack = audit.insert(new_user("jack")).await.unwrap().id;
    let row = |id, user_id| order::Model {
        id,
        user_id,
        total: 1,
    };
    // The id of one order equals the user's, and another user has an order.
    for (id, user) in [(john, john), (12, john), (13, john), (14, jack)] {
        let order = row(id, user).into_active_model();
        audit.insert(order).await.unwrap();
        let watcher = watcher::Draft::new().order_id(id).user_id(jack);
        audit.insert(watcher).await.unwrap();
    }
    audit.delete::<watcher::Entity>((12, jack)).await.unwrap();
    audit.delete::<order::Entity>(12).await.unwrap();
    // It no longer belongs to john.
    audit.update(13, whole(&row(13, jack))).await.unwrap();

    let family = || {
        History::of::<user::Entity>(john)
            .with_children::<order::Entity>()
            .with_children::<watcher::Entity>()
            .across(&archive(&store))
    };
    let expected = [
        format!("CREATE User {john}"),
        format!("CREATE Order {john}"),
        format!("CREATE ArchivedWatcher [{john},{jack}]"),
        "CREATE Order 12".to_owned(),
        format!("CREATE ArchivedWatcher [12,{jack}]"),
        "CREATE Order 13".to_owned(),
        format!("CREATE ArchivedWatcher [13,{jack}]"),
        format!("DELETE ArchivedWatcher [12,{jack}]"),
        "DELETE Order 12".to_owned(),
        "UPDATE Order 13".to_owned(),
    ];
    let mut later = Vec::new();
    for round in 0..3 {
        for newest_first in [false, true] {
            let question = if newest_first {
                family().newest_first()
            } else {
                family()
            };
            let mut told = told(question, database).await;
            if newest_first {
                told.reverse();
            }
            assert_eq!(told, [&expected[..], &later].concat(), "round {round}");
        }
        retention.run(db, &context).await.unwrap();
        if round == 0 {
            // Of the archived rows, one is changed and one is deleted.
            audit
                .update(john, order::Patch::new().total(2))
                .await
                .unwrap();
            audit.delete::<order::Entity>(13).await.unwrap();
            later = vec![format!("UPDATE Order {john}"), "DELETE Order 13".to_owned()];
        }
    }
    let alone = History::of::<user::Entity>(john).with_children::<order::Entity>();
    assert!(told(alone, database).await.is_empty());
}

/// Reads pages of three entries.
async fn told(question: History, database: &Database) -> Vec<String> {
    let entries = super::all(question, database).await;
    let told = entries.into_iter().map(|entry| {
        let name = |text: Option<String>| text.unwrap_or_default();
        format!(
            "{} {} {}",
            entry.action,
            name(entry.entity_type),
            name(entry.entity_id)
        )
    });
    told.collect()
}

async fn parents_are_named_by_an_archive(database: &Database) {
    let (store, retention) = installed(database).await;
    let db = &database.db;
    let context = context();
    let audit = db.audited(&context);
    let ann = audit.insert(new_user("ann")).await.unwrap().id;
    retention.run(db, &context).await.unwrap();
    let watcher = watcher::Draft::new().order_id(1).user_id(ann);
    audit.insert(watcher).await.unwrap();

    let question = History::of_type::<watcher::Entity>().naming_parents();
    let told = async |question: History| {
        let page = question.first_page(db, 9).await.unwrap();
        page.entries[0].to_string()
    };
    let sentence = told(question.clone().across(&archive(&store))).await;
    assert!(sentence.ends_with("User 'ann'"), "{sentence}");
    let sentence = told(question).await;
    assert!(
        sentence.ends_with(&format!("User {ann}")) || sentence.ends_with(&format!("User '{ann}'")),
        "{sentence}"
    );
}
