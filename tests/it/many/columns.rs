//! Many rows with different columns and keys.

use audit_runtime::prelude::*;
use sea_orm::{ColumnTrait, Condition, EntityTrait, IntoActiveModel};
use serde_json::json;

use super::{stored, users};
use crate::{
    backend::{Database, on_every_backend},
    entities::{context, create_table, entries, install, new_user, user},
    invariants::{assert_none, violations},
};

on_every_backend!(
    rows_may_set_different_columns,
    keys_may_be_given,
    rows_may_have_composite_keys,
    rows_may_be_all_defaults
);

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

    // With and without a given key, in the order of the rows.
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
    //! An entity whose columns are all optional on insert.

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
