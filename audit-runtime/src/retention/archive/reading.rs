//! Queries on the log and the archive together.

mod finding;
mod passing;

use std::sync::Arc;

use futures_util::{StreamExt, TryStreamExt};
use sea_orm::{ConnectionTrait, sea_query::IntoValueTuple};

use self::finding::{entity_ids, find};
use super::Archive;
use crate::{
    Difference, Error, History, Moment, Past, Pending, Tenure,
    audited::{Audited, ColumnOf, IntoKey},
    history::{
        cold::{Cold, EntityIds, Finding, Search, Test, file},
        difference,
        state_at::state_at,
        timeline,
    },
};

impl History {
    /// Reads the archive together with the log: the same entries in the same order as if none had left the log.
    ///
    /// A page reads the files whose ids may match, and in them only what statistics and Bloom filters do not exclude.
    /// The account needs `SELECT` on `audit_archive`.
    ///
    /// Two queries read more, for each page. [`with_children`](Self::with_children) reads all archived entries of the
    /// children's type, to find deleted children. A key that contains text and has no entry in the log is searched in
    /// all files. If it is not found as given, it is compared with all archived ids of its type, to find `jane` for
    /// `JANE`.
    ///
    /// The time of a [`Budget`](crate::Budget) limits the reading of files: a page ends early, and its cursor
    /// continues. If such a search takes longer, the page fails with [`Error::BudgetSpent`].
    pub fn across(self, archive: &Archive) -> Self {
        self.with_archive(Arc::new(archive.clone()))
    }
}

impl Archive {
    /// Returns a row at a moment from the log and the archive, as
    /// [`AuditedEntity::state_at`](crate::AuditedEntity::state_at) does from the log.
    ///
    /// # Errors
    ///
    /// - [`Error::ArchiveFailed`]: the archive cannot be read.
    /// - The errors of [`AuditedEntity::state_at`](crate::AuditedEntity::state_at).
    pub fn state_at<'c, E: Audited>(
        &self,
        id: impl IntoKey<E>,
        moment: impl Into<Moment>,
        db: &'c impl ConnectionTrait,
    ) -> Pending<'c, Option<Past<E>>> {
        let (key, moment) = (id.into_key().into_value_tuple(), moment.into());
        let archive = Arc::new(self.clone());
        Box::pin(async move { state_at(key, moment, Some(archive), db).await })
    }

    /// Returns the difference between two moments from the log and the archive, as
    /// [`AuditedEntity::history_between`](crate::AuditedEntity::history_between) does from the log.
    ///
    /// # Errors
    ///
    /// The errors of [`state_at`](Self::state_at).
    pub fn history_between<'c, E: Audited>(
        &self,
        id: impl IntoKey<E>,
        from: impl Into<Moment>,
        to: impl Into<Moment>,
        db: &'c impl ConnectionTrait,
    ) -> Pending<'c, Difference<E>> {
        let (key, from, to) = (id.into_key().into_value_tuple(), from.into(), to.into());
        let archive = Arc::new(self.clone());
        Box::pin(async move { difference::between(key, from, to, Some(archive), db).await })
    }

    /// Returns every value that one field of a row had from the log and the archive, as
    /// [`AuditedEntity::timeline`](crate::AuditedEntity::timeline) does from the log.
    ///
    /// # Errors
    ///
    /// The errors of [`state_at`](Self::state_at).
    pub fn timeline<'c, E: Audited>(
        &self,
        id: impl IntoKey<E>,
        column: ColumnOf<E>,
        db: &'c impl ConnectionTrait,
    ) -> Pending<'c, Vec<Tenure>> {
        let key = id.into_key().into_value_tuple();
        let archive = Arc::new(self.clone());
        Box::pin(async move { timeline::of::<E, _>(key, column, Some(archive), db).await })
    }
}

impl Cold for Archive {
    fn find<'a>(&'a self, file: &'a file::Model, search: &'a Search<'a>) -> Finding<'a> {
        Box::pin(async move {
            let found = find(self, file, search).await;
            found.map_err(|error| Error::archive(&file.file, error))
        })
    }

    fn entity_ids<'a>(&'a self, file: &'a file::Model, tests: &'a [Test]) -> EntityIds<'a> {
        let ids = entity_ids(self, file, tests);
        ids.map_err(|error| Error::archive(&file.file, error))
            .boxed()
    }
}
