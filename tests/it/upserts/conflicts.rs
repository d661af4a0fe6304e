//! The database alone decides which row is in conflict.

use audit_runtime::{Error, Upserted, prelude::*};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    DatabaseBackend, DatabaseConnection, EntityTrait, QueryOrder,
};

use super::Plans;
use crate::{
    backend::{Database, on_every_backend},
    entities::{context, entries},
};

on_every_backend!(
    two_nulls_do_not_conflict,
    a_row_outside_a_partial_index_is_not_there,
    columns_that_are_not_unique_tell_of_no_row,
    rows_are_alike_as_the_index_has_it,
);

mod coupon {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "coupons")]
    #[audited(entity_type = "Coupon", no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[audited(record)]
        pub code: Option<String>,
        #[audited(record)]
        pub shop: Option<i32>,
        #[audited(update)]
        pub percent: i32,
        #[audited(update)]
        pub deleted: bool,
    }
}

/// A table with these unique indexes, and a new pool without prepared statements of another table.
async fn table(database: &Database, code: &str, indexes: &[&str]) -> DatabaseConnection {
    audit_runtime::schema::install(&database.db).await.unwrap();
    let id = match database.backend() {
        DatabaseBackend::Postgres => "serial PRIMARY KEY",
        DatabaseBackend::MySql => "int AUTO_INCREMENT PRIMARY KEY",
        _ => "integer PRIMARY KEY AUTOINCREMENT",
    };
    database.execute("DROP TABLE IF EXISTS coupons").await;
    database
        .execute(&format!(
            "CREATE TABLE coupons (id {id}, code {code}, shop int, percent int NOT NULL, deleted boolean NOT NULL)"
        ))
        .await;
    for index in indexes {
        database
            .execute(&format!("CREATE UNIQUE INDEX {index}"))
            .await;
    }
    database.connect(|_| ()).await
}

fn coupon(code: Option<&str>, shop: Option<i32>) -> coupon::ActiveModel {
    coupon::ActiveModel {
        id: NotSet,
        code: Set(code.map(str::to_owned)),
        shop: Set(shop),
        percent: Set(1),
        deleted: Set(false),
    }
}

async fn upsert(
    db: &DatabaseConnection,
    context: &AuditContext,
    in_unit: bool,
    row: coupon::ActiveModel,
    conflict: &[coupon::Column],
) -> Result<Upserted<coupon::Model>, Error> {
    let audit = db.audited(context);
    let (conflict, patch) = (conflict.to_vec(), coupon::Patch::new().percent(50));
    if !in_unit {
        return audit.insert_or_update(row, conflict, patch).await;
    }
    let unit = audit.begin().await?;
    let upserted = unit.insert_or_update(row, conflict, patch).await?;
    unit.commit().await?;
    Ok(upserted)
}

async fn rows(db: &DatabaseConnection) -> Vec<coupon::Model> {
    let rows = coupon::Entity::find().order_by_asc(coupon::Column::Id);
    rows.all(db).await.unwrap()
}

/// Asserts that there are this many rows, and that none of them was updated.
async fn assert_all_created(db: &DatabaseConnection, count: usize, what: &str) {
    assert_eq!(rows(db).await.len(), count, "{what}");
    assert!(rows(db).await.iter().all(|row| row.percent == 1), "{what}");
}

async fn two_nulls_do_not_conflict(database: &Database) {
    use coupon::Column::{Code, Shop};

    for (context, in_unit) in context().plans() {
        let db = &table(
            database,
            "varchar(20)",
            &["by_code ON coupons (code, shop)"],
        )
        .await;
        let log = entries(db).await.len();
        let rows = [
            coupon(None, Some(1)),
            coupon(Some("a"), None),
            coupon(None, None),
        ];
        for row in rows.iter().chain(&rows) {
            let upserted = upsert(db, &context, in_unit, row.clone(), &[Code, Shop]).await;
            assert!(matches!(upserted, Ok(Upserted::Created(_))), "{upserted:?}");
        }
        assert_all_created(db, 6, "six rows with a NULL").await;
        for created in [true, false] {
            let row = coupon(Some("a"), Some(1));
            let upserted = upsert(db, &context, in_unit, row, &[Code, Shop])
                .await
                .unwrap();
            assert_eq!(matches!(upserted, Upserted::Created(_)), created);
        }
        let written = entries(db).await.split_off(log);
        let actions: Vec<_> = written.iter().map(|entry| &*entry.action).collect();
        assert_eq!(actions, [&["CREATE"; 7][..], &["UPDATE"]].concat());

        if database.backend() == DatabaseBackend::Postgres && is_postgres_15(database).await {
            let same = "by_code ON coupons (code, shop) NULLS NOT DISTINCT";
            let db = &table(database, "varchar(20)", &[same]).await;
            for row in rows {
                for created in [true, false] {
                    let row = row.clone();
                    let upserted = upsert(db, &context, in_unit, row, &[Code, Shop]).await;
                    assert_eq!(matches!(upserted.unwrap(), Upserted::Created(_)), created);
                }
            }
        }
    }
}

async fn is_postgres_15(database: &Database) -> bool {
    let question = "SELECT current_setting('server_version_num')::int >= 150000 AS \"is\"";
    let question = sea_orm::Statement::from_string(DatabaseBackend::Postgres, question);
    let row = sea_orm::ConnectionTrait::query_one_raw(&database.db, question).await;
    row.unwrap().unwrap().try_get("", "is").unwrap()
}

async fn a_row_outside_a_partial_index_is_not_there(database: &Database) {
    let indexes: &[&str] = match database.backend() {
        DatabaseBackend::Postgres => &["by_code ON coupons (code) WHERE NOT deleted"],
        DatabaseBackend::MySql => &[],
        _ => &["by_code ON coupons (code) WHERE deleted = 0"],
    };
    for (context, in_unit) in context().plans() {
        let db = &table(database, "varchar(20)", indexes).await;
        if database.backend() == DatabaseBackend::MySql {
            // MySQL's substitute for a partial index.
            database
                .execute("ALTER TABLE coupons ADD kept int AS (IF(deleted, NULL, 1)) STORED")
                .await;
            database
                .execute("CREATE UNIQUE INDEX by_code ON coupons (code, kept)")
                .await;
        }
        let audit = db.audited(&context);
        let deleted = coupon::ActiveModel {
            deleted: Set(true),
            ..coupon(Some("a"), None)
        };
        let deleted = audit.insert(deleted).await.unwrap();
        let log = entries(db).await.len();
        for (code, is_there) in [("a", false), ("b", false), ("b", true)] {
            let row = coupon(Some(code), None);
            let upserted = upsert(db, &context, in_unit, row, &[coupon::Column::Code]).await;
            match (database.backend(), upserted) {
                (DatabaseBackend::MySql, Ok(Upserted::Created(_))) if !is_there => {}
                (DatabaseBackend::MySql, Err(error)) if is_there => {
                    assert!(error.sql_err().is_some(), "{error}");
                }
                (DatabaseBackend::Postgres | DatabaseBackend::Sqlite, Err(error)) => {
                    assert!(matches!(error, Error::NotUnique { .. }), "{error}");
                    assert!(error.to_string().contains("code"), "{error}");
                }
                (_, other) => panic!("{other:?}"),
            }
        }
        assert_eq!(rows(db).await[0], deleted);
        let written = entries(db).await.split_off(log);
        assert!(written.iter().all(|entry| entry.action == "CREATE"));
    }
}

async fn columns_that_are_not_unique_tell_of_no_row(database: &Database) {
    let backend = database.backend();
    let mut tables: Vec<&[&str]> = vec![&[], &["by_both ON coupons (code, shop)"]];
    match backend {
        DatabaseBackend::MySql => tables.push(&["by_part ON coupons (code(2), percent)"]),
        _ => tables.push(&["by_lower ON coupons (lower(code))"]),
    }
    for indexes in tables {
        for (context, in_unit) in context().plans() {
            let db = &table(database, "varchar(20)", indexes).await;
            let audit = db.audited(&context);
            let first = audit.insert(coupon(Some("one"), Some(1))).await.unwrap();
            let row = coupon(Some("one"), Some(2));
            let upserted = upsert(db, &context, in_unit, row, &[coupon::Column::Code]).await;
            match upserted {
                Err(Error::NotUnique { columns, .. }) => assert_eq!(columns, ["code"]),
                // MySQL cannot report it, and there is no conflict.
                Ok(Upserted::Created(_)) if backend == DatabaseBackend::MySql => {}
                Err(error) if error.sql_err().is_some() && backend == DatabaseBackend::MySql => {}
                other => panic!("{indexes:?}: {other:?}"),
            }
            assert_eq!(rows(db).await[0], first, "{indexes:?}");
        }
    }
}

/// The index decides which texts are equal, in any collation.
async fn rows_are_alike_as_the_index_has_it(database: &Database) {
    // The column, the index, and whether they treat ABC and abc as equal.
    let plain = "by_code ON coupons (code)";
    let cases: Vec<(&str, &str, bool)> = match database.backend() {
        DatabaseBackend::Postgres => {
            database
                .execute(
                    "CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
                )
                .await;
            vec![
                ("varchar(20)", plain, false),
                ("varchar(20) COLLATE nocase", plain, true),
                (
                    "varchar(20) COLLATE nocase",
                    "by_code ON coupons (code COLLATE \"C\")",
                    false,
                ),
            ]
        }
        DatabaseBackend::MySql => vec![
            ("varchar(20) COLLATE utf8mb4_bin", plain, false),
            ("varchar(20) COLLATE utf8mb4_general_ci", plain, true),
        ],
        _ => vec![
            ("varchar(20)", plain, false),
            ("varchar(20) COLLATE NOCASE", plain, true),
            (
                "varchar(20) COLLATE NOCASE",
                "by_code ON coupons (code COLLATE BINARY)",
                false,
            ),
        ],
    };
    for (column, index, alike) in cases {
        for (context, in_unit) in context().plans() {
            let db = &table(database, column, &[index]).await;
            let mut created = Vec::new();
            for code in ["abc", "ABC"] {
                let row = coupon(Some(code), None);
                let upserted = upsert(db, &context, in_unit, row, &[coupon::Column::Code]).await;
                created.push(matches!(upserted.unwrap(), Upserted::Created(_)));
            }
            assert_eq!(created, [true, !alike], "{column}, {index}");
        }
    }
}
