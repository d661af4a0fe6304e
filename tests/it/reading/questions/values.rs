//! Searched values, and contradictory queries.

use audit_runtime::prelude::*;

use sea_orm::{IntoActiveModel, Value, prelude::Decimal};
use serde_json::json;

use super::thing;
use crate::{
    backend::{Database, on_every_backend},
    types::create_table,
};

on_every_backend!(
    a_value_is_sought_as_its_column_has_it,
    a_misused_question_is_refused
);

async fn a_value_is_sought_as_its_column_has_it(database: &Database) {
    let db = &database.db;
    audit_runtime::schema::install(db).await.unwrap();
    create_table(db, thing::Entity).await;
    let context = crate::entities::context();
    let audit = db.audited(&context);
    let row = thing::Model {
        id: 1,
        text: Some("7".to_owned()),
        number: i64::MAX,
        amount: Decimal::new(70, 1),
        ratio: 7.0,
        flag: true,
        data: Some(json!({ "a": [7] })),
        hidden: None,
    };
    audit.insert(row.into_active_model()).await.unwrap();
    let finds = async |column: thing::Column, value: Value| {
        let question = History::of_type::<thing::Entity>()
            .changed(column)
            .to(value);
        let page = question.page(db, None, 10).await;
        page.map(|page| page.entries.len())
            .map_err(|error| error.to_string())
    };
    use thing::Column::*;
    for (column, value) in [
        (Text, Value::from("7")),
        (Number, i64::MAX.into()),
        (Number, "9223372036854775807".into()),
        (Amount, Decimal::new(7, 0).into()),
        (Amount, 7.into()),
        (Amount, "7".into()),
        (Ratio, 7.0.into()),
        (Ratio, 7.into()),
        (Ratio, "7".into()),
        (Flag, true.into()),
        (Flag, "true".into()),
        (Data, json!({ "a": [7.0] }).into()),
        (Hidden, None::<String>.into()),
        (Hidden, None::<i32>.into()),
    ] {
        assert_eq!(
            finds(column, value.clone()).await,
            Ok(1),
            "{column:?} {value:?}"
        );
    }
    for (column, value) in [
        (Text, Value::from("7 ")),
        (Number, 7.into()),
        (Flag, false.into()),
        (Data, json!({ "a": [7], "b": 1 }).into()),
        (Data, json!([7]).into()),
        (Hidden, "7".into()),
        (Text, None::<String>.into()),
    ] {
        assert_eq!(
            finds(column, value.clone()).await,
            Ok(0),
            "{column:?} {value:?}"
        );
    }
    for (column, value) in [
        (Text, Value::from(7)),
        (Number, "seven".into()),
        (Number, 0.5.into()),
        (Flag, 1.into()),
    ] {
        let refused = finds(column, value.clone()).await.unwrap_err();
        let field = format!("{column:?}").to_lowercase();
        let expected = format!("invalid query: `{field}` cannot hold such a value: ");
        assert!(refused.starts_with(&expected), "{refused}");
        assert!(!refused.contains("seven"), "{refused}");
    }
}

async fn a_misused_question_is_refused(database: &Database) {
    let db = &database.db;
    crate::entities::install(db).await.unwrap();
    for (question, problem) in [
        (History::all().from("admin"), "`from` must follow `changed`"),
        (History::all().to("admin"), "`to` must follow `changed`"),
        (
            History::all().with_children::<crate::entities::order::Entity>(),
            "`with_children` follows `History::of`",
        ),
        (
            History::on("Document", "1").with_children::<crate::entities::order::Entity>(),
            "Order is a child of User, and this is the history of a Document",
        ),
    ] {
        let refused = question.page(db, None, 10).await.unwrap_err();
        assert!(matches!(refused, audit_runtime::Error::InvalidQuery(_)));
        assert!(refused.to_string().contains(problem), "{refused}");
    }
}
