//! Reads of a unit.

use audit_runtime::{Error, Upserted, prelude::*};
use sea_orm::{ColumnTrait, DatabaseConnection, EntityTrait};

use super::{pool, settings};
use crate::{
    backend::{Database, on_mysql_and_mariadb},
    entities::{context, entries, install, new_user, order, user},
    invariants::{assert_none, violations},
};

on_mysql_and_mariadb!(
    a_write_in_a_unit_sets_no_snapshot,
    a_dirty_row_is_not_returned
);

/// A read without a lock sets the snapshot of all reads of a transaction. With `innodb_snapshot_isolation`, a later
/// change of the row is an error.
async fn a_write_in_a_unit_sets_no_snapshot(database: &Database) {
    install(&database.db).await.unwrap();
    let context = context();
    let settings = settings(database.server()).into_iter();
    // With the settings that are left out, every statement is such a read.
    for setting in settings.filter(|setting| !is_all_snapshots(setting)) {
        let db = &pool(database, &setting).await;
        let audit = db.audited(&context);
        let logins = |logins| user::AdminPatch::new().logins(logins);
        let jane = audit.insert(new_user("jane")).await.unwrap();
        let john = audit.insert(new_user("john")).await.unwrap();
        audit.update(john.id, logins(1)).await.unwrap();
        let inverse = last(db).await.inverse::<user::AdminPatch>().unwrap();
        let order = order::ActiveModel {
            user_id: Set(audit.insert(new_user("joan")).await.unwrap().id),
            total: Set(5),
            ..Default::default()
        };
        let order = audit.insert(order).await.unwrap();
        audit.delete::<order::Entity>(order.id).await.unwrap();
        let restoration = last(db).await.restoration::<order::Entity>().unwrap();

        for write in 0..9 {
            let tx = audit.begin().await.unwrap();
            match write {
                0 => tx.insert(new_user("jim")).await.map(drop),
                1 => tx
                    .insert_many([new_user("jack"), new_user("jill")])
                    .await
                    .map(drop),
                2 => tx.revert(inverse.clone()).await.map(drop),
                3 => tx.restore(restoration.clone()).await.map(drop),
                4 => tx.update(john.id, logins(2)).await.map(drop),
                5 => tx
                    .update_many(user::Column::Id.eq(john.id), logins(3))
                    .await
                    .map(drop),
                6 => tx.record(Event::new("LOGIN")).await,
                7 => tx
                    .delete_many::<user::Entity>(user::Column::Username.eq("jim"))
                    .await
                    .map(drop),
                _ => tx.delete::<user::Entity>(john.id).await,
            }
            .unwrap();
            audit.update(jane.id, logins(100 + write)).await.unwrap();
            let late = tx.update(jane.id, logins(200 + write)).await;
            late.unwrap_or_else(|error| panic!("after write {write} with {setting}: {error}"));
            tx.commit().await.unwrap();
        }
        audit.delete::<order::Entity>(order.id).await.unwrap();
        for row in user::Entity::find().all(db).await.unwrap() {
            audit.delete::<user::Entity>(row.id).await.unwrap();
        }
        assert_none(&violations(db).await, &setting);
    }
}

fn is_all_snapshots(setting: &str) -> bool {
    setting.contains("SERIALIZABLE") && setting.contains("innodb_snapshot_isolation = ON")
}

pub(super) async fn last(db: &DatabaseConnection) -> audit_runtime::Entry {
    entries(db).await.pop().expect("there are entries")
}

/// `READ UNCOMMITTED` sees rows that may never be committed.
async fn a_dirty_row_is_not_returned(database: &Database) {
    install(&database.db).await.unwrap();
    let context = context();
    let name = [user::Column::Username];
    let settings = settings(database.server());
    for setting in settings
        .iter()
        .filter(|setting| setting.contains("UNCOMMITTED"))
    {
        let open = database.db.audited(&context).begin().await.unwrap();
        let john = open.insert(new_user("john")).await.unwrap();
        let impatient = format!("{setting}; SET SESSION innodb_lock_wait_timeout = 1");
        let db = pool(database, &impatient).await;
        let seen = user::Entity::find_by_id(john.id).one(&db).await.unwrap();
        assert_eq!(seen, Some(john), "{setting}");
        let audit = db.audited(&context);
        let kept = audit.insert_or_keep(new_user("john"), name).await;
        assert!(
            kept.as_ref().is_err_and(Error::is_retryable),
            "{setting}: {kept:?}"
        );
        open.rollback().await.unwrap();
        let kept = audit.insert_or_keep(new_user("john"), name).await.unwrap();
        assert!(matches!(kept, Upserted::Created(_)), "{setting}: {kept:?}");
        let same = audit.insert_or_keep(new_user("john"), name).await.unwrap();
        assert_eq!(same, Upserted::Unchanged(kept.into_row()), "{setting}");
        audit
            .delete_many::<user::Entity>(user::Column::Username.eq("john"))
            .await
            .unwrap();
        assert_none(&violations(&db).await, setting);
    }
}
