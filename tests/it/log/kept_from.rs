//! Obstacles that keep entries from the log, and objects with its name.

use audit_runtime::{AuditContext, Error, prelude::*};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseConnection, DbBackend, EntityTrait, QueryOrder,
};

use crate::{
    backend::{Database, Server, on_every_backend},
    entities::{context, document, entries, install, new_user, user},
    invariants::{assert_none, violations},
};

on_every_backend!(
    a_write_without_its_entry_is_not_made,
    a_temporary_table_takes_no_entry,
);

/// Statements that create an obstacle, and those that remove it.
pub(super) type Obstacle = (&'static [&'static str], &'static [&'static str]);

const LEFT_OUT_BY_POSTGRES: &[Obstacle] = &[
    (
        &[
            "CREATE OR REPLACE FUNCTION leave_out() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
            "CREATE TRIGGER leave_out BEFORE INSERT ON audit_log FOR EACH ROW EXECUTE FUNCTION leave_out()",
        ],
        &["DROP TRIGGER leave_out ON audit_log"],
    ),
    (
        &["CREATE RULE nothing AS ON INSERT TO audit_log DO INSTEAD NOTHING"],
        &["DROP RULE nothing ON audit_log"],
    ),
    (
        &[
            "CREATE TABLE elsewhere (LIKE audit_log INCLUDING ALL)",
            "CREATE RULE elsewhere AS ON INSERT TO audit_log DO INSTEAD \
             INSERT INTO elsewhere OVERRIDING SYSTEM VALUE VALUES (NEW.*) RETURNING elsewhere.*",
        ],
        &["DROP RULE elsewhere ON audit_log", "DROP TABLE elsewhere"],
    ),
];

const LEFT_OUT_BY_SQLITE: &[Obstacle] = &[
    (
        &["CREATE TRIGGER leave_out BEFORE INSERT ON audit_log BEGIN SELECT RAISE(IGNORE); END"],
        &["DROP TRIGGER leave_out"],
    ),
    (
        &[
            "CREATE TEMPORARY TRIGGER leave_out BEFORE INSERT ON main.audit_log BEGIN SELECT RAISE(IGNORE); END",
        ],
        &["DROP TRIGGER leave_out"],
    ),
];

pub(super) const HIDDEN_ON_POSTGRES: &[Obstacle] = &[
    (
        &["CREATE TEMPORARY TABLE audit_log (LIKE audit_log INCLUDING ALL)"],
        &["DROP TABLE pg_temp.audit_log"],
    ),
    (
        &["CREATE TEMPORARY VIEW audit_log AS SELECT * FROM audit_log"],
        &["DROP VIEW pg_temp.audit_log"],
    ),
];

pub(super) const HIDDEN_ON_MARIADB: &[Obstacle] = &[(
    &[
        "CREATE TEMPORARY TABLE other LIKE audit_log",
        "ALTER TABLE other RENAME audit_log",
    ],
    &["DROP TEMPORARY TABLE audit_log"],
)];

// Constraint names are unique in a schema.
pub(super) const HIDDEN_ON_MYSQL: &[Obstacle] = &[(
    &[
        "CREATE TEMPORARY TABLE other LIKE audit_log",
        "ALTER TABLE other DROP CONSTRAINT other_chk_1",
        "ALTER TABLE other RENAME audit_log",
    ],
    &["DROP TEMPORARY TABLE audit_log"],
)];

pub(super) const HIDDEN_ON_SQLITE: &[Obstacle] = &[(
    &["CREATE TEMPORARY TABLE audit_log AS SELECT * FROM main.audit_log"],
    &["DROP TABLE temp.audit_log"],
)];

async fn a_write_without_its_entry_is_not_made(database: &Database) {
    let obstacles = match database.backend() {
        DbBackend::Postgres => LEFT_OUT_BY_POSTGRES,
        // On MySQL and MariaDB, nothing can leave out a row.
        DbBackend::MySql => &[],
        _ => LEFT_OUT_BY_SQLITE,
    };
    let refused = check(database, obstacles).await;
    assert_eq!(
        refused.len(),
        obstacles.len() * 2 * contexts().len() * OPERATIONS.len()
    );
}

/// Only SQLite can address the log itself: `main.audit_log`.
async fn a_temporary_table_takes_no_entry(database: &Database) {
    let obstacles = match database.server() {
        Server::Postgres => HIDDEN_ON_POSTGRES,
        Server::MySql => HIDDEN_ON_MYSQL,
        Server::MariaDb | Server::NewerMariaDb => HIDDEN_ON_MARIADB,
        Server::Sqlite => HIDDEN_ON_SQLITE,
    };
    let refused = check(database, obstacles).await;
    if database.backend() == DbBackend::Sqlite {
        assert_eq!(refused.len(), 0);
        return;
    }
    assert_eq!(
        refused.len(),
        obstacles.len() * 2 * contexts().len() * OPERATIONS.len()
    );
    for error in refused {
        assert!(matches!(error, Error::NotLogged(_)), "{error:?}");
    }
}

fn contexts() -> [AuditContext; 2] {
    [context(), audit_runtime::__private::locked(context())]
}

#[derive(Clone, Copy, Debug)]
enum Operation {
    Insert,
    Update,
    HookedUpdate,
    Delete,
    InsertMany,
    UpdateMany,
    DeleteMany,
    Created,
    Updated,
    Event,
}

const OPERATIONS: [Operation; 10] = [
    Operation::Insert,
    Operation::Update,
    Operation::HookedUpdate,
    Operation::InsertMany,
    Operation::UpdateMany,
    Operation::Created,
    Operation::Updated,
    Operation::Event,
    Operation::Delete,
    Operation::DeleteMany,
];

impl Operation {
    /// Requires the users `changed` and `deleted`, and the document `1`.
    async fn run(self, writer: &impl Writer, run: usize, ids: [i32; 2]) -> Result<(), Error> {
        let [changed, deleted] = ids;
        let name = |name: &str| new_user(&format!("{name} {run}"));
        let logins = || user::AdminPatch::new().logins(run as i32 + 1);
        let all = || user::Column::Id.is_in(ids);
        match self {
            Self::Insert => writer.insert(name("new")).await.map(drop),
            Self::Update => writer.update(changed, logins()).await.map(drop),
            Self::HookedUpdate => {
                let title = document::Patch::new().title(format!("title {run}"));
                writer.update("1", title).await.map(drop)
            }
            Self::Delete => writer.delete::<user::Entity>(deleted).await,
            Self::InsertMany => {
                let rows = ["a", "b", "c"].map(name);
                writer.insert_many(rows).await.map(drop)
            }
            Self::UpdateMany => writer.update_many(all(), logins()).await.map(drop),
            Self::DeleteMany => writer.delete_many::<user::Entity>(all()).await.map(drop),
            Self::Created => {
                let conflict = [user::Column::Username];
                let row = name("upserted");
                writer
                    .insert_or_update(row, conflict, logins())
                    .await
                    .map(drop)
            }
            Self::Updated => {
                let conflict = [user::Column::Username];
                let row = new_user("changed");
                writer
                    .insert_or_update(row, conflict, logins())
                    .await
                    .map(drop)
            }
            Self::Event => writer.record(Event::new("CUSTOMERS_EXPORTED")).await,
        }
    }
}

/// Runs each write with each obstacle, on its own and in a unit. Each write is made with its entries, or is refused and
/// changes nothing. Returns the refusals.
async fn check(database: &Database, obstacles: &[Obstacle]) -> Vec<Error> {
    // The observer has no obstacles.
    let eye = &database.db;
    install(eye).await.unwrap();
    let db = database.connect(|options| {
        options.max_connections(1);
    });
    let db = &db.await;
    let mut refused = Vec::new();
    let mut run = 0;
    for (hinder, clear) in obstacles {
        for context in contexts() {
            for operation in OPERATIONS {
                for in_unit in [false, true] {
                    run += 1;
                    let audit = db.audited(&context);
                    audit
                        .delete_many::<user::Entity>(user::Column::Id.gt(0))
                        .await
                        .unwrap();
                    audit
                        .delete_many::<document::Entity>(document::Column::Id.ne(""))
                        .await
                        .unwrap();
                    let users = audit.insert_many(["changed", "deleted"].map(new_user));
                    let users = users.await.unwrap();
                    let draft = document::Draft::new().id("1").title("title");
                    audit.insert(draft).await.unwrap();
                    // Once before, so that its statements are prepared, and their plans kept.
                    let ids = [users[0].id, users[1].id];
                    let warm = audit.begin().await.unwrap();
                    operation.run(&warm, 0, ids).await.unwrap();
                    warm.rollback().await.unwrap();

                    let before = (rows(eye).await, entries(eye).await.len());
                    for statement in *hinder {
                        db.execute_unprepared(statement).await.unwrap();
                    }
                    let result = if in_unit {
                        let unit = audit.begin().await.unwrap();
                        let result = operation.run(&unit, run, ids).await;
                        let committed = unit.commit().await;
                        assert_eq!(
                            committed.is_ok(),
                            result.is_ok(),
                            "{operation:?}: {committed:?}"
                        );
                        result
                    } else {
                        operation.run(&audit, run, ids).await
                    };
                    for statement in *clear {
                        db.execute_unprepared(statement).await.unwrap();
                    }
                    let after = (rows(eye).await, entries(eye).await.len());
                    match result {
                        Ok(()) => assert!(after.1 > before.1, "{operation:?} under {hinder:?}"),
                        Err(error) => {
                            assert_eq!(after, before, "{operation:?} under {hinder:?}");
                            refused.push(error);
                        }
                    }
                    assert_none(&violations(eye).await, "with something in the way");
                }
            }
        }
    }
    refused
}

async fn rows(db: &DatabaseConnection) -> (Vec<user::Model>, Vec<document::Model>) {
    let users = user::Entity::find().order_by_asc(user::Column::Id).all(db);
    let documents = document::Entity::find()
        .order_by_asc(document::Column::Id)
        .all(db);
    (users.await.unwrap(), documents.await.unwrap())
}
