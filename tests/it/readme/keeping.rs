//! The README's feeds and retention.

use audit_runtime::{
    Error,
    feed::{self, Feed, JsonLines, RotatedFile},
    prelude::*,
    retention::{self, Archive, DAY, Erasure, Hold, Policy, Retention},
    schema::{self},
};
use sea_orm::entity::prelude::*;

use super::{context, prepare};
use crate::backend::{Database, on_every_backend};
use crate::folder::Folder;

on_every_backend!(feeding, retaining);

async fn feeding(database: &Database) {
    async fn feed(
        db: DatabaseConnection,
        context: AuditContext,
        shutdown: impl Future<Output = ()>,
    ) -> Result<(), Error> {
        schema::install_feed(&db).await?;
        let log = feed::log_id(&db).await?;
        let sink = RotatedFile::new(JsonLines::new(log), "/var/log/shop/audit.jsonl");
        let mut feed = Feed::new("siem", log, sink).required();
        feed.start(&db, &context).await?;
        feed.run(&db, shutdown).await?; // on any number of replicas, of which one delivers
        Ok(())
    }
    prepare(&database.db).await;
    let stopped = std::future::ready(());
    feed(database.db.clone(), context(), stopped).await.unwrap();
    // The folder does not exist, and the feed does not wait for it.
    let lag = audit_runtime::feed::lags(&database.db)
        .await
        .unwrap()
        .remove(0);
    assert_eq!((&*lag.feed, lag.required, lag.failures), ("siem", true, 1));
}

async fn retaining(database: &Database) {
    async fn retain(
        db: DatabaseConnection,
        context: AuditContext,
        folder: &std::path::Path,
    ) -> Result<(), Error> {
        let retention = Retention::new([
            Policy::new("cards")
                .document("SEC-12 v3")
                .types(["Card"])
                .hot(90 * DAY) // then in the archive
                .keep(365 * DAY)
                .destroy_after(730 * DAY),
            Policy::new("others").document("SEC-12 v3").keep(90 * DAY),
        ])?
        .archive(Archive::folder(folder)?);
        retention.install(&db, &context).await?;

        retention::hold(&db, &context, Hold::new("matter 2026-17").row("User", "7")).await?;
        let report = retention.run(&db, &context).await?; // from a scheduler, on any number of replicas
        assert_eq!(report.purged(), 0);
        erase(&retention, &db, &context).await
    }
    async fn erase(
        retention: &Retention,
        db: &DatabaseConnection,
        context: &AuditContext,
    ) -> Result<(), Error> {
        let (db, context) = (db.clone(), context.clone());
        let erasure = Erasure::row("User", "7", ["username"], "request 2026-42");
        let erased = retention.erase(&db, &context, erasure).await?;
        assert_eq!(erased.entries, 0);
        Ok(())
    }
    prepare(&database.db).await;
    let folder = Folder::new();
    retain(database.db.clone(), context(), &folder.0)
        .await
        .unwrap();
}
