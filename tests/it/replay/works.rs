//! Random work on a database, and the resulting state.

use std::collections::BTreeMap;

use audit_runtime::{Error, prelude::*};
use proptest::prelude::*;
use sea_orm::{DatabaseConnection, EntityTrait, IntoActiveModel, PaginatorTrait};
use serde_json::json;

use super::audited;
use crate::{
    entities::{context, document, new_user, order, user},
    invariants::{assert_none, violations},
    replayed::replayed,
};

#[derive(Clone, Debug)]
pub(super) enum Step {
    InsertUser(u8),
    UpdateUser(u8, user::AdminPatch),
    SetPhone(u8, Option<&'static str>),
    DeleteUser(u8),
    InsertDocument(u8, &'static str),
    SetTitle(u8, &'static str),
    DeleteDocument(u8),
    InsertOrder(u8, u8, i64),
    SetTotal(u8, i64),
    DeleteOrder(u8),
}

#[derive(Clone, Debug)]
pub(super) enum Work {
    Alone(Step),
    Unit { steps: Vec<Step>, commit: bool },
}

/// The expected contents of the tables and of the log.
#[derive(Clone, Debug, Default, PartialEq)]
struct State {
    users: BTreeMap<u8, user::Model>,
    documents: BTreeMap<String, document::Model>,
    orders: BTreeMap<i32, order::Model>,
    entries: u64,
}

/// Does the work after earlier work, and returns the number of changes.
pub(super) async fn run(db: &DatabaseConnection, works: &[Work]) -> u64 {
    let context = context();
    let audit = db.audited(&context);
    let mut state = State {
        entries: audit_runtime::audit_log::Entity::find()
            .count(db)
            .await
            .unwrap(),
        ..State::default()
    };
    let before = state.entries;
    for order in order::Entity::find().all(db).await.unwrap() {
        audit.delete::<order::Entity>(order.id).await.unwrap();
        state.entries += 1;
    }
    for document in document::Entity::find().all(db).await.unwrap() {
        audit.delete::<document::Entity>(document.id).await.unwrap();
        state.entries += 1;
    }
    for user in user::Entity::find().all(db).await.unwrap() {
        audit.delete::<user::Entity>(user.id).await.unwrap();
        state.entries += 1;
    }

    for work in works {
        match work {
            Work::Alone(step) => {
                let possible = state.allows(step);
                let taken = take(&audit, &mut state, step).await;
                assert_eq!(taken.is_ok(), possible, "{step:?} {taken:?}");
            }
            Work::Unit { steps, commit } => {
                let mut inside = state.clone();
                let unit = audit.begin().await.unwrap();
                let mut failed = false;
                for step in steps {
                    let possible = !failed && inside.allows(step);
                    let taken = take(&unit, &mut inside, step).await;
                    assert_eq!(taken.is_ok(), possible, "{step:?} {taken:?}");
                    // A refusal comes before any write, so the unit stays usable.
                    failed |= taken.is_err_and(|error| !matches!(error, Error::NotFound { .. }));
                }
                if *commit {
                    assert_eq!(unit.commit().await.is_err(), failed);
                } else {
                    unit.rollback().await.unwrap();
                }
                if *commit && !failed {
                    state = inside;
                }
            }
        }
    }
    state.check(db).await;
    state.entries - before
}

/// Runs the step, and applies it to the expected state if it succeeds.
async fn take(writer: &impl Writer, state: &mut State, step: &Step) -> Result<(), Error> {
    let State {
        users,
        documents,
        orders,
        entries,
    } = state;
    let id_of =
        |users: &BTreeMap<u8, user::Model>, slot| users.get(slot).map_or(-1, |user| user.id);
    match step {
        Step::InsertUser(slot) => {
            let user = writer.insert(new_user(&format!("user {slot}"))).await?;
            users.insert(*slot, user);
            *entries += 1;
        }
        Step::UpdateUser(slot, patch) => {
            let after = writer.update(id_of(users, slot), patch.clone()).await?;
            let user = users.get_mut(slot).unwrap();
            let mut expected = user.clone();
            if let Set(role) = &patch.role {
                expected.role.clone_from(role);
            }
            if let Set(logins) = patch.logins {
                expected.logins = logins;
            }
            assert_eq!(after, expected);
            *entries += u64::from(*user != after);
            *user = after;
        }
        Step::SetPhone(slot, phone) => {
            let patch: user::ProfilePatch =
                serde_json::from_value(json!({ "phone": phone })).unwrap();
            let after = writer.update(id_of(users, slot), patch).await?;
            let user = users.get_mut(slot).unwrap();
            assert_eq!(after.phone.as_deref(), *phone);
            *entries += u64::from(*user != after);
            *user = after;
        }
        Step::DeleteUser(slot) => {
            writer.delete::<user::Entity>(id_of(users, slot)).await?;
            users.remove(slot).unwrap();
            *entries += 1;
        }
        Step::InsertDocument(slot, title) => {
            let draft = document::Draft::new().id(slot.to_string()).title(*title);
            let document = writer.insert(draft).await?;
            assert_eq!((&*document.title, document.revision), (*title, 1));
            documents.insert(slot.to_string(), document);
            *entries += 1;
        }
        Step::SetTitle(slot, title) => {
            let patch = document::Patch::new().title(*title);
            let after = writer.update(slot.to_string(), patch).await?;
            let document = documents.get_mut(&slot.to_string()).unwrap();
            let changed = document.title != *title;
            assert_eq!(after.revision, document.revision + i32::from(changed));
            *entries += u64::from(changed);
            *document = after;
        }
        Step::DeleteDocument(slot) => {
            writer.delete::<document::Entity>(slot.to_string()).await?;
            documents.remove(&slot.to_string()).unwrap();
            *entries += 1;
        }
        Step::InsertOrder(id, slot, total) => {
            let order = order::Model {
                id: order_id(*id),
                user_id: id_of(users, slot),
                total: *total,
            };
            let order = writer.insert(order.into_active_model()).await?;
            orders.insert(order.id, order);
            *entries += 1;
        }
        Step::SetTotal(id, total) => {
            let id = order_id(*id);
            let after = writer.update(id, order::Patch::new().total(*total)).await?;
            let order = orders.get_mut(&id).unwrap();
            *entries += u64::from(order.total != *total);
            *order = after;
        }
        Step::DeleteOrder(id) => {
            let id = order_id(*id);
            writer.delete::<order::Entity>(id).await?;
            orders.remove(&id).unwrap();
            *entries += 1;
        }
    }
    Ok(())
}

impl State {
    /// Whether the database and the library accept the step.
    fn allows(&self, step: &Step) -> bool {
        match step {
            Step::InsertUser(slot) => !self.users.contains_key(slot),
            Step::UpdateUser(slot, _) | Step::SetPhone(slot, _) => self.users.contains_key(slot),
            Step::DeleteUser(slot) => self.users.get(slot).is_some_and(|user| {
                let mut orders = self.orders.values();
                orders.all(|order| order.user_id != user.id)
            }),
            Step::InsertDocument(slot, _) => !self.documents.contains_key(&slot.to_string()),
            Step::SetTitle(slot, _) | Step::DeleteDocument(slot) => {
                self.documents.contains_key(&slot.to_string())
            }
            Step::InsertOrder(id, slot, _) => {
                !self.orders.contains_key(&order_id(*id)) && self.users.contains_key(slot)
            }
            Step::SetTotal(id, _) | Step::DeleteOrder(id) => {
                self.orders.contains_key(&order_id(*id))
            }
        }
    }

    async fn check(&self, db: &DatabaseConnection) {
        assert_none(&violations(db).await, "after the last step");
        assert_eq!(replayed(audited(), 2, db).await, []);
        let users = user::Entity::find().all(db).await.unwrap();
        let slots = users
            .into_iter()
            .map(|user| (slot_of(&user.username), user));
        let documents = document::Entity::find().all(db).await.unwrap();
        let orders = order::Entity::find().all(db).await.unwrap();
        let found = State {
            users: slots.collect(),
            documents: documents
                .into_iter()
                .map(|row| (row.id.clone(), row))
                .collect(),
            orders: orders.into_iter().map(|row| (row.id, row)).collect(),
            entries: audit_runtime::audit_log::Entity::find()
                .count(db)
                .await
                .unwrap(),
        };
        assert_eq!(&found, self);
    }
}

/// Not 0, for which MySQL generates an id.
fn order_id(id: u8) -> i32 {
    i32::from(id) + 1
}

fn slot_of(username: &str) -> u8 {
    username.rsplit(' ').next().unwrap().parse().unwrap()
}

pub(super) fn work() -> impl Strategy<Value = Work> {
    let unit = (prop::collection::vec(step(), 0..6), any::<bool>());
    prop_oneof![
        3 => step().prop_map(Work::Alone),
        1 => unit.prop_map(|(steps, commit)| Work::Unit { steps, commit }),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let slot = || 0..3_u8;
    let title = || prop::sample::select(vec!["", "a", "A", "a ", "🦀", "\"'\\\n", "NULL"]);
    let phone = prop::option::of(prop::sample::select(vec!["", "555-0100", "555-0101"]));
    let role = prop::option::of(prop::sample::select(vec!["user", "admin", ""]));
    let logins = prop::option::of(prop::sample::select(vec![i32::MIN, 0, 1, i32::MAX]));
    let patch = (role, logins).prop_map(|(role, logins)| user::AdminPatch {
        role: role.map_or(NotSet, |role| Set(role.to_owned())),
        logins: logins.map_or(NotSet, Set),
        ..Default::default()
    });
    let total = || prop::sample::select(vec![i64::MIN, -1, 0, 1 << 53, i64::MAX]);
    prop_oneof![
        3 => slot().prop_map(Step::InsertUser),
        4 => (slot(), patch).prop_map(|(slot, patch)| Step::UpdateUser(slot, patch)),
        2 => (slot(), phone).prop_map(|(slot, phone)| Step::SetPhone(slot, phone)),
        1 => slot().prop_map(Step::DeleteUser),
        3 => (slot(), title()).prop_map(|(slot, title)| Step::InsertDocument(slot, title)),
        4 => (slot(), title()).prop_map(|(slot, title)| Step::SetTitle(slot, title)),
        1 => slot().prop_map(Step::DeleteDocument),
        3 => (slot(), slot(), total()).prop_map(|(id, slot, total)| Step::InsertOrder(id, slot, total)),
        3 => (slot(), total()).prop_map(|(id, total)| Step::SetTotal(id, total)),
        1 => slot().prop_map(Step::DeleteOrder),
    ]
}
