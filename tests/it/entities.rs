//! The entities of the tests: one without hooks, one with, and a child.

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, EntityTrait, Schema};

pub mod user {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "users")]
    #[audited(entity_type = "User", no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[sea_orm(unique)]
        #[audited(create(SignUp), update(Profile, Admin), label)]
        pub username: String,
        #[audited(update(Admin))]
        pub role: String,
        #[audited(update(Admin))]
        pub logins: i32,
        #[audited(create(SignUp), update(Profile), redact)]
        pub phone: Option<String>,
        #[audited(redact)]
        pub password_hash: String,
        #[audited(skip)]
        pub last_seen_at: Option<DateTimeUtc>,
        #[sea_orm(has_many)]
        pub orders: HasMany<super::order::Entity>,
    }
}

pub mod order {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "orders")]
    #[audited(entity_type = "Order", no_hooks, reason)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[audited(record, parent = super::user::Entity)]
        pub user_id: i32,
        #[audited(update)]
        pub total: i64,
        #[sea_orm(belongs_to, from = "user_id", to = "id")]
        pub user: HasOne<super::user::Entity>,
    }
}

pub mod document {
    //! An entity with hooks that change columns, query, refuse and panic.

    use audit_runtime::Audited;
    use sea_orm::{ActiveValue::Set, entity::prelude::*};

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "documents")]
    #[audited(entity_type = "Document")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        #[audited(create)]
        pub id: String,
        #[audited(create, update, label)]
        pub title: String,
        #[audited(record)]
        pub revision: i32,
    }

    #[sea_orm::prelude::async_trait::async_trait]
    impl ActiveModelBehavior for ActiveModel {
        async fn before_save<C: ConnectionTrait>(
            mut self,
            db: &C,
            _insert: bool,
        ) -> Result<Self, DbErr> {
            match self.title.try_as_ref().map(String::as_str) {
                Some("refused") => return Err(DbErr::Custom("the hook refuses".to_owned())),
                Some("panic") => panic!("the hook panics"),
                Some("swallowed") => {
                    // A hook must not hide a statement's failure.
                    let _ = db.execute_unprepared("SELECT * FROM no_such_table").await;
                }
                _ => {}
            }
            let revision = self.revision.try_as_ref().copied().unwrap_or_default();
            self.revision = Set(revision + 1);
            Ok(self)
        }

        async fn after_save<C: ConnectionTrait>(
            model: Model,
            db: &C,
            _insert: bool,
        ) -> Result<Model, DbErr> {
            Entity::find_by_id(&model.id).one(db).await?;
            Ok(model)
        }

        async fn before_delete<C: ConnectionTrait>(self, _db: &C) -> Result<Self, DbErr> {
            match self.title.try_as_ref().map(String::as_str) {
                Some("kept") => Err(DbErr::Custom("the hook keeps it".to_owned())),
                _ => Ok(self),
            }
        }
    }
}

/// Creates the log and the tables.
pub async fn install(db: &DatabaseConnection) -> Result<(), audit_runtime::Error> {
    install_unguarded(db).await?;
    guard_if_asked(db).await
}

/// Installs without guards, for scenarios that bypass the library or run something before the guards.
pub async fn install_unguarded(db: &DatabaseConnection) -> Result<(), audit_runtime::Error> {
    audit_runtime::schema::install(db).await?;
    create_table(db, user::Entity).await?;
    create_table(db, order::Entity).await?;
    create_table(db, document::Entity).await?;
    Ok(())
}

/// Installs guards if `AUDIT_TEST_GUARD` is `enforce` or `capture`, for a second run of the scenarios.
pub async fn guard_if_asked(db: &DatabaseConnection) -> Result<(), audit_runtime::Error> {
    if let Ok(mode) = std::env::var("AUDIT_TEST_GUARD")
        && matches!(
            db.get_database_backend(),
            DbBackend::Postgres | DbBackend::Sqlite
        )
    {
        guard(db, &mode).await?;
    }
    Ok(())
}

async fn guard(db: &DatabaseConnection, mode: &str) -> Result<(), audit_runtime::Error> {
    use audit_runtime::schema::{GuardMode, install_guard};

    let mode = match mode {
        "enforce" => GuardMode::Enforce,
        _ => GuardMode::Capture,
    };
    install_guard::<user::Entity>(db, mode).await?;
    install_guard::<order::Entity>(db, mode).await?;
    install_guard::<document::Entity>(db, mode).await
}

pub async fn create_table(db: &DatabaseConnection, entity: impl EntityTrait) -> Result<(), DbErr> {
    let table = Schema::new(db.get_database_backend()).create_table_from_entity(entity);
    db.execute(&table).await?;
    Ok(())
}

/// Creates a table. On MySQL, its columns have full precision, and text compares by bytes.
pub async fn create_precise_table(db: &DatabaseConnection, entity: impl EntityTrait) {
    let backend = db.get_database_backend();
    let table = Schema::new(backend).create_table_from_entity(entity);
    let mut sql = backend.build(&table).sql;
    if backend == DbBackend::MySql {
        for (coarse, precise) in [
            ("` datetime", "` datetime(6)"),
            ("` timestamp", "` datetime(6)"),
            ("` time", "` time(6)"),
        ] {
            sql = sql
                .replace(&format!("{coarse} "), &format!("{precise} "))
                .replace(&format!("{coarse},"), &format!("{precise},"));
        }
        sql += " DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin";
    }
    db.execute_unprepared(&sql).await.unwrap();
}

/// A context for writes whose author does not matter.
pub fn context() -> audit_runtime::AuditContext {
    audit_runtime::AuditContext::new(audit_runtime::Actor::new("Admin", "7").named("jane.doe"))
        .reason("a test")
}

/// A user row that is not stored yet.
pub fn new_user(username: &str) -> user::ActiveModel {
    use sea_orm::ActiveValue::Set;

    user::ActiveModel {
        username: Set(username.to_owned()),
        role: Set("user".to_owned()),
        logins: Set(0),
        phone: Set(Some("555-0100".to_owned())),
        password_hash: Set("hash-0100".to_owned()),
        last_seen_at: Set(None),
        ..Default::default()
    }
}

/// All entries, in the order they were written.
pub async fn entries(db: &impl ConnectionTrait) -> Vec<audit_runtime::Entry> {
    use audit_runtime::audit_log;
    use sea_orm::QueryOrder;

    audit_log::Entity::find()
        .order_by_asc(audit_log::Column::Id)
        .all(db)
        .await
        .expect("the log can be read")
        .into_iter()
        .map(Into::into)
        .collect()
}
