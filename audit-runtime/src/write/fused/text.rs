//! The texts of statements: rendered once for each entity and set of columns, and sent with ever new values.
//!
//! To render one takes longer than PostgreSQL takes to carry it out.

use std::{
    any::TypeId,
    collections::HashMap,
    fmt::{self, Display, Write},
    sync::{Arc, PoisonError, RwLock},
};

use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, IdenStatic, QueryResult, Statement, Value,
    sea_query::{Enum, Expr, OptionEnum, PostgresQueryBuilder, QueryBuilder, SqlWriter, WithQuery},
};
use serde_json::Map;

use super::{form::Form, layout::Layout, raised::is_unusual, statement::Parts};
use crate::{
    audited::{Audited, ColumnOf},
    entity_id::entity_type,
    write::{
        entry::{now, shared},
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
        let statement = build(form, &|at| mark(&values[at], at).into())?;
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

struct Text {
    form: Form,
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
    fn new(form: Form, statement: WithQuery) -> Self {
        let mut text = Self {
            form,
            sql: String::new(),
            places: Vec::new(),
        };
        statement.build_collect_into(PostgresQueryBuilder, &mut text);
        text
    }

    async fn send(
        &self,
        connection: &impl ConnectionTrait,
        values: &[Value],
    ) -> Result<Vec<QueryResult>, DbErr> {
        let values = self.places.iter().map(|place| place.value(values));
        let statement =
            Statement::from_sql_and_values(DbBackend::Postgres, self.sql.clone(), values);
        connection.query_all_raw(statement).await
    }
}

impl Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.sql.write_str(text)
    }
}

impl Display for Text {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.sql)
    }
}

impl SqlWriter for Text {
    /// A value that is there already is not sent twice.
    fn push_param<T: QueryBuilder>(&mut self, value: Value, _: &T) {
        let place = match marked(&value) {
            Some(at) => Place::Value(at),
            None => Place::Fixed(value),
        };
        let same =
            |known: &Place| matches!((known, &place), (Place::Value(a), Place::Value(b)) if a == b);
        let at = self.places.iter().position(same).unwrap_or_else(|| {
            self.places.push(place);
            self.places.len() - 1
        });
        write!(self.sql, "${}", at + 1).expect("a string takes all");
    }

    fn as_writer(&mut self) -> &mut dyn Write {
        self
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
