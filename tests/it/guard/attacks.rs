//! Attacks of a raw writer: each is refused in one mode and recorded in the other.

mod table;

use audit_runtime::{
    Error,
    prelude::*,
    schema::{self, GuardMode},
};
use sea_orm::{
    ConnectionTrait,
    DatabaseBackend::{Postgres, Sqlite},
    DatabaseConnection, Statement, TransactionTrait,
};

use super::{MODES, guarded, unaudited};
use crate::{
    backend::{Database, run},
    entities::{context, document, entries, new_user, order, user},
    grants::name,
    invariants::{assert_none, violations},
};

pub mod locked_user {
    //! The same table and entity type, with the locked plan.

    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "users")]
    #[audited(entity_type = "User", no_hooks, locked, others = record)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[audited(label)]
        pub username: String,
        #[audited(update)]
        pub role: String,
        pub logins: i32,
    }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Raw(&'static str),
    /// An audited update of the role of the user.
    Update(i32, &'static str),
    /// The same by the locked plan.
    UpdateLocked(i32, &'static str),
    Delete(i32),
}
use self::table::{Attack, attacks};
use Step::{Delete, Raw, Update, UpdateLocked};

#[test]
fn every_attack_is_refused() {
    for backend in [Postgres, Sqlite] {
        run(backend, async |database| {
            prepare(database, GuardMode::Enforce).await;
            for (name, steps, _) in attacks(backend) {
                let before = entries(&database.db).await.len();
                let error = attack(&database.db, steps).await.expect_err(name);
                let (entity_type, ..) = unaudited(error);
                assert!(
                    ["User", "Order", "Document"].contains(&&*entity_type),
                    "{name}"
                );
                assert_none(&violations(&database.db).await, name);
                assert_eq!(entries(&database.db).await.len(), before, "{name}");
                assert_eq!(schema::collect(&database.db).await.unwrap(), 0, "{name}");
            }
        });
    }
}

#[test]
fn every_attack_is_recorded() {
    for backend in [Postgres, Sqlite] {
        for attack in attacks(backend) {
            run(backend, async |database| {
                prepare(database, GuardMode::Capture).await;
                is_recorded(database, attack).await;
            });
        }
    }
}

/// Every attack is also recorded with recursive triggers.
#[test]
fn every_attack_is_recorded_where_triggers_recur() {
    for attack in attacks(Sqlite) {
        run(Sqlite, async |database| {
            database.execute("PRAGMA recursive_triggers = ON").await;
            prepare(database, GuardMode::Capture).await;
            let (name, steps, count) = attack;
            // With this setting, the displaced row is deleted.
            let displaced = usize::from(name.starts_with("a row in place"));
            is_recorded(database, &(*name, *steps, *count + displaced)).await;
        });
    }
}

async fn is_recorded(database: &Database, (name, steps, count): &Attack) {
    let before = entries(&database.db).await.len();
    let audited = steps.iter().filter(|step| !matches!(step, Raw(_))).count();
    let rolled_back = steps
        .iter()
        .any(|step| matches!(step, Raw("ROLLBACK TO a")));
    attack(&database.db, steps).await.expect(name);
    schema::collect(&database.db).await.unwrap();
    let entries = entries(&database.db).await.split_off(before);
    let captured = entries
        .iter()
        .filter(|entry| entry.actor.kind() == "Database");
    assert_eq!(captured.count(), *count, "{name}: {entries:#?}");
    let audited = if rolled_back { 0 } else { audited };
    assert_eq!(entries.len(), count + audited, "{name}: {entries:#?}");
    // A deferred change is recorded at the end of the transaction, after later changes. SQLite does not report a
    // replaced row, unless triggers are recursive.
    let is_chain = !name.starts_with("announced") || audited == 0;
    let is_whole = !name.starts_with("a row in place") || *count > 1;
    if is_chain && is_whole {
        assert_none(&violations(&database.db).await, name);
    }
}

#[test]
fn a_copy_is_refused_or_recorded() {
    use sea_orm::sqlx::postgres::PgPoolCopyExt;

    for mode in MODES {
        run(Postgres, async |database| {
            prepare(database, mode).await;
            let before = entries(&database.db).await.len();
            let pool = database.db.get_postgres_connection_pool();
            let copy = "COPY users (id, username, role, logins, password_hash) FROM STDIN";
            let mut copy = pool.copy_in_raw(copy).await.unwrap();
            copy.send("8\th\tuser\t0\t\n9\ti\tuser\t0\t\n".as_bytes())
                .await
                .unwrap();
            let copied = copy.finish().await;
            assert_eq!(copied.is_err(), mode == GuardMode::Enforce, "{copied:?}");
            let captured = if mode == GuardMode::Enforce { 0 } else { 2 };
            assert_eq!(entries(&database.db).await.len(), before + captured);
            assert_none(&violations(&database.db).await, "a copy");
        });
    }
}

#[test]
fn nobody_puts_a_guard_on_a_table_of_their_own() {
    run(Postgres, async |database| {
        guarded(database, GuardMode::Capture).await;
        let forger = format!("forger_{}", name(database));
        database.execute(&format!("CREATE ROLE {forger}")).await;
        let functions = "SELECT oid::regprocedure::text AS name FROM pg_proc \
             WHERE pronamespace = 'public'::regnamespace AND prosecdef";
        let functions = Statement::from_string(Postgres, functions);
        let functions = database.db.query_all_raw(functions).await.unwrap();
        // Four functions for each of three entities, and those that they share.
        assert_eq!(functions.len(), 14);
        for function in functions {
            let function: String = function.try_get("", "name").unwrap();
            let transaction = database.db.begin().await.unwrap();
            let table = format!(
                "SET LOCAL ROLE {forger}; CREATE TEMPORARY TABLE forged (LIKE pg_catalog.pg_class)"
            );
            transaction.execute_unprepared(&table).await.unwrap();
            let forged = format!(
                "CREATE TRIGGER forged AFTER INSERT ON forged REFERENCING NEW TABLE AS audit_new \
                 FOR EACH STATEMENT EXECUTE FUNCTION {}()",
                function.split('(').next().unwrap()
            );
            let error = transaction
                .execute_unprepared(&forged)
                .await
                .expect_err(&function);
            let denied = "permission denied for function";
            assert!(
                error.to_string().contains(denied) || function.starts_with("audit_raw_sql("),
                "{function}: {error}"
            );
            transaction.rollback().await.unwrap();
        }
        database.execute(&format!("DROP ROLE {forger}")).await;
    });
}

/// Prepares three users and an order, which is deleted with its user.
async fn prepare(database: &Database, mode: GuardMode) {
    guarded(database, mode).await;
    let (db, context) = (&database.db, context());
    if database.backend() == Sqlite {
        database.execute("DROP TABLE orders").await;
        database
            .execute(
                "CREATE TABLE orders (id integer PRIMARY KEY, user_id integer NOT NULL \
                REFERENCES users ON DELETE CASCADE ON UPDATE CASCADE, total bigint NOT NULL)",
            )
            .await;
        schema::install_guard::<order::Entity>(db, mode)
            .await
            .unwrap();
    }
    let audit = db.audited(&context);
    for name in ["a", "b", "c"] {
        audit.insert(new_user(name)).await.unwrap();
    }
    let order = order::ActiveModel {
        id: Set(1),
        user_id: Set(2),
        total: Set(1),
    };
    audit.insert(order).await.unwrap();
    if database.backend() == Postgres {
        database
        .execute(
            "DO $$ BEGIN EXECUTE (SELECT format('ALTER TABLE orders DROP CONSTRAINT %I', conname) \
             FROM pg_constraint WHERE conrelid = 'orders'::regclass AND contype = 'f'); END $$",
        )
        .await;
        database
        .execute("ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES users ON DELETE CASCADE ON UPDATE CASCADE")
        .await;
        database
            .execute("ALTER TABLE documents DROP CONSTRAINT documents_pkey")
            .await;
    }
    for id in ["x", "y"] {
        audit
            .insert(
                document::Draft::new()
                    .id(id)
                    .title(format!("document {id}")),
            )
            .await
            .unwrap();
    }
}

async fn attack(db: &DatabaseConnection, steps: &[Step]) -> Result<(), Error> {
    let context = context();
    let unit = db.audited(&context).begin().await?;
    for step in steps {
        match *step {
            Raw(sql) => {
                unit.execute_unprepared(sql).await?;
            }
            Update(id, role) => {
                unit.update(id, user::AdminPatch::new().role(role)).await?;
            }
            UpdateLocked(id, role) => {
                let patch = locked_user::Patch::new().role(role);
                unit.update(id, patch).await?;
            }
            Delete(id) => unit.delete::<user::Entity>(id).await?,
        }
    }
    unit.commit().await
}
