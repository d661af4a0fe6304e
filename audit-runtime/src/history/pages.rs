//! Reads pages of entries.

use std::{future::poll_fn, task::Poll};

use futures_util::stream::{self, StreamExt, TryStreamExt};
use sea_orm::ConnectionTrait;

use super::{
    Budget, Cursor, Entries, Entry, History, Page,
    budget::Purse,
    field::FieldCondition,
    fingerprint::fingerprint,
    index_check,
    log_rows::{PAGE_LIMIT, Rows},
    parents,
    where_clause::where_clause,
};
use crate::{Error, Pending};

/// The number of rows that a page with a budget reads first: the default page size, and one row to detect a next page.
const FIRST: usize = 51;

impl History {
    /// Returns one page: at most `limit` entries (and at most 200) after the cursor, or from the start.
    ///
    /// Entries may be written while a caller walks through the pages. The walk returns no entry twice, and all entries
    /// that were committed before it began. Newest first, it returns no later entries. Oldest first, it also returns
    /// later ones: for one row all of them, for several rows all except those with a lower id than an entry that was
    /// committed before.
    ///
    /// # Errors
    ///
    /// - [`Error::UnservedQuery`]: the query would read the whole log.
    /// - [`Error::InvalidQuery`]: the query has a contradiction, or a value that its field cannot hold.
    /// - [`Error::InvalidCursor`]: the cursor belongs to another query.
    /// - [`Error::LogMissing`]: the table `audit_log` does not exist.
    /// - [`Error::Database`]: the database failed.
    pub fn page<'a, C: ConnectionTrait>(
        &self,
        db: &'a C,
        after: Option<Cursor>,
        limit: u64,
    ) -> Pending<'a, Page> {
        let question = self.clone();
        Box::pin(async move { question.answer(db, after, limit, None).await })
    }

    /// Returns the first page: at most `limit` entries, and at most 200. It is [`page`](Self::page) without a cursor.
    ///
    /// # Errors
    ///
    /// As for [`page`](Self::page).
    pub fn first_page<'a, C: ConnectionTrait>(&self, db: &'a C, limit: u64) -> Pending<'a, Page> {
        self.page(db, None, limit)
    }

    /// Returns the newest entry, if there is one.
    ///
    /// # Errors
    ///
    /// As for [`page`](Self::page).
    pub fn latest<'a, C: ConnectionTrait>(&self, db: &'a C) -> Pending<'a, Option<Entry>> {
        let question = self.clone().newest_first();
        Box::pin(async move { Ok(question.page(db, None, 1).await?.entries.pop()) })
    }

    /// Whether there is an entry. Nothing is counted.
    ///
    /// ```
    /// use audit_runtime::prelude::*;
    ///
    /// # async fn f(db: sea_orm::DatabaseConnection) -> Result<(), audit_runtime::Error> {
    /// let jane = Actor::new("User", 7);
    /// let has_exported = History::all().actor(&jane).action("CUSTOMERS_EXPORTED");
    /// if has_exported.exists(&db).await? {
    ///     println!("{:?}", has_exported.latest(&db).await?);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`page`](Self::page).
    pub fn exists<'a, C: ConnectionTrait>(&self, db: &'a C) -> Pending<'a, bool> {
        let question = self.clone();
        Box::pin(async move { Ok(!question.page(db, None, 1).await?.entries.is_empty()) })
    }

    /// Returns one page within a budget; see [`page`](Self::page).
    ///
    /// # Errors
    ///
    /// As for [`page`](Self::page), and [`Error::BudgetSpent`]: with an archive, the time ended before the page could
    /// begin.
    pub fn page_within<'a, C: ConnectionTrait>(
        &self,
        db: &'a C,
        after: Option<Cursor>,
        limit: u64,
        budget: Budget,
    ) -> Pending<'a, Page> {
        let question = self.clone();
        Box::pin(async move { question.answer(db, after, limit, Some(budget)).await })
    }

    /// Returns a stream of all entries. It reads page by page, and holds no connection between two pages.
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
                let Page { entries, next } = question.answer(db, after, PAGE_LIMIT, None).await?;
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
        budget: Option<Budget>,
    ) -> Result<Page, Error> {
        let mut purse = budget.map(Purse::new);
        let beyond = self.beyond(purse.as_ref().map(Purse::deadline));
        let subject = self.scope.subject(&beyond, db).await?;
        let fields = self.field_conditions()?;
        let fingerprint = fingerprint(&self, &subject, &fields);
        let after = after.map(|cursor| cursor.id(&fingerprint)).transpose()?;
        index_check::check(&self, &fields, db).await?;
        let conditions = where_clause(&self, &subject, &fields, &beyond, db).await?;

        let limit = limit.clamp(1, PAGE_LIMIT) as usize;
        let mut entries = Vec::<Entry>::new();
        let mut last = after;
        // One extra row tells whether there is a next page.
        let wanted = match purse {
            Some(_) => FIRST.min(limit + 1),
            None => limit + 1,
        };
        // A short page of a search that skips many rows would otherwise cost more statements than a long one.
        let is_told = fields.iter().all(FieldCondition::is_told_to_database);
        let mut batch = if is_told { wanted } else { wanted.max(FIRST) };
        let next = 'page: loop {
            let size = purse.as_ref().map_or(batch, |purse| purse.rows(batch));
            let rows = match purse {
                Some(_) => {
                    let light =
                        conditions.light(db, last, size, self.newest_first, beyond.deadline);
                    light.await?
                }
                None => Rows::all(conditions.next(db, last, size, self.newest_first).await?),
            };
            let exhausted = rows.rows.len() < size;
            let end = rows.end;
            for row in rows.rows {
                let id = row.id;
                let is_heavy = rows.heavy.contains(&id);
                if is_heavy && fields.is_empty() && entries.len() == limit {
                    // It is not shown, so it is not read.
                    break 'page entries
                        .last()
                        .map(|last| Cursor::after(last.id, &fingerprint));
                }
                let row = match is_heavy {
                    true => conditions.whole(db, id, self.newest_first).await?,
                    false => Some(row),
                };
                let Some(entry) = row.map(Entry::from) else {
                    // A purge deleted it meanwhile.
                    last = Some(id);
                    continue;
                };
                if fields.iter().all(|field| field.matches(&entry)) {
                    if entries.len() == limit {
                        break 'page entries
                            .last()
                            .map(|last| Cursor::after(last.id, &fingerprint));
                    }
                    let fits = purse.as_mut().is_none_or(|purse| purse.take_bytes(&entry));
                    if !fits && let (Some(last), false) = (last, entries.is_empty()) {
                        break 'page Some(Cursor::early(last, &fingerprint));
                    }
                    entries.push(entry);
                }
                last = Some(id);
                if let Some(purse) = &mut purse {
                    purse.take_row();
                    if is_heavy && purse.is_empty() {
                        break 'page Some(Cursor::early(id, &fingerprint));
                    }
                }
                if is_heavy {
                    // Reading it takes time, so other tasks get a turn.
                    yield_now().await;
                }
            }
            if let Some(end) = end {
                break Some(Cursor::early(end, &fingerprint));
            }
            if exhausted {
                break None;
            }
            if let (Some(last), Some(true)) = (last, purse.as_ref().map(Purse::is_empty)) {
                break Some(Cursor::early(last, &fingerprint));
            }
            // If few rows match, the next batch is larger.
            batch = (2 * batch).clamp(FIRST, PAGE_LIMIT as usize + 1);
        };
        parents::name_from_page(&mut entries);
        if self.names_parents {
            parents::name_from_log(&mut entries, &beyond, db).await?;
        }
        Ok(Page { entries, next })
    }

    pub(super) fn field_conditions(&self) -> Result<Vec<FieldCondition>, Error> {
        if let Some(misuse) = self.misuse {
            return Err(Error::InvalidQuery(misuse.to_owned()));
        }
        self.fields.iter().map(|field| field.condition()).collect()
    }
}

/// Yields to the runtime, whichever it is.
async fn yield_now() {
    let mut has_yielded = false;
    poll_fn(|context| {
        if has_yielded {
            return Poll::Ready(());
        }
        has_yielded = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
