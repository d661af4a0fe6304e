//! Failures of a statement that commits by itself.

use audit_runtime::{Error, prelude::*};
use sea_orm::{ColumnTrait, DatabaseBackend::Postgres, EntityTrait, IntoActiveModel};
use serde_json::json;

use super::one_connection;
use crate::{
    backend::{Database, run},
    entities::{context, entries},
    types::{
        self,
        check::{ID, some},
        rows,
    },
};

/// The database may have stored a row that the model cannot read.
#[test]
fn a_row_that_cannot_be_read_leaves_its_commit_unknown() {
    run(Postgres, async |database| {
        use types::entities::number::{Column, Entity};

        let db = &database.db;
        audit_runtime::schema::install(db).await.unwrap();
        types::create_table(db, Entity).await;
        let context = context();
        let audit = db.audited(&context);
        let (_, mut row) = rows::numbers().swap_remove(0);
        audit.insert(row.clone().into_active_model()).await.unwrap();
        // More digits than the model's decimal can hold.
        database
            .execute("ALTER TABLE numbers ALTER decimal TYPE numeric")
            .await;
        database.execute("UPDATE numbers SET decimal = 1e40").await;
        Entity::find().one(db).await.unwrap_err();

        row.i32 += 1;
        let patch = || some(&row, &[Column::I32]);
        let unknown = audit.update(ID, patch()).await.unwrap_err();
        let Error::CommitUnknown { changeset_id, .. } = unknown else {
            panic!("{unknown}");
        };
        let log = entries(db).await;
        assert_eq!(log.len(), 2);
        assert_eq!(log[1].changeset_id, changeset_id);
        assert_eq!(log[1].after(), json!({ "i32": row.i32 }));

        // In a unit, it is an ordinary error.
        row.i32 += 1;
        let tx = audit.begin().await.unwrap();
        let failed = tx.update(ID, some(&row, &[Column::I32])).await.unwrap_err();
        assert!(matches!(failed, Error::Database(_)), "{failed}");
        assert!(matches!(tx.commit().await, Err(Error::UnitFailed)));
        // A deletion does not read the row into the model.
        audit.delete::<Entity>(ID).await.unwrap();
        let log = entries(db).await;
        assert_eq!(log.len(), 3);
        assert_eq!(log[2].before()["i32"], row.i32 - 1);
        assert_eq!(log[2].before()["decimal"], format!("1{}", "0".repeat(40)));
    });
}

/// A value that the driver cannot send has certainly changed nothing.
#[test]
fn a_value_that_cannot_be_sent_is_no_unknown_commit() {
    run(Postgres, async |database: &Database| {
        use types::entities::number::{Column, Entity};

        audit_runtime::schema::install(&database.db).await.unwrap();
        types::create_table(&database.db, Entity).await;
        // One connection, so that the second insert is already prepared and fails later than the updates.
        let db = &one_connection(database).await;
        let context = context();
        let audit = db.audited(&context);
        let (_, mut row) = rows::numbers().swap_remove(0);
        audit.insert(row.clone().into_active_model()).await.unwrap();
        row.big_decimal = rows::big("1e300000");
        let patch = || some(&row, &[Column::BigDecimal]);
        for refused in [
            audit.update(ID, patch()).await.unwrap_err(),
            audit
                .update_many(Column::Id.eq(ID), patch())
                .await
                .unwrap_err(),
            audit
                .insert(row.clone().into_active_model())
                .await
                .unwrap_err(),
        ] {
            assert!(matches!(refused, Error::Database(_)), "{refused:?}");
        }
        assert_eq!(entries(db).await.len(), 1);
    });
}
