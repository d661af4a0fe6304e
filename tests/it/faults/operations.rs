//! The operations of the fault tests. Each starts from a known state, on any connection.

use std::{future::Future, pin::Pin};

use audit_runtime::{__private::locked, AuditConnection, Error, Transaction, prelude::*};
use sea_orm::{ColumnTrait, DatabaseConnection, DbBackend};

use super::variants::{Without, begin};
use crate::entities::{context, document, new_user, user};

/// An operation on the rows that [`prepare`] created. Each writes a known number of entries.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Operation {
    Insert,
    Update,
    Delete,
    HookedInsert,
    HookedUpdate,
    HookedDelete,
    InsertMany,
    UpdateMany,
    DeleteMany,
    /// Of an existing row, and of a new one.
    Upsert,
    Event,
    /// Three writes and a successful event.
    Unit,
    /// The same, in the closure form.
    Closure,
    /// The same, in a transaction of the caller.
    Adopted,
}

/// The plan by which an operation writes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Plan {
    Fused,
    Locked,
}

/// Every operation by every plan of the backend.
pub fn operations(backend: DbBackend) -> Vec<(Operation, Plan)> {
    let plans: &[Plan] = match backend {
        DbBackend::Postgres => &[Plan::Fused, Plan::Locked],
        _ => &[Plan::Locked],
    };
    let by = |plan: &Plan| OPERATIONS.map(|operation| (operation, *plan));
    plans.iter().flat_map(by).collect()
}

const OPERATIONS: [Operation; 14] = [
    Operation::Insert,
    Operation::Update,
    Operation::Delete,
    Operation::HookedInsert,
    Operation::HookedUpdate,
    Operation::HookedDelete,
    Operation::InsertMany,
    Operation::UpdateMany,
    Operation::DeleteMany,
    Operation::Upsert,
    Operation::Event,
    Operation::Unit,
    Operation::Closure,
    Operation::Adopted,
];

/// Rows for one run of one operation.
#[derive(Clone, Debug)]
pub struct Prepared {
    pub user: user::Model,
    pub document: document::Model,
    /// Makes new names unique.
    pub run: usize,
}

pub async fn prepare(db: &DatabaseConnection, run: usize) -> Result<Prepared, Error> {
    let context = context();
    let audit = db.audited(&context);
    let tx = audit.begin().await?;
    let user = tx.insert(new_user(&format!("user {run}"))).await?;
    let guests = ["a", "b"].map(|guest| user::ActiveModel {
        role: Set(guests(run)),
        ..new_user(&format!("guest {run} {guest}"))
    });
    tx.insert_many(guests).await?;
    let document = document::Draft::new()
        .id(format!("document {run}"))
        .title("title");
    let document = tx.insert(document).await?;
    tx.commit().await?;
    Ok(Prepared {
        user,
        document,
        run,
    })
}

/// The role of two rows of a run.
fn guests(run: usize) -> String {
    format!("guest {run}")
}

impl Operation {
    /// The number of entries of a successful run.
    pub fn entries(self) -> usize {
        match self {
            Self::Unit | Self::Closure | Self::Adopted => 4,
            Self::InsertMany => 3,
            Self::UpdateMany | Self::DeleteMany | Self::Upsert => 2,
            _ => 1,
        }
    }

    pub fn run<C: AuditConnection>(
        self,
        plan: Plan,
        db: C,
        rows: Prepared,
    ) -> Pin<Box<dyn Future<Output = Result<(), Error>> + Send>> {
        Box::pin(async move {
            let context = match plan {
                Plan::Fused => context(),
                Plan::Locked => locked(context()),
            };
            let audit = db.audited(&context);
            let Prepared {
                user,
                document,
                run,
            } = rows;
            match self {
                Self::Insert => audit
                    .insert(new_user(&format!("new {run}")))
                    .await
                    .map(drop),
                Self::Update => {
                    let patch = user::AdminPatch::new()
                        .role("admin")
                        .logins(user.logins + 1);
                    audit.update(user.id, patch).await.map(drop)
                }
                Self::Delete => audit.delete::<user::Entity>(user.id).await,
                Self::HookedInsert => {
                    let draft = document::Draft::new().id(format!("new {run}")).title("new");
                    audit.insert(draft).await.map(drop)
                }
                Self::HookedUpdate => {
                    let patch = document::Patch::new().title("changed");
                    audit.update(document.id, patch).await.map(drop)
                }
                Self::HookedDelete => audit.delete::<document::Entity>(document.id).await,
                Self::InsertMany => {
                    let rows = ["a", "b", "c"].map(|row| new_user(&format!("new {run} {row}")));
                    audit.insert_many(rows).await.map(drop)
                }
                Self::UpdateMany => {
                    let guests = user::Column::Role.eq(guests(run));
                    let patch = user::AdminPatch::new().role("user");
                    audit.update_many(guests, patch).await.map(drop)
                }
                Self::DeleteMany => {
                    let guests = user::Column::Role.eq(guests(run));
                    audit.delete_many::<user::Entity>(guests).await.map(drop)
                }
                Self::Upsert => {
                    let tx = audit.begin().await?;
                    for name in [user.username, format!("new {run}")] {
                        let patch = user::AdminPatch::new().role("admin");
                        tx.insert_or_update(new_user(&name), [user::Column::Username], patch)
                            .await?;
                    }
                    tx.commit().await
                }
                Self::Event => audit.record(Event::new("REPORT_EXPORTED")).await,
                Self::Unit => {
                    let tx = audit.begin().await?;
                    three_writes(&tx, &user, &document, run).await?;
                    tx.commit().await
                }
                Self::Adopted => {
                    // Begins as the library does. Otherwise the sweep would test the caller's own begin.
                    let transaction = begin(&db, Without::Nothing).await?;
                    let tx = audit.adopt(transaction);
                    three_writes(&tx, &user, &document, run).await?;
                    tx.commit().await
                }
                Self::Closure => {
                    audit
                        .transaction(async |tx| three_writes(tx, &user, &document, run).await)
                        .await
                }
            }
        })
    }
}

pub async fn three_writes<T: Transaction>(
    tx: &Unit<T>,
    user: &user::Model,
    document: &document::Model,
    run: usize,
) -> Result<(), Error> {
    tx.update(user.id, user::AdminPatch::new().role("admin"))
        .await?;
    tx.insert(new_user(&format!("new {run}"))).await?;
    tx.record(Event::new("REPORT_EXPORTED")).await?;
    tx.delete::<document::Entity>(document.id.clone()).await
}
