//! The service: users and their history.

use actix_web::{
    Error as ActixError, HttpMessage, HttpResponse,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    error::JsonPayloadError,
    middleware::{Next, from_fn},
    web::{self, Data, Json, JsonConfig, Path, ServiceConfig},
};
use audit_runtime::{
    Error,
    http::{Access, AuditLayer, Problem, Reading, Trail, TrailQuery},
    prelude::*,
};
use http::StatusCode;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Schema};

use crate::adaptor::{self, Context, CurrentUser, Known, Refused};

mod user {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "users")]
    #[audited(entity_type = "User", no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[audited(create(SignUp), update(Profile), label)]
        pub username: String,
        #[sea_orm(default_value = "user")]
        #[audited(record)]
        pub role: String,
    }
}

/// An embedded database with one user.
pub async fn database() -> Result<DatabaseConnection, Error> {
    let db = Database::connect("sqlite::memory:").await?;
    audit_runtime::schema::install(&db).await?;
    let users = Schema::new(db.get_database_backend()).create_table_from_entity(user::Entity);
    db.execute(&users).await?;
    let context = AuditContext::new(Actor::system("example"));
    let john = user::SignUpDraft::new().username("john.smith");
    db.audited(&context).insert(john).await?;
    Ok(db)
}

pub fn layer() -> AuditLayer {
    AuditLayer::new().actor(|parts| {
        let user = parts.extensions.get::<CurrentUser>()?;
        Some(Actor::new("User", user.id).named(&user.name))
    })
}

pub fn routes(db: DatabaseConnection) -> impl FnOnce(&mut ServiceConfig) {
    move |config| {
        let trail = Trail::new(db.clone(), |_: &Reading<'_>| Access::full());
        let users = web::scope("/users/{id}")
            .app_data(JsonConfig::default().error_handler(|error, _| refused(&error).into()))
            .app_data(Data::new(db))
            .app_data(Data::new(trail))
            .route("", web::patch().to(update))
            .route("/audit", web::get().to(history))
            .wrap(from_fn(authenticate))
            .wrap(from_fn(adaptor::audited));
        config.service(users);
    }
}

async fn update(
    Context(context): Context,
    db: Data<DatabaseConnection>,
    id: Path<i32>,
    Json(patch): Json<user::ProfilePatch>,
) -> Result<String, Refused> {
    let user = db.audited(&context).update(*id, patch).await?;
    Ok(user.username)
}

async fn history(
    Known(request): Known,
    trail: Data<Trail>,
    id: Path<String>,
) -> Result<HttpResponse, Refused> {
    let query: TrailQuery = request.uri.query().unwrap_or_default().parse()?;
    let page = trail
        .history_of::<user::Entity>(&request, &id, &query)
        .await?;
    Ok(HttpResponse::Ok().json(page))
}

/// Takes the user from a header, such as `7 jane.doe`, without a check. A real service has sessions.
async fn authenticate(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, ActixError> {
    let header = request.headers().get("x-user");
    let user = header.and_then(|user| {
        let (id, name) = user.to_str().ok()?.split_once(' ')?;
        let (id, name) = (id.parse().ok()?, name.to_owned());
        Some(CurrentUser { id, name })
    });
    if let Some(user) = user {
        request.extensions_mut().insert(user);
    }
    next.call(request).await
}

fn refused(error: &JsonPayloadError) -> Refused {
    let detail = match error {
        JsonPayloadError::Deserialize(error) => error.to_string(),
        error => error.to_string(),
    };
    Refused(Problem::new(StatusCode::BAD_REQUEST).detail(detail))
}
