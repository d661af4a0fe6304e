//! The start of a feed: inserts its row, and leaves an entry.

use sea_orm::{
    ActiveValue::Set, DatabaseConnection, DatabaseTransaction, EntityTrait, IsolationLevel,
};
use serde_json::{Map, json};

use super::{
    Feed, Sink,
    position::{missing, refused},
    tables::feed,
};
use crate::{
    AuditContext, ConnectionExt, Error, Unit, Violation,
    write::{EngineEvent, begin_at},
};

impl<S: Sink> Feed<S> {
    /// Registers the feed and leaves an EXPORT entry, unless it is already registered like this.
    ///
    /// # Errors
    ///
    /// - [`Error::FeedRefused`]: its name is invalid.
    /// - [`Error::FeedMissing`], or an error of the database.
    pub async fn start(
        &self,
        db: &DatabaseConnection,
        context: &AuditContext,
    ) -> Result<(), Error> {
        self.check_name()?;
        loop {
            let known = feed::Entity::find_by_id(&self.worker.feed).one(db).await;
            let known = known.map_err(missing)?;
            if known.as_ref().map(|feed| feed.required) == Some(self.is_required) {
                return Ok(());
            }
            let unit = db.audited(context).adopt(begin_at(db, AT).await?);
            match self.register(known.as_ref(), &unit).await {
                Ok(()) => return unit.commit().await,
                Err(error) => {
                    unit.rollback().await?;
                    if !is_of_others(&error) {
                        return Err(error);
                    }
                }
            }
        }
    }

    async fn register(
        &self,
        known: Option<&feed::Model>,
        unit: &Unit<DatabaseTransaction>,
    ) -> Result<(), Error> {
        let mut metadata = Map::new();
        metadata.insert("feed".to_owned(), json!(self.worker.feed));
        metadata.insert("log".to_owned(), json!(self.log));
        metadata.insert("required".to_owned(), json!(self.is_required));
        if known.is_none() {
            metadata.insert("after".to_owned(), json!(self.after));
        }
        let event = EngineEvent {
            action: "EXPORT",
            entity: None,
            reason: None,
            metadata,
        };
        unit.record_of_engine(event).await?;
        let row = feed::ActiveModel {
            name: Set(self.worker.feed.clone()),
            required: Set(self.is_required),
            ..Default::default()
        };
        if known.is_some() {
            feed::Entity::update(row)
                .exec_without_returning(unit)
                .await?;
            return Ok(());
        }
        let row = feed::ActiveModel {
            position: Set(self.after),
            failures: Set(0),
            ..row
        };
        feed::Entity::insert(row)
            .exec_without_returning(unit)
            .await?;
        Ok(())
    }

    fn check_name(&self) -> Result<(), Error> {
        let name = &self.worker.feed;
        let is_plain = |byte: u8| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-')
        };
        if (1..=64).contains(&name.len()) && name.bytes().all(is_plain) {
            return Ok(());
        }
        let problem = "its name must be 1 to 64 of a to z, digits, _ and -";
        Err(refused(name, problem))
    }
}

/// At this level, a transaction sees feeds that others have registered since it began.
const AT: Option<IsolationLevel> = Some(IsolationLevel::ReadCommitted);

/// Whether another process registers the feed at the same time.
fn is_of_others(error: &Error) -> bool {
    match error {
        Error::Database(error) => {
            error.violation() == Some(Violation::Unique) || error.is_retryable()
        }
        _ => false,
    }
}
