//! Keys that a database cannot store.

use audit_runtime::{Writer, prelude::*};
use sea_orm::{ActiveValue::Set, DbBackend, prelude::Date};

use crate::{
    backend::{Database, on_every_backend},
    entities::{context, create_table, entries},
};

on_every_backend!(a_key_that_cannot_be_sent_is_that_of_no_row);

mod holiday {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "holidays")]
    #[audited(entity_type = "Holiday", no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub day: Date,
        #[audited(update)]
        pub name: String,
    }
}

/// No call waits for a reply that never comes.
async fn a_key_that_cannot_be_sent_is_that_of_no_row(database: &Database) {
    audit_runtime::schema::install(&database.db).await.unwrap();
    create_table(&database.db, holiday::Entity).await.unwrap();
    let db = &database
        .connect(|options| {
            options.max_connections(1);
        })
        .await;
    let context = context();
    let audit = db.audited(&context);
    let row = |day| holiday::ActiveModel {
        day: Set(day),
        name: Set("a day".to_owned()),
    };
    let patch = || holiday::Patch::new().name("another");
    for year in [-1, 10_000, 65_536, 200_000] {
        let day = Date::from_ymd_opt(year, 1, 1).unwrap();
        let history = History::of::<holiday::Entity>(day);
        assert!(
            history.page(db, None, 5).await.unwrap().entries.is_empty(),
            "{day}"
        );
        let now = chrono::Utc::now();
        let past = holiday::Entity::state_at(day, now, db).await.unwrap();
        assert!(past.is_none(), "{day}");
        let timeline = holiday::Entity::timeline(day, holiday::Column::Name, db).await;
        assert!(timeline.unwrap().is_empty(), "{day}");
        assert!(audit.update(day, patch()).await.is_err(), "{day}");
        assert!(audit.delete::<holiday::Entity>(day).await.is_err(), "{day}");
        if database.backend() == DbBackend::MySql {
            let key = [holiday::Column::Day];
            assert!(audit.insert(row(day)).await.is_err(), "{day}");
            assert!(audit.insert_or_keep(row(day), key).await.is_err(), "{day}");
            let upserted = audit.insert_or_update(row(day), key, patch()).await;
            assert!(upserted.is_err(), "{day}");
            let tx = audit.begin().await.unwrap();
            assert!(tx.insert_or_keep(row(day), key).await.is_err(), "{day}");
            tx.rollback().await.unwrap();
        }
        assert!(entries(db).await.is_empty(), "{day}");
    }
    let day = Date::from_ymd_opt(2026, 12, 25).unwrap();
    audit.insert(row(day)).await.unwrap();
    audit.update(day, patch()).await.unwrap();
    let history = History::of::<holiday::Entity>(day);
    assert_eq!(history.page(db, None, 5).await.unwrap().entries.len(), 2);
}
