//! The README's writes and units.

use audit_runtime::{Error, Upserted, prelude::*};
use sea_orm::TransactionTrait;
use sea_orm::entity::prelude::*;

use super::{context, prepare, user};
use crate::backend::{Database, on_every_backend};
use crate::entities::entries;

on_every_backend!(writing, many_rows, a_refusal, units);

async fn writing(database: &Database) {
    async fn write(db: &DatabaseConnection, context: AuditContext) -> Result<(), Error> {
        let audit = db.audited(&context);
        let draft = user::SignUpDraft::new()
            .username("jack")
            .password_hash("$argon2id$...");
        let jack = audit.insert(draft).await?;

        let promotion = user::AdminPatch::new().role("admin");
        let jack = audit.update(jack.id, promotion).await?;

        // The fields of a patch are public, like those of an ActiveModel.
        let username = Set("jim".to_owned());
        let jim = jack.apply(user::ProfilePatch { username }, &audit).await?;

        // Fails with `Error::Conflict` if the stored row differs from `jim`.
        let demotion = user::AdminPatch::new().role("user");
        let jim = audit.update_if_unchanged(&jim, demotion).await?;

        audit.delete::<user::Entity>(jim.id).await?;
        Ok(())
    }
    prepare(&database.db).await;
    write(&database.db, context()).await.unwrap();
    let actions: Vec<_> = entries(&database.db)
        .await
        .into_iter()
        .map(|entry| entry.action)
        .collect();
    assert_eq!(
        actions,
        ["CREATE", "CREATE", "UPDATE", "UPDATE", "UPDATE", "DELETE"]
    );
}

async fn many_rows(database: &Database) {
    let db = &database.db;
    prepare(db).await;
    database
        .execute("CREATE UNIQUE INDEX usernames ON users (username)")
        .await;
    many(db).await.unwrap();
    let actions: Vec<_> = entries(db).await.into_iter().map(|it| it.action).collect();
    let expected = [
        "CREATE", "CREATE", "CREATE", "UPDATE", "UPDATE", "UPDATE", "DELETE", "UPDATE",
    ];
    assert_eq!(actions, expected);
}

async fn many(db: &DatabaseConnection) -> Result<(), Error> {
    let context = context();
    let audit = db.audited(&context);
    let drafts = ["ann", "bob"].map(|name| {
        user::SignUpDraft::new()
            .username(name)
            .password_hash("$argon2id$...")
    });
    let inserted = audit.insert_many(drafts).await?;

    let promotion = user::AdminPatch::new().role("admin");
    let role = user::Column::Role;
    let promoted = audit.update_many(role.eq("user"), promotion).await?;

    let bob = user::Column::Username.eq("bob");
    let deleted = audit.delete_many::<user::Entity>(bob).await?;
    assert_eq!((inserted.len(), promoted, deleted), (2, 3, 1));

    let ann = user::SignUpDraft::new()
        .username("ann")
        .password_hash("$argon2id$...");
    let demotion = user::AdminPatch::new().role("user");
    let ann = audit
        .insert_or_update(ann, [user::Column::Username], demotion)
        .await?;
    assert!(matches!(ann, Upserted::Updated(_)));
    Ok(())
}

async fn a_refusal(_: &Database) {
    let body = r#"{"username": "jack", "role": "admin"}"#;
    let refused = serde_json::from_str::<user::ProfilePatch>(body).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "not allowed here: `role`; allowed: `username` at line 1 column 37"
    );
}

async fn units(database: &Database) {
    async fn begin(audit: Audit<'_, DatabaseConnection>) -> Result<(), Error> {
        let tx = audit.begin().await?;
        tx.update(1, user::AdminPatch::new().role("admin")).await?;
        tx.record(Event::new("ROLES_REVIEWED")).await?;
        let admins = user::Entity::find()
            .filter(user::Column::Role.eq("admin"))
            .all(&tx)
            .await?;
        tx.commit().await?;
        assert_eq!(admins.len(), 1);
        Ok(())
    }
    async fn closure(audit: Audit<'_, DatabaseConnection>) -> Result<(), Error> {
        audit
            .transaction(async |tx| {
                tx.update(1, user::AdminPatch::new().role("user")).await?;
                tx.record(Event::new("ROLES_REVIEWED")).await
            })
            .await?;
        Ok(())
    }
    async fn adopt(
        db: &DatabaseConnection,
        audit: Audit<'_, DatabaseConnection>,
    ) -> Result<(), Error> {
        let transaction = db.begin().await?;
        let tx = audit.adopt(transaction);
        tx.update(1, user::AdminPatch::new().role("admin")).await?;
        tx.commit().await?;
        Ok(())
    }
    let db = &database.db;
    prepare(db).await;
    let context = context();
    begin(db.audited(&context)).await.unwrap();
    closure(db.audited(&context)).await.unwrap();
    adopt(db, db.audited(&context)).await.unwrap();
    assert_eq!(entries(db).await.len(), 6);
}
