//! Many rows at once: an entry a changed row, by statements that are about sets of rows.

mod concurrent;
mod large;

use audit_runtime::{Error, prelude::*};
use sea_orm::{
    ColumnTrait, Condition, DatabaseConnection, EntityTrait, IntoActiveModel, QueryOrder,
};
use serde_json::json;

use crate::{
    backend::{Database, on_every_backend},
    entities::{context, create_table, document, entries, install, new_user, order, user},
    invariants::{assert_none, violations},
    statements::Statements,
};

on_every_backend!(
    each_changed_row_has_an_entry_of_its_own,
    no_rows_are_no_statements,
    rows_may_set_different_columns,
    keys_may_be_given,
    rows_may_have_composite_keys,
    rows_may_be_all_defaults,
    many_rows_in_a_unit_live_and_die_with_it,
    many_rows_run_no_hooks,
    many_rows_need_a_reason_where_one_does,
    a_violation_in_the_middle_leaves_nothing,
);

/// Users with these names and roles.
async fn users(db: &DatabaseConnection, users: &[(&str, &str)]) -> Vec<user::Model> {
    let rows = users.iter().map(|(name, role)| user::ActiveModel {
        role: Set((*role).to_owned()),
        ..new_user(name)
    });
    let context = context();
    let rows = rows.collect::<Vec<_>>();
    db.audited(&context).insert_many(rows).await.unwrap()
}

async fn stored(db: &DatabaseConnection) -> Vec<user::Model> {
    let users = user::Entity::find().order_by_asc(user::Column::Id);
    users.all(db).await.unwrap()
}

async fn each_changed_row_has_an_entry_of_its_own(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    let names = ["john", "jane", "jack", "judy"];
    let roles = ["guest", "user", "admin", "guest"];
    let given: Vec<_> = names.into_iter().zip(roles).collect();
    let inserted = users(db, &given).await;
    assert_eq!(inserted, stored(db).await);
    let found: Vec<_> = inserted
        .iter()
        .map(|user| (&*user.username, &*user.role))
        .collect();
    assert_eq!(found, given);

    let log = entries(db).await;
    assert_eq!(log.len(), 4);
    for (entry, user) in log.iter().zip(&inserted) {
        assert_eq!(entry.action, "CREATE");
        assert_eq!(entry.entity_id, Some(user.id.to_string()));
        assert_eq!(entry.entity_label.as_ref(), Some(&user.username));
        assert_eq!(
            entry.after(),
            json!({ "username": user.username, "role": user.role, "logins": 0 })
        );
        assert_eq!(entry.changeset_id, log[0].changeset_id);
        assert_eq!(entry.reason.as_deref(), Some("a test"));
    }

    // Jane is a user already, and judy does not meet the condition.
    let patch = user::AdminPatch::new().role("user");
    let condition = user::Column::Username.ne("judy");
    assert_eq!(audit.update_many(condition, patch).await.unwrap(), 2);
    let log = entries(db).await.split_off(4);
    let mut told: Vec<_> = log
        .iter()
        .map(|entry| (entry.entity_label.as_deref().unwrap(), entry.diff()))
        .collect();
    told.sort_unstable_by_key(|(name, _)| *name);
    let diff = |before| json!([{ "field": "role", "before": before, "after": "user" }]);
    assert_eq!(told, [("jack", diff("admin")), ("john", diff("guest"))]);
    assert!(log.iter().all(|entry| entry.action == "UPDATE"));
    assert_eq!(log[0].changeset_id, log[1].changeset_id);

    let condition = user::Column::Role.eq("user");
    assert_eq!(
        audit.delete_many::<user::Entity>(condition).await.unwrap(),
        3
    );
    let log = entries(db).await.split_off(6);
    let mut told: Vec<_> = log
        .iter()
        .map(|entry| (entry.entity_label.as_deref().unwrap(), &*entry.action))
        .collect();
    // Entries of different rows are in no order.
    told.sort_unstable();
    assert_eq!(told, ["jack", "jane", "john"].map(|name| (name, "DELETE")));
    assert!(
        log.iter()
            .all(|entry| entry.before()["username"] == *entry.entity_label.as_ref().unwrap())
    );
    assert_eq!(stored(db).await, inserted[3..]);
    assert_none(&violations(db).await, "after many rows at once");
}

async fn no_rows_are_no_statements(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    users(db, &[("john", "user")]).await;
    let (statements, db) = Statements::count(db);
    let context = context();
    let audit = db.audited(&context);
    let nobody = || user::Column::Username.eq("nobody");

    let none = audit.insert_many(Vec::<user::ActiveModel>::new());
    assert!(none.await.unwrap().is_empty());
    let all = user::Column::Id.gt(0);
    let nothing = audit.update_many(all, user::AdminPatch::new());
    assert_eq!(nothing.await.unwrap(), 0);
    let tx = audit.begin().await.unwrap();
    let none = tx.insert_many(Vec::<user::ActiveModel>::new());
    assert!(none.await.unwrap().is_empty());
    let nothing = tx.update_many(user::Column::Id.gt(0), user::AdminPatch::new());
    assert_eq!(nothing.await.unwrap(), 0);
    tx.commit().await.unwrap();
    assert_eq!(statements.take(), 0);

    // To find none takes one.
    let patch = user::AdminPatch::new().role("admin");
    assert_eq!(audit.update_many(nobody(), patch).await.unwrap(), 0);
    assert_eq!(statements.take(), 1);
    let none = audit.delete_many::<user::Entity>(nobody()).await.unwrap();
    assert_eq!((none, statements.take()), (0, 1));
    assert_eq!(entries(&db).await.len(), 1);
}

async fn rows_may_set_different_columns(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    let without_phone = |name| user::ActiveModel {
        phone: NotSet,
        ..new_user(name)
    };
    let rows = [
        new_user("john"),
        without_phone("jane"),
        without_phone("jack"),
        new_user("judy"),
        user::ActiveModel {
            last_seen_at: NotSet,
            ..without_phone("joan")
        },
    ];
    let inserted = audit.insert_many(rows).await.unwrap();
    assert_eq!(inserted, stored(db).await, "ids rise in the order given");
    let names: Vec<_> = inserted.iter().map(|user| &*user.username).collect();
    assert_eq!(names, ["john", "jane", "jack", "judy", "joan"]);
    let phones: Vec<_> = inserted.iter().map(|user| user.phone.is_some()).collect();
    assert_eq!(phones, [true, false, false, true, false]);
    let log = entries(db).await;
    assert!(
        log.iter()
            .all(|entry| entry.changeset_id == log[0].changeset_id)
    );
    assert_none(&violations(db).await, "with different columns");
}

async fn keys_may_be_given(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    let john = users(db, &[("john", "user")]).await[0].id;
    let with_id = |id, name| user::ActiveModel {
        id: Set(id),
        ..new_user(name)
    };
    let rows = [
        with_id(john + 30, "jane"),
        with_id(john + 10, "jack"),
        with_id(john + 20, "judy"),
    ];
    let inserted = audit.insert_many(rows).await.unwrap();
    let ids: Vec<_> = inserted.iter().map(|user| user.id - john).collect();
    assert_eq!(ids, [30, 10, 20]);
    let names: Vec<_> = inserted.iter().map(|user| &*user.username).collect();
    assert_eq!(names, ["jane", "jack", "judy"]);

    // Given and not: each in its place.
    let rows = [
        with_id(john + 40, "joan"),
        new_user("jill"),
        new_user("jean"),
    ];
    let inserted = audit.insert_many(rows).await.unwrap();
    let names: Vec<_> = inserted.iter().map(|user| &*user.username).collect();
    assert_eq!(
        (inserted[0].id, names),
        (john + 40, vec!["joan", "jill", "jean"])
    );
    for user in &inserted {
        let found = user::Entity::find_by_id(user.id).one(db).await.unwrap();
        assert_eq!(found.as_ref(), Some(user));
    }
    assert_none(&violations(db).await, "with keys given");
}

mod seat {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "seats")]
    #[audited(entity_type = "Seat", no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub row: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub number: i32,
        #[audited(update)]
        pub taken_by: Option<String>,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
}

async fn rows_may_have_composite_keys(database: &Database) {
    let db = &database.db;
    audit_runtime::schema::install(db).await.unwrap();
    create_table(db, seat::Entity).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    let seats = ["B", "A"].iter().flat_map(|row| {
        (1..=150).rev().map(|number| seat::Model {
            row: (*row).to_owned(),
            number,
            taken_by: (number == 7).then(|| "jane".to_owned()),
        })
    });
    let seats: Vec<_> = seats.collect();
    let rows = seats
        .iter()
        .cloned()
        .map(IntoActiveModel::into_active_model);
    let inserted = audit.insert_many(rows.collect::<Vec<_>>()).await.unwrap();
    assert_eq!(inserted, seats);
    let log = entries(db).await;
    let ids: Vec<_> = log.iter().map(|entry| entry.entity_id.as_deref()).collect();
    assert_eq!(
        (ids.len(), ids[0], ids[299]),
        (300, Some(r#"["B",150]"#), Some(r#"["A",1]"#))
    );

    let take = || seat::Patch::new().taken_by("jane");
    let front = || Condition::all().add(seat::Column::Number.lte(120));
    assert_eq!(audit.update_many(front(), take()).await.unwrap(), 238);
    let log = entries(db).await.split_off(300);
    assert_eq!(log.len(), 238);
    assert!(log.iter().all(|entry| {
        entry.diff() == json!([{ "field": "taken_by", "before": null, "after": "jane" }])
    }));
    let deleted = audit.delete_many::<seat::Entity>(front()).await.unwrap();
    assert_eq!(deleted, 240);
    let left = seat::Entity::find().all(db).await.unwrap();
    assert!(left.len() == 60 && left.iter().all(|seat| seat.number > 120));
    assert_eq!(entries(db).await.len(), 300 + 238 + 240);
}

mod ticket {
    //! Nothing need be given.

    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "tickets")]
    #[audited(no_hooks, others = record)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[sea_orm(default_value = 7)]
        pub price: i32,
        pub holder: Option<String>,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
}

async fn rows_may_be_all_defaults(database: &Database) {
    let db = &database.db;
    audit_runtime::schema::install(db).await.unwrap();
    create_table(db, ticket::Entity).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    let blank = ticket::ActiveModel::default;
    let mut tickets = vec![audit.insert(blank()).await.unwrap()];
    tickets.extend(audit.insert_many([blank()]).await.unwrap());
    let held = ticket::ActiveModel {
        holder: Set(Some("jane".to_owned())),
        ..blank()
    };
    let rows = [blank(), blank(), held, blank()];
    tickets.extend(audit.insert_many(rows).await.unwrap());

    assert!(tickets.is_sorted_by_key(|ticket| ticket.id));
    assert!(tickets.iter().all(|ticket| ticket.price == 7));
    assert_eq!(ticket::Entity::find().all(db).await.unwrap(), tickets);
    let log = entries(db).await;
    for (entry, ticket) in log.iter().zip(&tickets) {
        assert_eq!(entry.entity_id, Some(ticket.id.to_string()));
        assert_eq!(
            entry.after(),
            json!({ "price": 7, "holder": ticket.holder })
        );
    }
    assert_eq!(log.len(), 6);
}

async fn many_rows_in_a_unit_live_and_die_with_it(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    for commit in [false, true] {
        let tx = audit.begin().await.unwrap();
        tx.insert_many(["john", "jane"].map(new_user))
            .await
            .unwrap();
        let all = || user::Column::Id.gt(0);
        let patch = user::AdminPatch::new().role("admin");
        assert_eq!(tx.update_many(all(), patch).await.unwrap(), 2);
        let found = user::Entity::find().all(&tx).await.unwrap();
        assert!(found.len() == 2 && found.iter().all(|user| user.role == "admin"));
        let john = user::Column::Username.eq("john");
        assert_eq!(tx.delete_many::<user::Entity>(john).await.unwrap(), 1);
        let changeset_id = tx.changeset_id();
        if commit {
            tx.commit().await.unwrap();
            let log = entries(db).await;
            assert_eq!(log.len(), 5);
            assert!(log.iter().all(|entry| entry.changeset_id == changeset_id));
            assert_eq!(stored(db).await.len(), 1);
        } else {
            tx.rollback().await.unwrap();
            assert_eq!((stored(db).await.len(), entries(db).await.len()), (0, 0));
        }
    }
    assert_none(&violations(db).await, "after units");
}

async fn many_rows_run_no_hooks(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    // A hook would refuse the one and raise the revision of the other.
    let rows = ["refused", "first"].map(|title| document::ActiveModel {
        id: Set(title.to_owned()),
        title: Set(title.to_owned()),
        revision: Set(1),
    });
    audit.insert_many(rows).await.unwrap();
    let all = || document::Column::Revision.gt(0);
    let patch = document::Patch::new().title("kept");
    assert_eq!(audit.update_many(all(), patch).await.unwrap(), 2);
    let found = document::Entity::find().all(db).await.unwrap();
    assert!(found.iter().all(|text| text.revision == 1));
    let deleted = audit.delete_many::<document::Entity>(all()).await;
    assert_eq!(deleted.unwrap(), 2);
    assert_none(&violations(db).await, "without hooks");
}

async fn many_rows_need_a_reason_where_one_does(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let john = users(db, &[("john", "user")]).await[0].id;
    let with_reason = context();
    let new_order = |total| order::ActiveModel {
        user_id: Set(john),
        total: Set(total),
        ..Default::default()
    };
    let orders = || [5, 6].map(new_order);
    db.audited(&with_reason)
        .insert_many(orders())
        .await
        .unwrap();
    let written = entries(db).await.len();

    let without = AuditContext::new(Actor::system("test"));
    let audit = db.audited(&without);
    let all = || order::Column::Id.gt(0);
    let patch = |total| order::Patch::new().total(total);
    for refused in [
        audit.insert_many(orders()).await.map(drop),
        audit.update_many(all(), patch(5)).await.map(drop),
        audit.delete_many::<order::Entity>(all()).await.map(drop),
    ] {
        assert!(matches!(refused, Err(Error::ReasonRequired { .. })));
    }
    // It was refused before anything was written, so a unit goes on.
    let tx = audit.begin().await.unwrap();
    for refused in [
        tx.insert_many(orders()).await.map(drop),
        tx.update_many(all(), patch(5)).await.map(drop),
        tx.delete_many::<order::Entity>(all()).await.map(drop),
    ] {
        assert!(matches!(refused, Err(Error::ReasonRequired { .. })));
    }
    tx.commit().await.unwrap();
    // Not demanded where nothing changes.
    let none = order::Column::Id.lt(0);
    assert_eq!(audit.update_many(none, patch(5)).await.unwrap(), 0);
    let five = order::Column::Total.eq(5);
    assert_eq!(audit.update_many(five, patch(5)).await.unwrap(), 0);
    assert_eq!(entries(db).await.len(), written);
    assert_none(&violations(db).await, "after refusals");
}

async fn a_violation_in_the_middle_leaves_nothing(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let found = users(db, &[("john", "user"), ("jane", "user"), ("jack", "user")]).await;
    let context = context();
    let audit = db.audited(&context);
    let order = order::ActiveModel {
        user_id: Set(found[1].id),
        total: Set(5),
        ..Default::default()
    };
    audit.insert(order).await.unwrap();
    let (before, written) = (stored(db).await, entries(db).await.len());

    // Over several statements where there are chunks, and of different columns.
    let rows = || {
        let names = (0..700).map(|number| match number {
            650 => "jane".to_owned(),
            _ => format!("user {number}"),
        });
        let rows = names.enumerate().map(|(number, name)| user::ActiveModel {
            phone: if number < 100 { NotSet } else { Set(None) },
            ..new_user(&name)
        });
        rows.collect::<Vec<_>>()
    };
    let all = || user::Column::Id.gt(0);
    let patch = || user::AdminPatch::new().username("jeff");
    for violated in [
        audit.insert_many(rows()).await.map(drop),
        audit.update_many(all(), patch()).await.map(drop),
        audit.delete_many::<user::Entity>(all()).await.map(drop),
    ] {
        let violated = violated.unwrap_err();
        assert!(violated.sql_err().is_some(), "{violated:?}");
        assert_eq!(stored(db).await, before);
    }
    for number in 0..3 {
        let tx = audit.begin().await.unwrap();
        tx.insert(new_user("joan")).await.unwrap();
        let violated = match number {
            0 => tx.insert_many(rows()).await.map(drop),
            1 => tx.update_many(all(), patch()).await.map(drop),
            _ => tx.delete_many::<user::Entity>(all()).await.map(drop),
        };
        assert!(violated.unwrap_err().sql_err().is_some());
        assert!(matches!(tx.commit().await, Err(Error::UnitFailed)));
        assert_eq!(stored(db).await, before);
    }
    assert_eq!(entries(db).await.len(), written);
    assert_none(&violations(db).await, "after violations");
}
