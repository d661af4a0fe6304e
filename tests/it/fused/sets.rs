//! The number of kept statements is bounded, whatever sets of columns are written.

use audit_runtime::prelude::*;
use sea_orm::{ConnectionTrait, DatabaseBackend::Postgres, IntoActiveModel, Iterable, Statement};

use crate::{
    backend::run,
    entities::{context, entries},
    types::{
        self,
        check::{ID, some},
        entities::number::{Column, Entity, Model},
        rows,
    },
};

/// The sender of a JSON patch chooses the set.
#[test]
fn a_session_keeps_no_more_statements_than_the_pool_is_told() {
    run(Postgres, async |database| {
        audit_runtime::schema::install(&database.db).await.unwrap();
        types::create_table(&database.db, Entity).await;
        let db = database.connect(|options| {
            options
                .max_connections(1)
                .map_sqlx_postgres_opts(|options| options.statement_cache_capacity(20));
        });
        let db = &db.await;
        let context = context();
        let audit = db.audited(&context);
        let (_, mut row) = rows::numbers().swap_remove(0);
        audit.insert(row.clone().into_active_model()).await.unwrap();
        let others: Vec<_> = Column::iter()
            .filter(|column| !matches!(column, Column::Id | Column::I32))
            .take(10)
            .collect();

        let mut entries_expected = entries(db).await.len();
        for set in 0..300_usize {
            let columns: Vec<_> = others
                .iter()
                .enumerate()
                .filter(|(nth, _)| (set * 7 + 3) >> nth & 1 == 1)
                .map(|(_, column)| *column)
                .chain([Column::I32])
                .collect();
            row.i32 += 1;
            let updated: Model = audit.update(ID, some(&row, &columns)).await.unwrap();
            assert_eq!(updated.i32, row.i32);
            entries_expected += 1;
        }
        let log = entries(db).await;
        assert_eq!(log.len(), entries_expected);
        for pair in log[1..].windows(2) {
            assert_eq!(pair[0].after()["i32"], pair[1].before()["i32"]);
        }
        let sql = "SELECT count(*) AS count FROM pg_prepared_statements";
        let row = db.query_one_raw(Statement::from_string(Postgres, sql));
        let prepared: i64 = row.await.unwrap().unwrap().try_get("", "count").unwrap();
        assert!((2..=20).contains(&prepared), "{prepared}");
    });
}
