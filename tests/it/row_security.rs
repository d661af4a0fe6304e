//! PostgreSQL's row-level security on a table and on the log: a write is made with its entry or refused, and hidden
//! values are not guessed.

mod log;

use audit_runtime::{AuditContext, Error, prelude::*};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseConnection, DbBackend, EntityTrait};

use crate::{
    backend::{Database, run},
    entities::{context, entries, install, new_user, user},
    invariants::{assert_none, violations},
};

/// A pool of one connection, for an account of a tenant to which policies apply.
struct App {
    role: String,
    db: DatabaseConnection,
}

impl App {
    async fn new(database: &Database) -> Self {
        let (server, name) = database.url().rsplit_once('/').unwrap();
        let (_, address) = server.split_once('@').unwrap();
        let role = format!("app_{name}");
        for statement in [
            format!("CREATE ROLE {role} LOGIN PASSWORD 'app'"),
            format!("GRANT SELECT, INSERT, UPDATE, DELETE ON users, documents TO {role}"),
            format!("GRANT ALL ON SEQUENCE users_id_seq TO {role}"),
            format!("GRANT SELECT, INSERT ON audit_log TO {role}"),
        ] {
            database.execute(&statement).await;
        }
        let mut options =
            crate::backend::patient(format!("postgres://{role}:app@{address}/{name}"));
        options.max_connections(1);
        let db = sea_orm::Database::connect(options).await.unwrap();
        Self { role, db }
    }

    async fn is_of(&self, tenant: &str) {
        let set = format!("SET app.tenant = '{tenant}'");
        self.db.execute_unprepared(&set).await.unwrap();
    }

    async fn drop(self, database: &Database) {
        self.db.close().await.unwrap();
        let role = self.role;
        let drop = format!("DROP OWNED BY {role}; DROP ROLE {role}");
        database.execute(&drop).await;
    }
}

fn contexts() -> [AuditContext; 2] {
    [context(), audit_runtime::__private::locked(context())]
}

#[derive(Clone, Copy, Debug)]
enum Write {
    Insert,
    InsertHidden,
    InsertRefused,
    InsertManyOneRefused,
    Promote,
    Hide,
    Refuse,
    PromoteHidden,
    PromoteFrozen,
    PromoteMany,
    RefuseMany,
    Delete,
    DeleteHidden,
    DeleteKept,
    DeleteMany,
    UpsertNew,
    UpsertSeen,
    UpsertHidden,
}

/// Whether the write must be made or refused. `Either` is for writes whose effect on hidden rows is open.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Expected {
    Made,
    Refused,
    NotFound,
    Either,
}

const WRITES: [(Write, Expected); 18] = {
    use Expected::{Either, Made, NotFound, Refused};
    [
        (Write::Insert, Made),
        // The stored row would not be visible.
        (Write::InsertHidden, Refused),
        (Write::InsertRefused, Refused),
        (Write::InsertManyOneRefused, Refused),
        (Write::Promote, Made),
        (Write::Hide, Refused),
        (Write::Refuse, Refused),
        (Write::PromoteHidden, NotFound),
        (Write::PromoteFrozen, NotFound),
        (Write::PromoteMany, Made),
        (Write::RefuseMany, Refused),
        (Write::Delete, Made),
        (Write::DeleteHidden, NotFound),
        (Write::DeleteKept, Refused),
        (Write::DeleteMany, Either),
        (Write::UpsertNew, Made),
        (Write::UpsertSeen, Made),
        (Write::UpsertHidden, Refused),
    ]
};

/// Policies by role, and one by the number of logins.
const POLICIES: [&str; 6] = [
    "ALTER TABLE users ENABLE ROW LEVEL SECURITY",
    "CREATE POLICY seen ON users FOR SELECT USING (role <> 'hidden')",
    "CREATE POLICY inserted ON users FOR INSERT WITH CHECK (role <> 'refused')",
    "CREATE POLICY updated ON users FOR UPDATE USING (role <> 'frozen') WITH CHECK (role <> 'refused')",
    "CREATE POLICY deleted ON users FOR DELETE USING (logins < 100)",
    "CREATE POLICY all_documents ON documents USING (true)",
];

struct Rows {
    seen: i32,
    hidden: i32,
    frozen: i32,
    kept: i32,
}

impl Write {
    async fn run(self, writer: &impl Writer, rows: &Rows) -> Result<(), Error> {
        let row = |name: &str, role: &str| user::ActiveModel {
            role: sea_orm::Set(role.to_owned()),
            ..new_user(name)
        };
        let role = |role: &str| user::AdminPatch::new().role(role);
        let all = || user::Column::Id.gt(0);
        let name = [user::Column::Username];
        match self {
            Self::Insert => writer.insert(row("new", "user")).await.map(drop),
            Self::InsertHidden => writer.insert(row("new", "hidden")).await.map(drop),
            Self::InsertRefused => writer.insert(row("new", "refused")).await.map(drop),
            Self::InsertManyOneRefused => {
                let rows = [row("new", "user"), row("newer", "refused")];
                writer.insert_many(rows).await.map(drop)
            }
            Self::Promote => writer.update(rows.seen, role("admin")).await.map(drop),
            Self::Hide => writer.update(rows.seen, role("hidden")).await.map(drop),
            Self::Refuse => writer.update(rows.seen, role("refused")).await.map(drop),
            Self::PromoteHidden => writer.update(rows.hidden, role("admin")).await.map(drop),
            Self::PromoteFrozen => writer.update(rows.frozen, role("admin")).await.map(drop),
            Self::PromoteMany => writer.update_many(all(), role("admin")).await.map(drop),
            Self::RefuseMany => writer.update_many(all(), role("refused")).await.map(drop),
            Self::Delete => writer.delete::<user::Entity>(rows.seen).await,
            Self::DeleteHidden => writer.delete::<user::Entity>(rows.hidden).await,
            Self::DeleteKept => writer.delete::<user::Entity>(rows.kept).await,
            Self::DeleteMany => writer.delete_many::<user::Entity>(all()).await.map(drop),
            Self::UpsertNew => {
                let upsert = writer.insert_or_update(row("new", "user"), name, role("admin"));
                upsert.await.map(drop)
            }
            Self::UpsertSeen => {
                let upsert = writer.insert_or_update(row("seen", "user"), name, role("admin"));
                upsert.await.map(drop)
            }
            Self::UpsertHidden => {
                let upsert = writer.insert_or_update(row("hidden", "user"), name, role("admin"));
                upsert.await.map(drop)
            }
        }
    }
}

async fn all_rows(db: &DatabaseConnection) -> Vec<user::Model> {
    let mut rows = user::Entity::find().all(db).await.unwrap();
    rows.sort_by_key(|row| row.id);
    rows
}

/// Runs a write, on its own or in a unit, which is committed whatever the outcome.
async fn attempt(
    write: Write,
    rows: &Rows,
    db: &DatabaseConnection,
    context: &AuditContext,
    in_unit: bool,
) -> Result<(), Error> {
    let audit = db.audited(context);
    if !in_unit {
        return write.run(&audit, rows).await;
    }
    let unit = audit.begin().await?;
    let written = write.run(&unit, rows).await;
    let committed = unit.commit().await;
    written.and(committed)
}

#[test]
fn policies_of_a_table_refuse_a_write_with_its_entry() {
    run(DbBackend::Postgres, async |database: &Database| {
        install(&database.db).await.unwrap();
        let app = App::new(database).await;
        for policy in POLICIES {
            database.execute(policy).await;
        }
        let owner = context();
        let owner = database.db.audited(&owner);
        for context in contexts() {
            for (write, expected) in WRITES {
                for in_unit in [false, true] {
                    owner
                        .delete_many::<user::Entity>(user::Column::Id.gt(0))
                        .await
                        .unwrap();
                    let made = owner
                        .insert_many(["seen", "hidden", "frozen", "kept"].map(new_user))
                        .await
                        .unwrap();
                    let [seen, hidden, frozen, kept] = [0, 1, 2, 3].map(|at: usize| made[at].id);
                    let role = |role: &str| user::AdminPatch::new().role(role);
                    owner.update(hidden, role("hidden")).await.unwrap();
                    owner.update(frozen, role("frozen")).await.unwrap();
                    let logins = user::AdminPatch::new().logins(100);
                    owner.update(kept, logins).await.unwrap();
                    let rows = Rows {
                        seen,
                        hidden,
                        frozen,
                        kept,
                    };
                    let before = (
                        all_rows(&database.db).await,
                        entries(&database.db).await.len(),
                    );
                    let outcome = attempt(write, &rows, &app.db, &context, in_unit).await;
                    let after = (
                        all_rows(&database.db).await,
                        entries(&database.db).await.len(),
                    );
                    let what = format!("{write:?} in a unit {in_unit}: {outcome:?}");
                    assert_none(&violations(&database.db).await, &what);
                    match &outcome {
                        Ok(()) => assert_ne!(after, before, "{what}"),
                        Err(_) => assert_eq!(after, before, "{what}"),
                    }
                    match expected {
                        Expected::Made => assert!(outcome.is_ok(), "{what}"),
                        Expected::Refused => assert!(outcome.is_err(), "{what}"),
                        Expected::NotFound => {
                            assert!(matches!(outcome, Err(Error::NotFound { .. })), "{what}");
                        }
                        Expected::Either => {}
                    }
                    // Rows that others may not see are unchanged.
                    let is_hidden = |row: &&user::Model| row.id == hidden;
                    assert_eq!(
                        after.0.iter().find(is_hidden),
                        before.0.iter().find(is_hidden),
                        "{what}"
                    );
                }
            }
        }
        app.drop(database).await;
    });
}
