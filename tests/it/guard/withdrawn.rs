//! On PostgreSQL, an announced entry that does not follow is withdrawn, so that later raw SQL in the transaction is
//! seen at once.

use audit_runtime::{
    __private::locked, Actor, AuditContext, Error, Unit, prelude::*, schema::GuardMode,
};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseBackend::Postgres};

use super::{MODES, guarded, unaudited};
use crate::{
    backend::{Database, run},
    entities::{create_table, entries, new_user, order, user},
    invariants::{assert_none, violations},
};

mod noisy {
    //! An entity whose hook writes to another table, whose changes have no entries.

    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "noisy")]
    #[audited(others = record)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
    }

    #[sea_orm::prelude::async_trait::async_trait]
    impl ActiveModelBehavior for ActiveModel {
        async fn after_save<C: ConnectionTrait>(
            model: Model,
            db: &C,
            _insert: bool,
        ) -> Result<Model, DbErr> {
            db.execute_unprepared("INSERT INTO noises VALUES (1)")
                .await?;
            Ok(model)
        }
    }
}

/// Operations that lock or change a row, and write no entry of it.
#[derive(Clone, Copy, Debug)]
enum Fruitless {
    Unchanged,
    Undone,
    UndoneMany,
    Stale,
    WithoutReason,
    NotThere,
    NoneOfMany,
    Kept,
    UpsertedAlike,
    AfterSave,
}

const FRUITLESS: [Fruitless; 10] = [
    Fruitless::Unchanged,
    Fruitless::Undone,
    Fruitless::UndoneMany,
    Fruitless::Stale,
    Fruitless::WithoutReason,
    Fruitless::NotThere,
    Fruitless::NoneOfMany,
    Fruitless::Kept,
    Fruitless::UpsertedAlike,
    Fruitless::AfterSave,
];

impl Fruitless {
    async fn run(self, unit: &Unit, user: &user::Model, order: i32) -> Result<(), Error> {
        let role = |role: &str| user::AdminPatch::new().role(role);
        let of_id = |id| user::Column::Id.eq(id);
        let again = || new_user(&user.username);
        let name = [user::Column::Username];
        match self {
            Self::Unchanged => unit.update(user.id, role("user")).await.map(drop),
            Self::Undone => unit.update(user.id, role("undone")).await.map(drop),
            Self::UndoneMany => unit
                .update_many(of_id(user.id), role("undone"))
                .await
                .map(drop),
            Self::Stale => {
                let mut stale = user.clone();
                stale.role = "another".to_owned();
                unit.update_if_unchanged(&stale, role("admin"))
                    .await
                    .map(drop)
            }
            Self::WithoutReason => {
                let patch = order::Patch::new().total(2);
                unit.update(order, patch).await.map(drop)
            }
            Self::NotThere => unit.update(-1, role("admin")).await.map(drop),
            Self::NoneOfMany => unit.update_many(of_id(-1), role("admin")).await.map(drop),
            Self::Kept => unit.insert_or_keep(again(), name).await.map(drop),
            Self::UpsertedAlike => unit
                .insert_or_update(again(), name, role("user"))
                .await
                .map(drop),
            Self::AfterSave => {
                let row = noisy::ActiveModel::default();
                unit.insert(row).await.map(drop)
            }
        }
    }

    fn is_refused(self) -> bool {
        matches!(self, Self::Stale | Self::WithoutReason | Self::NotThere)
    }
}

#[test]
fn an_announcement_without_an_entry_is_withdrawn() {
    for mode in MODES {
        run(Postgres, async |database| {
            guarded(database, mode).await;
            prepare(database).await;
            let context = AuditContext::new(Actor::new("Admin", "7"));
            for (nth, fruitless) in FRUITLESS.into_iter().enumerate() {
                for context in [context.clone(), locked(context.clone())] {
                    after(fruitless, database, mode, &context, nth).await;
                }
            }
        });
    }
}

async fn prepare(database: &Database) {
    create_table(&database.db, noisy::Entity).await.unwrap();
    database
        .execute(
            "CREATE TABLE noises (id int);
             CREATE FUNCTION undo() RETURNS trigger LANGUAGE plpgsql AS
                 $$ BEGIN NEW.role := OLD.role; RETURN NEW; END $$;
             CREATE TRIGGER undo BEFORE UPDATE ON users FOR EACH ROW WHEN (NEW.role = 'undone')
                 EXECUTE FUNCTION undo()",
        )
        .await;
}

/// Asserts that later raw SQL is refused at once, or recorded before later writes.
async fn after(
    fruitless: Fruitless,
    database: &Database,
    mode: GuardMode,
    context: &AuditContext,
    nth: usize,
) {
    let db = &database.db;
    let reasoned = context.clone().reason("a test");
    let audit = db.audited(&reasoned);
    let kept = entries(db).await.len();
    let user = audit
        .insert(new_user(&format!("{nth} {kept}")))
        .await
        .unwrap();
    let order = order::ActiveModel {
        user_id: Set(user.id),
        total: Set(1),
        ..Default::default()
    };
    let order = audit.insert(order).await.unwrap().id;

    let unit = db.audited(context).begin().await.unwrap();
    let outcome = fruitless.run(&unit, &user, order).await;
    assert_eq!(outcome.is_err(), fruitless.is_refused(), "{outcome:?}");
    let raw = format!("UPDATE users SET role = 'raw' WHERE id = {}", user.id);
    let raw = unit.execute_unprepared(&raw).await;
    if mode == GuardMode::Enforce {
        unaudited(raw.expect_err("it is refused at once"));
        return;
    }
    raw.unwrap();
    let patch = user::AdminPatch::new().role("admin");
    unit.update(user.id, patch).await.unwrap();
    unit.commit().await.unwrap();
    let what = format!("{fruitless:?} {context:?}");
    assert_none(&violations(db).await, &what);
}
