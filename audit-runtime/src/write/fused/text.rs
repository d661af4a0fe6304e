//! The texts of statements: rendered once for each entity and set of columns, and sent with ever new values.
//!
//! To render one takes longer than PostgreSQL takes to carry it out.

use std::{
    any::TypeId,
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use sea_orm::{
    ConnectionTrait, DbErr, IdenStatic, QueryResult, Statement, Value,
    sea_query::{Enum, Expr, OptionEnum, PostgresQueryBuilder, WithQuery},
};
use serde_json::Map;

use super::{layout::Layout, statement::Parts};
use crate::{
    audited::{Audited, ColumnOf},
    write::{
        entry::{now, shared},
        target::Target,
    },
};

/// All that a text depends on.
#[derive(PartialEq, Eq, Hash)]
pub(super) struct Shape {
    entity: TypeId,
    verb: Verb,
    columns: Vec<&'static str>,
    conflict: Vec<&'static str>,
}

#[derive(PartialEq, Eq, Hash)]
pub(super) enum Verb {
    Insert,
    Update,
    Delete,
    DeleteAlone,
}

impl Shape {
    pub(super) fn new<E: Audited>(
        verb: Verb,
        columns: &[ColumnOf<E>],
        conflict: &[ColumnOf<E>],
    ) -> Self {
        let names = |columns: &[ColumnOf<E>]| columns.iter().map(IdenStatic::as_str).collect();
        Self {
            entity: TypeId::of::<E>(),
            verb,
            columns: names(columns),
            conflict: names(conflict),
        }
    }
}

/// Sends a statement: with a shape as a text that is kept, if the connection takes text.
pub(super) async fn send<E: Audited, C: ConnectionTrait>(
    target: &Target<'_, C>,
    shape: Option<Shape>,
    own: impl IntoIterator<Item = Value>,
    build: impl FnOnce(&Parts<'_, E>) -> WithQuery,
) -> Result<Vec<QueryResult>, DbErr> {
    let backend = target.connection.get_database_backend();
    let context = target.context.parts();
    let shared = shared(
        context,
        &Map::new(),
        target.reverts,
        backend,
        target.changeset_id,
        now(),
    );
    let (log, mut values): (Vec<_>, Vec<_>) = shared.into_iter().unzip();
    values.extend(own);

    let build = |value: &dyn Fn(usize) -> Expr| {
        let no_encoder = |field| DbErr::Type(format!("the type of `{field}` has no SQL encoder"));
        let layout = Layout::<E>::of_entity().map_err(no_encoder)?;
        let log = &log;
        Ok::<_, DbErr>(build(&Parts {
            layout: &layout,
            log,
            value,
        }))
    };
    match shape {
        Some(shape) if !target.is_restricted && values.iter().all(has_one_form) => {
            let text = match kept(&shape) {
                Some(text) => text,
                None => keep(shape, Text::new(build(&|at| mark(&values[at], at).into())?)),
            };
            let sql = text.sql.clone();
            let values = text.places.iter().map(|place| place.value(&values));
            let statement = Statement::from_sql_and_values(backend, sql, values);
            target.connection.query_all_raw(statement).await
        }
        _ => {
            let statement = build(&|at| values[at].clone().into())?;
            target.connection.query_all(&statement).await
        }
    }
}

struct Text {
    sql: String,
    places: Vec<Place>,
}

/// What stands behind a placeholder.
enum Place {
    Value(usize),
    Fixed(Value),
}

impl Text {
    /// The text of a statement that has marks for values.
    fn new(statement: WithQuery) -> Self {
        let (sql, values) = statement.build(PostgresQueryBuilder);
        let places = values.into_iter().map(|value| match marked(&value) {
            Some(at) => Place::Value(at),
            None => Place::Fixed(value),
        });
        Self {
            sql,
            places: places.collect(),
        }
    }
}

impl Place {
    fn value(&self, values: &[Value]) -> Value {
        match self {
            Self::Fixed(value) => value.clone(),
            Self::Value(at) => match &values[*at] {
                // As sea-query binds them; the type stands in the text.
                Value::Enum(OptionEnum::Some(value)) => (*value.value).into(),
                Value::Enum(OptionEnum::None(_)) => None::<String>.into(),
                value => value.clone(),
            },
        }
    }
}

static KEPT: RwLock<Option<HashMap<Shape, Arc<Text>>>> = RwLock::new(None);

fn kept(shape: &Shape) -> Option<Arc<Text>> {
    let kept = KEPT.read().unwrap_or_else(PoisonError::into_inner);
    kept.as_ref()?.get(shape).cloned()
}

fn keep(shape: Shape, text: Text) -> Arc<Text> {
    let mut kept = KEPT.write().unwrap_or_else(PoisonError::into_inner);
    let kept = kept.get_or_insert_default().entry(shape);
    kept.or_insert(Arc::new(text)).clone()
}

/// Of an array sea-query makes a text that depends on what is in it.
fn has_one_form(value: &Value) -> bool {
    match value {
        #[cfg(feature = "postgres-array")]
        Value::Array(..) => false,
        _ => true,
    }
}

const MARK: &str = "\u{E000}audit value ";

/// Stands for a value while a text is rendered. What is rendered of an enum is its type.
fn mark(value: &Value, at: usize) -> Value {
    let mark = format!("{MARK}{at}");
    let type_name = match value {
        Value::Enum(OptionEnum::Some(value)) => value.type_name.clone(),
        Value::Enum(OptionEnum::None(type_name)) => type_name.clone(),
        _ => return mark.into(),
    };
    let value = mark.into();
    Value::Enum(OptionEnum::Some(Box::new(Enum { type_name, value })))
}

fn marked(value: &Value) -> Option<usize> {
    match value {
        Value::String(Some(text)) => text.strip_prefix(MARK)?.parse().ok(),
        _ => None,
    }
}
