//! A rendered statement, sent with new values each time.

#[cfg(feature = "postgres-array")]
use sea_orm::sea_query::ArrayType;
use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, QueryResult, Statement, Value,
    sea_query::{OptionEnum, PostgresQueryBuilder, WithQuery},
};

use crate::layout::form::Form;

/// A statement as text. Its placeholders are numbered by the positions of the values; `$1` is the first.
pub(super) struct Rendered {
    pub(super) form: Form,
    sql: String,
}

impl Rendered {
    pub(super) fn new(form: Form, statement: WithQuery) -> Self {
        let (sql, inlined) = statement.build(PostgresQueryBuilder);
        debug_assert!(inlined.iter().next().is_none(), "all values have a place");
        Self { form, sql }
    }

    pub(super) async fn send(
        &self,
        connection: &impl ConnectionTrait,
        values: &[Value],
    ) -> Result<Vec<QueryResult>, DbErr> {
        let values = values.iter().map(|value| match value {
            // Bound as sea-query does. The text contains the column's type.
            Value::Enum(OptionEnum::Some(value)) => (*value.value).into(),
            Value::Enum(OptionEnum::None(_)) => None::<String>.into(),
            #[cfg(feature = "postgres-array")]
            Value::Array(ArrayType::Enum(_), elements) => {
                let elements = elements.as_ref().map(|elements| {
                    let texts = elements.iter().map(|element| match element {
                        Value::Enum(OptionEnum::Some(value)) => (*value.value).into(),
                        Value::Enum(OptionEnum::None(_)) => None::<String>.into(),
                        element => element.clone(),
                    });
                    Box::new(texts.collect())
                });
                Value::Array(ArrayType::String, elements)
            }
            value => value.clone(),
        });
        let statement =
            Statement::from_sql_and_values(DbBackend::Postgres, self.sql.clone(), values);
        connection.query_all_raw(statement).await
    }
}
