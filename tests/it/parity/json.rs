//! Values of `json` columns, written by others, that `jsonb` and serde cannot hold.

use audit_runtime::prelude::*;
use sea_orm::{ConnectionTrait, DatabaseBackend::Postgres, IntoActiveModel, Statement};

use super::{compare::assert_same_log, side::Side};
use crate::{
    backend::run,
    entities::context,
    types::{
        check::{ID, some},
        entities::text::{Column, Entity},
        rows,
    },
};

#[test]
fn json_of_others_is_told_alike() {
    run(Postgres, async |database| {
        let nested = |levels| "[".repeat(levels) + &"]".repeat(levels);
        let texts = [
            r#"{"a\u0000b": ["c\u0000"]}"#,
            r#""\\u0000""#,
            r#"["\\\u0000"]"#,
            r#"["\\\\u0000", "\u0001"]"#,
            r#"{ "a": 1, "a": 2 }"#,
            r#"{"b": 1.0, "a": [1e2, 12345678901234567890, -0.0, 0.10]}"#,
            "null",
            " \n[null ]",
            &nested(24),
            &nested(25),
            &nested(90),
        ];
        let fused = Side::new::<Entity>(database, "fused", context()).await;
        let locked = audit_runtime::__private::locked(context());
        let locked = Side::new::<Entity>(database, "locked", locked).await;
        for side in [&fused, &locked] {
            let audit = side.audit();
            for (text, next) in texts.iter().zip(texts.iter().cycle().skip(1)) {
                let (_, mut row) = rows::texts().swap_remove(0);
                audit.insert(row.clone().into_active_model()).await.unwrap();
                set_json(side, text).await;
                row.text = (*text).to_owned();
                audit.update(ID, some(&row, &[Column::Text])).await.unwrap();
                audit.update(ID, some(&row, &[Column::Json])).await.unwrap();
                set_json(side, next).await;
                audit.delete::<Entity>(ID).await.unwrap();
            }
        }
        assert_eq!(
            assert_same_log(&fused, &locked, [0; 2]).await,
            4 * texts.len()
        );
    });
}

async fn set_json(side: &Side, text: &str) {
    let sql = "UPDATE texts SET json = $1::json, json_or_null = CASE WHEN $1 ~ 'u0000' THEN NULL ELSE $1::jsonb END";
    let statement = Statement::from_sql_and_values(Postgres, sql, [text.into()]);
    side.db.execute_raw(statement).await.unwrap();
}
