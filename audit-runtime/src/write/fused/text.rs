//! The texts of statements: rendered once for each entity and set of columns, and sent with ever new values.
//!
//! To render one takes longer than PostgreSQL takes to carry it out.

use std::{
    any::TypeId,
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, IdenStatic, QueryResult, Statement, Value,
    sea_query::{Expr, OptionEnum, PostgresQueryBuilder, WithQuery},
};
use serde_json::Map;

use super::{form::Form, layout::Layout, raised::is_unusual, statement::Parts};
use crate::{
    audited::{Audited, ColumnOf},
    entity_id::entity_type,
    write::{
        entry::{now, shared},
        sendable,
        target::Target,
    },
};

/// All that a text depends on.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Shape {
    entity: TypeId,
    verb: Verb,
    columns: Vec<&'static str>,
    conflict: Vec<&'static str>,
    is_alone: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Verb {
    Insert,
    Update,
    Delete,
}

impl Shape {
    pub(super) fn new<E: Audited, C>(
        target: &Target<'_, C>,
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
            is_alone: target.is_alone,
        }
    }
}

/// Sends a statement: with a shape as a text that is kept, if the connection takes text.
pub(super) async fn send<E: Audited, C: ConnectionTrait>(
    target: &Target<'_, C>,
    shape: Option<Shape>,
    own: impl IntoIterator<Item = Value>,
    build: impl Fn(&Parts<'_, E>) -> WithQuery,
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
    sendable::check(backend, &values)?;

    let build = |form, value: &dyn Fn(usize) -> Expr| {
        let no_encoder = |field| DbErr::Type(format!("the type of `{field}` has no SQL encoder"));
        let layout = Layout::<E>::of_entity(form).map_err(no_encoder)?;
        let log = &log;
        Ok::<_, DbErr>(build(&Parts {
            layout: &layout,
            log,
            value,
        }))
    };
    let Some(shape) = shape.filter(|_| !target.is_restricted && values.iter().all(has_one_form))
    else {
        let statement = build(Form::Full, &|at| values[at].clone().into())?;
        return target.connection.query_all(&statement).await;
    };
    let render = |form| {
        let statement = build(form, &|at| Expr::cust(format!("${}", at + 1)))?;
        Ok::<_, DbErr>(Text::new(form, statement))
    };
    let text = match kept(&shape) {
        Some(text) => text,
        None => {
            let form = if shape.is_alone {
                Form::Quick
            } else {
                Form::Full
            };
            keep(shape.clone(), render(form)?)
        }
    };
    match text.send(target.connection, &values).await {
        Err(error) if text.form == Form::Quick && is_unusual(&error) => {
            tracing::debug!(entity = %entity_type::<E>(), "once more, in full: a trigger, or a rare value");
            let text = keep(shape, render(Form::Full)?);
            text.send(target.connection, &values).await
        }
        sent => sent,
    }
}

/// A statement as text. Its placeholders are the places of the values: `$1` is the first of them.
struct Text {
    form: Form,
    sql: String,
}

impl Text {
    fn new(form: Form, statement: WithQuery) -> Self {
        let (sql, inlined) = statement.build(PostgresQueryBuilder);
        debug_assert!(inlined.iter().next().is_none(), "all values have a place");
        Self { form, sql }
    }

    async fn send(
        &self,
        connection: &impl ConnectionTrait,
        values: &[Value],
    ) -> Result<Vec<QueryResult>, DbErr> {
        let values = values.iter().map(|value| match value {
            // As sea-query binds them; the column's type stands in the text.
            Value::Enum(OptionEnum::Some(value)) => (*value.value).into(),
            Value::Enum(OptionEnum::None(_)) => None::<String>.into(),
            value => value.clone(),
        });
        let statement =
            Statement::from_sql_and_values(DbBackend::Postgres, self.sql.clone(), values);
        connection.query_all_raw(statement).await
    }
}

static KEPT: RwLock<Option<HashMap<Shape, Arc<Text>>>> = RwLock::new(None);

fn kept(shape: &Shape) -> Option<Arc<Text>> {
    let kept = KEPT.read().unwrap_or_else(PoisonError::into_inner);
    kept.as_ref()?.get(shape).cloned()
}

fn keep(shape: Shape, text: Text) -> Arc<Text> {
    let text = Arc::new(text);
    let mut kept = KEPT.write().unwrap_or_else(PoisonError::into_inner);
    kept.get_or_insert_default().insert(shape, text.clone());
    text
}

/// Of an array sea-query makes a text that depends on what is in it.
fn has_one_form(value: &Value) -> bool {
    match value {
        #[cfg(feature = "postgres-array")]
        Value::Array(..) => false,
        _ => true,
    }
}
