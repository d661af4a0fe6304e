//! Sends fused statements. Each is rendered once per entity and set of columns, and its text is cached.
//!
//! Rendering takes longer than running the statement.

#[cfg(feature = "postgres-array")]
use sea_orm::sea_query::ArrayType;
use sea_orm::{
    ConnectionTrait, DbErr, QueryResult, Value,
    sea_query::{Expr, WithQuery},
};
use serde_json::Map;

use super::{kept::Shape, raised::is_unusual, rendered::Rendered, statement::Parts};
use crate::{
    audited::{Audited, entity_type::entity_type},
    layout::{Layout, form::Form},
    sendable,
    write::{
        entry::{now, shared},
        target::Target,
    },
};

/// Sends a statement. One with a shape is sent as cached text, if the connection accepts text.
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
            schema: target.schema,
            log,
            value,
        }))
    };
    // Not cached with a named schema, because an application that names schemas has many of them.
    let is_kept = !target.is_restricted && target.schema.is_none();
    let Some(shape) = shape.filter(|_| is_kept && values.iter().all(has_one_form)) else {
        let statement = build(Form::Full, &|at| values[at].clone().into())?;
        return target.connection.query_all(&statement).await;
    };
    let render = |form| {
        let statement = build(form, &|at| Expr::cust(format!("${}", at + 1)))?;
        Ok::<_, DbErr>(Rendered::new(form, statement))
    };
    let text = match shape.text() {
        Some(text) => text,
        None => {
            let form = if shape.is_alone() {
                Form::Quick
            } else {
                Form::Full
            };
            shape.clone().keep(render(form)?)
        }
    };
    match text.send(target.connection, &values).await {
        Err(error) if text.form == Form::Quick && is_unusual(&error) => {
            tracing::debug!(entity = %entity_type::<E>(), "once more, in full: a trigger, or a rare value");
            let text = shape.keep(render(Form::Full)?);
            text.send(target.connection, &values).await
        }
        sent => sent,
    }
}

/// Whether the value can be bound to cached text. SeaORM converts an array of documents in a JSON column to one
/// document if it sees the value.
fn has_one_form(value: &Value) -> bool {
    match value {
        #[cfg(feature = "postgres-array")]
        Value::Array(ArrayType::Json, _) => false,
        _ => true,
    }
}
