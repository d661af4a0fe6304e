//! The routes of a record together with its children.

use std::time::Instant;

use axum::{
    Router,
    extract::{Request, State},
    response::Response,
    routing::get,
};

use super::{
    Viewer,
    pages::{Answer, Shown, found, show_record},
    route::{Pages, asked},
};
use crate::{
    audited::{Audited, AuditedColumn, Child, entity_type::entity_type},
    http::{Trail, allowed::id_in_path, problem::no_history, routes::segment, trail::fields},
};

/// `GET /users/{id}/audit/with/orders` for people: the history of one row and of its children, as
/// [`History::with_children`](crate::History::with_children) finds them. The last part is the name of the children's table.
///
/// ```
/// # mod user {
/// #     use audit_runtime::Audited;
/// #     use sea_orm::entity::prelude::*;
/// #     #[sea_orm::model]
/// #     #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
/// #     #[sea_orm(table_name = "users")]
/// #     #[audited(no_hooks)]
/// #     pub struct Model {
/// #         #[sea_orm(primary_key)]
/// #         pub id: i32,
/// #         #[audited(update(Profile), label)]
/// #         pub username: String,
/// #     }
/// # }
/// # mod order {
/// #     use audit_runtime::Audited;
/// #     use sea_orm::entity::prelude::*;
/// #     #[sea_orm::model]
/// #     #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
/// #     #[sea_orm(table_name = "orders")]
/// #     #[audited(no_hooks)]
/// #     pub struct Model {
/// #         #[sea_orm(primary_key)]
/// #         pub id: i32,
/// #         #[audited(create, parent = super::user::Entity)]
/// #         pub user_id: i32,
/// #     }
/// # }
/// use audit_runtime::http::{Trail, Viewer, children_pages, history_pages};
/// use axum::Router;
///
/// # fn f(trail: Trail, viewer: Viewer) -> Router {
/// Router::new()
///     .merge(history_pages::<user::Entity>(&trail, &viewer))
///     .merge(children_pages::<user::Entity, order::Entity>(&trail, &viewer))
/// # }
/// # fn main() {}
/// ```
///
/// The policy is asked twice: for the record, and for all rows of the children's entity. A reader needs access to both,
/// and the page hides what either hides. With an archive, each page reads all archived entries of the children's type.
pub fn children_pages<E, C>(trail: &Trail, viewer: &Viewer) -> Router
where
    E: Audited<Column: AuditedColumn>,
    C: Child,
{
    let child = segment::<C>();
    viewer.mounted.add_children(
        entity_type::<E>().into_owned(),
        C::default().table_name().to_owned(),
    );
    let path = format!("/{}/{{id}}/audit/with/{child}", segment::<E>());
    Router::new()
        .route(&path, get(family::<E, C>))
        .with_state((trail.clone(), viewer.clone()))
}

async fn family<E, C>(State((trail, viewer)): State<Pages>, request: Request) -> Response
where
    E: Audited<Column: AuditedColumn>,
    C: Child,
{
    let start = Instant::now();
    let (mut parts, _) = request.into_parts();
    let id = id_in_path(&mut parts, &()).await;
    let answer: Answer = async {
        let query = asked(&parts).parse()?;
        let id = id.as_deref().ok_or_else(no_history)?;
        let page = trail.family_of::<E, C>(&parts, id, &query).await?;
        Ok(found(query, page))
    }
    .await;
    let shown = Shown {
        title: format!(" with {}", C::default().table_name()),
        fields: Some(fields::<E>()),
        beside: vec![("../../audit".to_owned(), "This record alone".to_owned())],
        has_files: false,
    };
    show_record::<E>((trail, viewer), start, parts, id, shown, answer).await
}
