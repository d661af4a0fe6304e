//! Other uses of the row: guards, a replay, past states, and the database itself.

use audit_runtime::{
    __private::locked,
    PastValue, Reason, entities,
    prelude::*,
    schema::{self, GuardMode},
};
use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, sea_query::Expr};

use super::{age, all_but_created, draft, past, patch, prepare, stamp, stored, touched};
use crate::{
    backend::{Database, Server, on_every_backend, on_mysql_and_mariadb, run},
    entities::{context, entries},
    replayed::replayed,
};

on_every_backend!(a_moment_that_moves_by_itself_is_no_change);
on_mysql_and_mariadb!(the_engine_is_before_the_database);

async fn a_moment_that_moves_by_itself_is_no_change(database: &Database) {
    let db = &database.db;
    let [context, _] = prepare(db).await;
    let audit = db.audited(&context);
    let mode = match database.backend() {
        DbBackend::MySql => GuardMode::Capture,
        _ => GuardMode::Enforce,
    };
    schema::install_guard::<stamp::Entity>(db, mode)
        .await
        .unwrap();
    let row = audit.insert(draft("a")).await.unwrap();
    age(db).await;
    let updated = audit.update(row.id, patch("second")).await.unwrap();
    assert_eq!(touched(&updated), all_but_created());
    age(db).await;

    schema::collect(db).await.unwrap();
    assert_eq!(entries(db).await.len(), 2);
    assert_eq!(replayed(entities![stamp::Entity], 10, db).await, []);
    let page = History::of::<stamp::Entity>(row.id)
        .page(db, None, 10)
        .await;
    for entry in page.unwrap().entries {
        assert!(
            !serde_json::to_string(&entry)
                .unwrap()
                .contains("updated_at")
        );
        assert!(!entry.to_string().contains("updated_at"));
    }
    let entry = entries(db).await.pop().unwrap();
    let past_row = stamp::Entity::state_at(row.id, entry.id, db).await;
    let past_row = past_row.unwrap().unwrap();
    assert_eq!(
        past_row.get(stamp::Column::UpdatedAt),
        &PastValue::Unknown(Reason::Skipped)
    );
}

/// A column that the database sets itself at every update that changes something.
mod page {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "pages")]
    #[audited(no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[audited(create, update)]
        pub title: String,
        #[audited(touch)]
        pub updated_at: DateTime,
    }
}

async fn the_engine_is_before_the_database(database: &Database) {
    let db = &database.db;
    schema::install(db).await.unwrap();
    database
        .execute(
            "CREATE TABLE pages (id int AUTO_INCREMENT PRIMARY KEY, title varchar(20) NOT NULL,
            updated_at datetime(6) NOT NULL DEFAULT '2000-01-01' ON UPDATE CURRENT_TIMESTAMP(6))",
        )
        .await;
    let context = context();
    let audit = db.audited(&context);
    let draft = page::Draft::new().title("first");
    let inserted = audit.insert(draft).await.unwrap();
    assert_ne!(inserted.updated_at, past().naive_utc());
    // With its own clock, the database would set another year.
    let single = database
        .connect(|options| _ = options.max_connections(1))
        .await;
    single
        .execute_unprepared("SET timestamp = 1000000000")
        .await
        .unwrap();
    let audit = single.audited(&context);
    let same = page::Patch::new().title("first");
    assert_eq!(audit.update(inserted.id, same).await.unwrap(), inserted);
    let other = page::Patch::new().title("second");
    let updated = audit.update(inserted.id, other).await.unwrap();
    assert!(updated.updated_at >= inserted.updated_at, "{updated:?}");
    let rows = page::Column::Id.gt(0);
    let third = page::Patch::new().title("third");
    assert_eq!(audit.update_many(rows, third).await.unwrap(), 1);
    let found = page::Entity::find_by_id(inserted.id).one(&single).await;
    assert!(found.unwrap().unwrap().updated_at >= inserted.updated_at);
}

/// Moments that are stored as text.
mod cast {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "casts")]
    #[audited(no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[audited(create, update)]
        pub title: String,
        #[sea_orm(select_as = "timestamptz", save_as = "text")]
        #[audited(touch)]
        pub updated_at: DateTimeUtc,
    }
}

#[test]
fn a_moment_is_saved_and_read_by_its_casts() {
    run(Server::Postgres, async |database: &Database| {
        let db = &database.db;
        schema::install(db).await.unwrap();
        database
            .execute("CREATE TABLE casts (id serial PRIMARY KEY, title text NOT NULL, updated_at text NOT NULL)")
            .await;
        let age = async || {
            let sql = "UPDATE casts SET updated_at = '2000-01-01 00:00:00+00'";
            db.execute_unprepared(sql).await.unwrap();
        };
        for context in [context(), locked(context())] {
            let audit = db.audited(&context);
            let draft = cast::Draft::new().title("first");
            let inserted = audit.insert(draft).await.unwrap();
            assert_ne!(inserted.updated_at, past());
            age().await;
            let same = cast::Patch::new().title("first");
            let same = audit.update(inserted.id, same).await.unwrap();
            assert_eq!(same.updated_at, past());
            let other = cast::Patch::new().title("second");
            let updated = audit.update(inserted.id, other).await.unwrap();
            assert_ne!(updated.updated_at, past());
            age().await;
            let rows = cast::Column::Id.eq(inserted.id);
            let third = cast::Patch::new().title("third");
            assert_eq!(audit.update_many(rows, third).await.unwrap(), 1);
            let found = cast::Entity::find_by_id(inserted.id).one(db).await;
            assert_ne!(found.unwrap().unwrap().updated_at, past());
        }
    });
}

#[test]
fn what_is_no_moment_is_replaced_by_one() {
    run(Server::Sqlite, async |database: &Database| {
        let db = &database.db;
        let [context, _] = prepare(db).await;
        let audit = db.audited(&context);
        let row = audit.insert(draft("a")).await.unwrap();
        let never = stamp::Entity::update_many()
            .col_expr(stamp::Column::UpdatedAt, Expr::val("never"))
            .filter(stamp::Column::Id.eq(row.id));
        never.exec(db).await.unwrap();
        let updated = audit.update(row.id, patch("second")).await.unwrap();
        assert_eq!(updated, stored(db, "a").await);
        assert_ne!(updated.updated_at, past());
    });
}
