//! What the library does passes, with no entry twice and none missing.

use audit_runtime::{
    prelude::*,
    schema::{self, GuardMode},
};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseBackend::Postgres};

use super::{MODES, guarded, unaudited};
use crate::{
    backend::run,
    entities::{context, create_table, entries},
    faults::operations::{operations, prepare},
    invariants::{assert_none, violations},
};

mod counted {
    //! Its hook changes the row once more.

    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "counted")]
    #[audited(others = record)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        #[audited(update)]
        pub title: String,
        pub saves: i32,
    }

    #[sea_orm::prelude::async_trait::async_trait]
    impl ActiveModelBehavior for ActiveModel {
        async fn after_save<C: ConnectionTrait>(
            model: Model,
            db: &C,
            _insert: bool,
        ) -> Result<Model, DbErr> {
            db.execute_unprepared(&format!(
                "UPDATE counted SET saves = saves + 1 WHERE id = {}",
                model.id
            ))
            .await?;
            Ok(model)
        }
    }
}

#[test]
fn what_a_hook_changes_in_its_row_has_its_entry() {
    for mode in MODES {
        run(Postgres, async |database| {
            let (db, context) = (&database.db, context());
            schema::install(db).await.unwrap();
            create_table(db, counted::Entity).await.unwrap();
            schema::install_guard::<counted::Entity>(db, mode)
                .await
                .unwrap();
            let audit = db.audited(&context);
            let row = counted::ActiveModel {
                id: Set(1),
                title: Set("a".to_owned()),
                saves: Set(0),
            };
            audit.insert(row).await.unwrap();
            audit
                .update(1, counted::Patch::new().title("b"))
                .await
                .unwrap();
            let entries = entries(db).await;
            let actions = entries.iter().map(|entry| &*entry.action);
            let actions: Vec<_> = actions.collect();
            assert_eq!(actions, ["CREATE", "UPDATE", "UPDATE", "UPDATE"]);
            let of_library = |entry: &audit_runtime::Entry| entry.actor == *context.actor();
            assert!(entries.iter().all(of_library), "{entries:#?}");

            // What is written beside it is no longer announced.
            let raw = db.execute_unprepared("UPDATE counted SET saves = 0").await;
            assert_eq!(raw.is_err(), mode == GuardMode::Enforce);
        });
    }
}

mod probe {
    //! With a label that only Rust makes a text of, and a column that only Rust encodes.

    use audit_runtime::Audited;
    use sea_orm::{entity::prelude::*, sea_query::value::prelude::ipnetwork::IpNetwork};

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "probes")]
    #[audited(no_hooks, others = record)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        #[audited(update, label)]
        pub celsius: f64,
        #[sea_orm(column_type = "Inet")]
        pub network: IpNetwork,
    }
}

#[test]
fn what_only_rust_encodes_passes_where_it_is_enforced() {
    run(Postgres, async |database| {
        let (db, context) = (&database.db, context());
        schema::install(db).await.unwrap();
        create_table(db, probe::Entity).await.unwrap();
        schema::install_guard::<probe::Entity>(db, GuardMode::Enforce)
            .await
            .unwrap();
        let audit = db.audited(&context);
        let row = |id| probe::ActiveModel {
            id: Set(id),
            celsius: Set(1.5),
            network: Set("10.0.0.0/8".parse().unwrap()),
        };
        audit.insert(row(1)).await.unwrap();
        audit.insert_many([row(2), row(3)]).await.unwrap();
        let patch = || probe::Patch::new().celsius(2.5);
        audit.update(1, patch()).await.unwrap();
        audit
            .insert_or_update(row(2), [probe::Column::Id], patch())
            .await
            .unwrap();
        audit
            .update_many(probe::Column::Id.eq(3), patch())
            .await
            .unwrap();
        audit.delete::<probe::Entity>(1).await.unwrap();
        audit
            .delete_many::<probe::Entity>(probe::Column::Id.eq(2))
            .await
            .unwrap();
        assert_eq!(entries(db).await.len(), 8);
        for raw in [
            "UPDATE probes SET network = '10.0.0.0/16'",
            "DELETE FROM probes",
            "INSERT INTO probes VALUES (4, 1, '::1')",
        ] {
            unaudited(db.execute_unprepared(raw).await.unwrap_err());
        }
    });
}

#[test]
fn every_operation_leaves_its_entries() {
    for mode in MODES {
        run(Postgres, async |database| {
            let db = &database.db;
            guarded(database, mode).await;
            for (nth, (operation, plan)) in operations(Postgres).into_iter().enumerate() {
                let prepared = prepare(db, nth).await.unwrap();
                let before = entries(db).await.len();
                operation.run(plan, db.clone(), prepared).await.unwrap();
                let name = format!("{operation:?} {plan:?}");
                assert_eq!(
                    entries(db).await.len() - before,
                    operation.entries(),
                    "{name}"
                );
                assert_none(&violations(db).await, &name);
            }
        });
    }
}
