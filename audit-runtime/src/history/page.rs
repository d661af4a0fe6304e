//! The answers: some entries at a time.

use std::pin::Pin;

use futures_util::stream::{self, Stream, StreamExt, TryStreamExt};
use sea_orm::ConnectionTrait;
use serde::Serialize;

use super::{Cursor, Entry, History, condition::Conditions, field::FieldCondition, served};
use crate::{Error, Pending};

/// The most entries a page holds, whatever was asked for.
pub(super) const PAGE_LIMIT: u64 = 200;

/// Some entries, and where to go on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Page {
    /// The entries, in the order asked for.
    pub entries: Vec<Entry>,
    /// The cursor of the next page; `None` if this was the last.
    pub next: Option<Cursor>,
}

/// The entries of a [`History`], one after the other.
pub type Entries<'a> = Pin<Box<dyn Stream<Item = Result<Entry, Error>> + Send + 'a>>;

impl History {
    /// One page: at most `limit` entries (and at most 200) after the cursor, or from the start.
    ///
    /// While entries are written, a walk through the pages shows none twice, and all that were committed before
    /// it began. Newest first it ends where it began. Oldest first it also comes upon later ones; of one row
    /// all of them, of several those whose id was not overtaken by one that was committed before.
    ///
    /// # Errors
    ///
    /// [`Error::UnservedQuery`] for one that would read the whole log, [`Error::InvalidQuery`] for one that means
    /// nothing, [`Error::InvalidCursor`] for a cursor of another, [`Error::LogMissing`], or what the database says.
    pub fn page<'a, C: ConnectionTrait>(
        &self,
        db: &'a C,
        after: Option<Cursor>,
        limit: u64,
    ) -> Pending<'a, Page> {
        let question = self.clone();
        Box::pin(async move { question.answer(db, after, limit).await })
    }

    /// All entries, read page by page: nothing is held open between two, and the connection is free.
    ///
    /// ```
    /// use audit_runtime::prelude::*;
    /// use futures_util::TryStreamExt;
    ///
    /// # async fn f(db: sea_orm::DatabaseConnection, changeset: uuid::Uuid) -> Result<(), audit_runtime::Error> {
    /// let mut entries = History::all().changeset(changeset).stream(&db);
    /// while let Some(entry) = entries.try_next().await? {
    ///     println!("{entry}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn stream<'a, C: ConnectionTrait>(&self, db: &'a C) -> Entries<'a> {
        let question = self.clone();
        let pages = stream::try_unfold(Some(None), move |next| {
            let question = question.clone();
            async move {
                let Some(after) = next else { return Ok(None) };
                let Page { entries, next } = question.answer(db, after, PAGE_LIMIT).await?;
                Ok::<_, Error>(Some((entries, next.map(Some))))
            }
        });
        pages
            .map_ok(|entries| stream::iter(entries).map(Ok))
            .try_flatten()
            .boxed()
    }

    async fn answer<C: ConnectionTrait>(
        self,
        db: &C,
        after: Option<Cursor>,
        limit: u64,
    ) -> Result<Page, Error> {
        let backend = db.get_database_backend();
        let fingerprint = self.fingerprint(backend);
        let after = after.map(|cursor| cursor.id(&fingerprint)).transpose()?;
        let fields = self.field_conditions()?;
        served::check(&self, &fields, db).await?;
        let conditions = Conditions::of(&self, &fields, db).await?;

        let limit = limit.clamp(1, PAGE_LIMIT) as usize;
        let mut entries = Vec::new();
        let mut last = after;
        // One more than asked for tells whether there is a next page.
        while entries.len() <= limit {
            let rows = conditions
                .next(db, last, limit + 1, self.newest_first)
                .await?;
            let exhausted = rows.len() <= limit;
            last = rows.last().map(|row| row.id).or(last);
            for row in rows {
                let entry = Entry::try_from(row)?;
                if fields.iter().all(|field| field.matches(&entry)) {
                    entries.push(entry);
                }
            }
            if exhausted {
                break;
            }
        }
        let more = entries.len() > limit;
        entries.truncate(limit);
        let next = entries
            .last()
            .filter(|_| more)
            .map(|last| Cursor::after(last.id, &fingerprint));
        Ok(Page { entries, next })
    }

    fn field_conditions(&self) -> Result<Vec<FieldCondition>, Error> {
        if let Some(misuse) = self.misuse {
            return Err(Error::InvalidQuery(misuse.to_owned()));
        }
        self.fields.iter().map(|field| field.condition()).collect()
    }
}
