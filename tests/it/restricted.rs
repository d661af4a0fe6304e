//! Audited writes on SeaORM's `RestrictedConnection`, which refuses statements given as text.

use audit_runtime::{Error, Upserted, prelude::*};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, RestrictedConnection,
    rbac::{
        RbacContext, RbacUserId,
        schema::{RbacCreateTablesParams, all_tables, create_tables},
    },
};

use crate::{
    backend::{Database, on_every_backend},
    entities::{context, document, entries, install, new_user, user},
    invariants::{assert_none, violations},
};

on_every_backend!(a_role_writes_what_it_may, a_role_writes_many_rows);

async fn a_role_writes_what_it_may(database: &Database) {
    install(&database.db).await.unwrap();
    let db = &restricted(database).await;
    let context = context();
    let audit = db.audited(&context);

    let john = audit.insert(new_user("john")).await.unwrap();
    audit
        .update(john.id, user::AdminPatch::new().role("admin"))
        .await
        .unwrap();
    audit.record(Event::new("REPORT_EXPORTED")).await.unwrap();
    let tx = audit.begin().await.unwrap();
    tx.update(john.id, user::AdminPatch::new().role("user"))
        .await
        .unwrap();
    assert_eq!(user::Entity::find().all(&tx).await.unwrap().len(), 1);
    tx.record(Event::new("PAYOUT").denied()).await.unwrap();
    tx.commit().await.unwrap();
    audit.delete::<user::Entity>(john.id).await.unwrap();
    let page = History::of::<user::Entity>(john.id)
        .page(db, None, 10)
        .await
        .unwrap();
    assert_eq!(page.entries.len(), 4);

    // The role may neither write this table nor execute text.
    let refused = audit
        .insert(document::Draft::new().id("1").title("a"))
        .await
        .unwrap_err();
    assert!(matches!(refused, Error::Database(_)), "{refused}");
    let tx = audit.begin().await.unwrap();
    tx.execute_unprepared("COMMIT").await.unwrap_err();
    assert!(matches!(tx.commit().await, Err(Error::UnitFailed)));

    assert_eq!(entries(&database.db).await.len(), 6);
    assert_none(&violations(&database.db).await, "by a role");
}

async fn a_role_writes_many_rows(database: &Database) {
    install(&database.db).await.unwrap();
    let db = &restricted(database).await;
    let context = context();
    let audit = db.audited(&context);
    let all = || user::Column::Id.gt(0);
    let role = |role| user::AdminPatch::new().role(role);
    let name = [user::Column::Username];

    let inserted = audit.insert_many(["john", "jane"].map(new_user)).await;
    let ids: Vec<_> = inserted.unwrap().iter().map(|user| user.id).collect();
    assert_eq!(audit.update_many(all(), role("admin")).await.unwrap(), 2);
    assert_eq!(audit.update_many(all(), role("admin")).await.unwrap(), 0);
    let kept = audit.insert_or_keep(new_user("john"), name).await.unwrap();
    assert!(matches!(kept, Upserted::Unchanged(john) if john.id == ids[0]));
    let updated = audit.insert_or_update(new_user("jane"), name, role("user"));
    assert!(matches!(updated.await.unwrap(), Upserted::Updated(_)));
    let created = audit.insert_or_update(new_user("jack"), name, role("user"));
    assert!(matches!(created.await.unwrap(), Upserted::Created(_)));

    let tx = audit.begin().await.unwrap();
    tx.insert_many(["judy", "joan"].map(new_user))
        .await
        .unwrap();
    assert_eq!(tx.update_many(all(), role("guest")).await.unwrap(), 5);
    tx.insert_or_keep(new_user("jill"), name).await.unwrap();
    assert_eq!(tx.delete_many::<user::Entity>(all()).await.unwrap(), 6);
    tx.commit().await.unwrap();

    // The role may not write this table.
    let text = document::ActiveModel {
        id: Set("1".to_owned()),
        title: Set("a".to_owned()),
        revision: Set(1),
    };
    let every = || document::Column::Revision.gt(0);
    for refused in [
        audit.insert_many([text]).await.map(drop),
        audit
            .update_many(every(), document::Patch::new().title("b"))
            .await
            .map(drop),
        audit
            .delete_many::<document::Entity>(every())
            .await
            .map(drop),
    ] {
        let refused = refused.unwrap_err();
        assert!(matches!(refused, Error::Database(_)), "{refused:?}");
    }
    assert_eq!(
        entries(&database.db).await.len(),
        2 + 2 + 1 + 1 + 2 + 5 + 1 + 6
    );
    assert_none(&violations(&database.db).await, "by a role");
}

/// A connection whose role has all rights on the users, and may write and read the log.
async fn restricted(database: &Database) -> RestrictedConnection {
    let db = &database.db;
    create_tables(db, RbacCreateTablesParams::default())
        .await
        .unwrap();
    let mut rbac = RbacContext::load(db).await.unwrap();
    rbac.add_tables(db, &all_tables()).await.unwrap();
    rbac.add_tables(db, &["users", "audit_log"]).await.unwrap();
    rbac.add_crud_permissions(db).await.unwrap();
    rbac.add_roles(db, &["clerk"]).await.unwrap();
    rbac.add_role_permissions(
        db,
        "clerk",
        &["select", "insert", "update", "delete"],
        &["users"],
    )
    .await
    .unwrap();
    rbac.add_role_permissions(db, "clerk", &["select", "insert"], &["audit_log"])
        .await
        .unwrap();
    rbac.assign_user_role(db, &[(1, "clerk")]).await.unwrap();
    db.load_rbac().await.unwrap();

    db.restricted_for(RbacUserId(1)).unwrap()
}
