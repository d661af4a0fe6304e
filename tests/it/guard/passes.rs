//! Writes of the library pass the guard, and each has exactly one entry.

use audit_runtime::{
    prelude::*,
    schema::{self, GuardMode},
};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseBackend::Postgres};

use super::{MODES, guard, guarded, raw, unaudited, where_guards_enforce};
use crate::{
    backend::{Database, run},
    entities::{context, create_table, entries},
    faults::operations::{operations, prepare},
    invariants::{assert_none, violations},
};

mod counted {
    //! An entity whose hook changes the row once more.

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

where_guards_enforce!(
    what_a_hook_changes_in_its_row_has_its_entry,
    every_operation_leaves_its_entries,
);

async fn what_a_hook_changes_in_its_row_has_its_entry(database: &Database) {
    let (db, context) = (&database.db, context());
    schema::install(db).await.unwrap();
    create_table(db, counted::Entity).await.unwrap();
    for mode in MODES {
        schema::install_guard::<counted::Entity>(db, mode)
            .await
            .unwrap();
        let written = entries(db).await.len();
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
        assert_eq!(schema::collect(db).await.unwrap(), 0);
        let entries = entries(db).await.split_off(written);
        let actions = entries.iter().map(|entry| &*entry.action);
        let actions: Vec<_> = actions.collect();
        assert_eq!(actions, ["CREATE", "UPDATE", "UPDATE", "UPDATE"]);
        let of_library = |entry: &audit_runtime::Entry| entry.actor == *context.actor();
        assert!(entries.iter().all(of_library), "{entries:#?}");

        // A raw write after them is not announced.
        let raw = raw(db, "UPDATE counted SET saves = 0").await;
        assert_eq!(raw.is_err(), mode == GuardMode::Enforce);
        audit.delete::<counted::Entity>(1).await.unwrap();
    }
}

mod probe {
    //! An entity with a label that only Rust converts to text, and a column that only Rust encodes.

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

async fn every_operation_leaves_its_entries(database: &Database) {
    let db = &database.db;
    for mode in MODES {
        if mode == MODES[0] {
            guarded(database, mode).await;
        } else {
            guard(db, mode).await;
        }
        for (nth, (operation, plan)) in operations(database.backend()).into_iter().enumerate() {
            let nth = nth + 100 * usize::from(mode == GuardMode::Capture);
            let prepared = prepare(db, nth).await.unwrap();
            let before = entries(db).await.len();
            operation.run(plan, db.clone(), prepared).await.unwrap();
            let name = format!("{operation:?} {plan:?}");
            assert_eq!(schema::collect(db).await.unwrap(), 0, "{name}");
            assert_eq!(
                entries(db).await.len() - before,
                operation.entries(),
                "{name}"
            );
            assert_none(&violations(db).await, &name);
        }
    }
}
