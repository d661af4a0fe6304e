//! Operations on a wide row, by plain SeaORM and by this library.

mod audited;

use std::pin::Pin;

use audit_runtime::{__private::locked, AuditContext, prelude::*};
use sea_orm::{ActiveModelTrait, DatabaseConnection, DbBackend, EntityTrait, ModelTrait};

use self::audited::write;
use super::wide::{change, entity, new_draft, new_row};
use crate::entities::context;

/// A measured operation.
#[derive(Clone, Copy, Debug)]
pub enum Task {
    Plain(Plain),
    Audited(Operation, Way, On),
}

/// The plain operations, with which audited ones are compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Plain {
    Insert,
    Update,
    Delete,
}

#[derive(Clone, Copy, Debug)]
pub enum Operation {
    Insert,
    Draft,
    InsertMany,
    UpsertNew,
    Restore,
    Update,
    Apply,
    UpdateIfUnchanged,
    UpdateMany,
    Upsert,
    Keep,
    Revert,
    Delete,
    DeleteMany,
}

/// The plan of an operation.
#[derive(Clone, Copy, Debug)]
pub enum Way {
    Fused,
    Locked,
}

#[derive(Clone, Copy, Debug)]
pub enum On {
    Pool,
    Unit,
}

const OPERATIONS: [Operation; 14] = [
    Operation::Insert,
    Operation::Draft,
    Operation::InsertMany,
    Operation::UpsertNew,
    Operation::Restore,
    Operation::Update,
    Operation::Apply,
    Operation::UpdateIfUnchanged,
    Operation::UpdateMany,
    Operation::Upsert,
    Operation::Keep,
    Operation::Revert,
    Operation::Delete,
    Operation::DeleteMany,
];

/// Every task, by every plan of the backend.
pub fn tasks(backend: DbBackend) -> Vec<Task> {
    let ways: &[_] = match backend {
        DbBackend::Postgres => &[Way::Fused, Way::Locked],
        _ => &[Way::Locked],
    };
    let mut tasks = [Plain::Insert, Plain::Update, Plain::Delete]
        .map(Task::Plain)
        .to_vec();
    for operation in OPERATIONS {
        for way in ways {
            tasks.extend([On::Pool, On::Unit].map(|on| Task::Audited(operation, *way, on)));
        }
    }
    tasks
}

impl Task {
    /// The plain operation that corresponds to this task.
    pub fn plain(self) -> Plain {
        match self {
            Self::Plain(plain) => plain,
            Self::Audited(operation, ..) => operation.plain(),
        }
    }

    pub fn run(self, db: &DatabaseConnection, id: i32) -> Boxed<'_> {
        match self {
            Self::Plain(plain) => plain.run(db, id),
            Self::Audited(operation, way, on) => audited(operation, way, on, db, id),
        }
    }
}

impl Operation {
    fn plain(self) -> Plain {
        match self {
            Self::Insert | Self::Draft | Self::InsertMany | Self::UpsertNew | Self::Restore => {
                Plain::Insert
            }
            Self::Update
            | Self::Apply
            | Self::UpdateIfUnchanged
            | Self::UpdateMany
            | Self::Upsert
            | Self::Keep
            | Self::Revert => Plain::Update,
            Self::Delete | Self::DeleteMany => Plain::Delete,
        }
    }
}

impl Plain {
    fn run(self, db: &DatabaseConnection, id: i32) -> Boxed<'_> {
        match self {
            Self::Insert => plain_insert(db, id),
            Self::Update => plain_update(db, id),
            Self::Delete => plain_delete(db, id),
        }
    }
}

impl Way {
    fn context(self) -> AuditContext {
        match self {
            Self::Fused => context(),
            Self::Locked => locked(context()),
        }
    }
}

/// The number of ids for the rows of a task.
pub const IDS: i32 = 4;
/// Offsets from the given id, whose row was changed once: a deleted row, and two that do not exist.
const DELETED: i32 = 1;
const NEW: i32 = 2;
const NEWER: i32 = 3;
/// The present value of the row, and the value that it is changed to.
const PRESENT: i32 = 1;
const CHANGED: i32 = 2;

/// Creates the rows for a task.
pub async fn prepare(db: &DatabaseConnection, id: i32) {
    let context = context();
    let audit = db.audited(&context);
    for id in [id, id + DELETED] {
        audit.insert(new_draft(id, 0)).await.unwrap();
    }
    audit.update(id, change(PRESENT)).await.unwrap();
    audit.delete::<entity::Entity>(id + DELETED).await.unwrap();
}

/// Boxed by a separate function, so that its caller's frame does not contain it.
pub type Boxed<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

fn plain_insert(db: &DatabaseConnection, id: i32) -> Boxed<'_> {
    Box::pin(async move { drop(new_row(id + NEW, 0).insert(db).await.unwrap()) })
}

fn plain_update(db: &DatabaseConnection, id: i32) -> Boxed<'_> {
    Box::pin(async move {
        let row = entity::Entity::find_by_id(id)
            .one(db)
            .await
            .unwrap()
            .unwrap();
        drop(row);
        drop(new_row(id, CHANGED).update(db).await.unwrap());
    })
}

fn plain_delete(db: &DatabaseConnection, id: i32) -> Boxed<'_> {
    Box::pin(async move {
        let row = entity::Entity::find_by_id(id)
            .one(db)
            .await
            .unwrap()
            .unwrap();
        ModelTrait::delete(row, db).await.unwrap();
    })
}

fn audited(operation: Operation, way: Way, on: On, db: &DatabaseConnection, id: i32) -> Boxed<'_> {
    Box::pin(async move {
        let context = way.context();
        let audit = db.audited(&context);
        match on {
            On::Pool => write(operation, &audit, db, id).await,
            On::Unit => {
                let unit = audit.begin().await.unwrap();
                write(operation, &unit, db, id).await;
                unit.commit().await.unwrap();
            }
        }
    })
}
