//! Reading the trail over HTTP: each read is checked by a policy and recorded.

mod read;
mod subject;

use std::{fmt, pin::Pin, sync::Arc};

use ::http::request::Parts;

use self::subject::Subject;
use super::{
    Access, AccessPolicy, Problem, Reading, TrailQuery, context_of, record::Record,
    recorder::Recorder,
};
use crate::{
    AuditConnection, Budget, Cursor, Event, History, Page, Pending,
    audited::{Audited, AuditedColumn, entity_type::entity_type},
    encode::entity_id::capped,
    history::mask::AUDIT_READ,
};

/// A page of the trail, or why there is none.
pub type Answer<'a> = Pin<Box<dyn Future<Output = Result<Page, Problem>> + Send + 'a>>;

/// The log of a database, and who may read it: what the routes, and pages, are made of.
///
/// ```
/// use audit_runtime::http::{Access, Reading, Trail};
///
/// fn admins(reading: &Reading<'_>) -> Access {
///     match reading.reader().actor().kind() {
///         "Admin" => Access::full(),
///         _ => Access::denied(),
///     }
/// }
///
/// # fn f(db: sea_orm::DatabaseConnection) -> Trail {
/// Trail::new(db, admins).recording_reads()
/// # }
/// ```
///
/// A reader needs an actor, whatever the policy: the [`AuditLayer`](super::AuditLayer) stands around all of it.
#[derive(Clone)]
pub struct Trail(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    pages: Arc<Pages>,
    policy: Arc<dyn Policy>,
    recorder: Recorder,
    records_reads: bool,
    budget: Budget,
}

type Pages = dyn Fn(History, Option<Cursor>, u64, Budget) -> Pending<'static, Page> + Send + Sync;

/// A policy whose future is boxed.
trait Policy: Send + Sync {
    fn access<'a>(&'a self, reading: &'a Reading<'a>) -> Pending<'a, Access>;
}

impl<P: AccessPolicy> Policy for P {
    fn access<'a>(&'a self, reading: &'a Reading<'a>) -> Pending<'a, Access> {
        Box::pin(AccessPolicy::access(self, reading))
    }
}

impl Trail {
    /// The log of this database, behind this policy.
    ///
    /// ```compile_fail
    /// # use audit_runtime::http::Trail;
    /// # fn f(db: sea_orm::DatabaseConnection) {
    /// Trail::new(db); // nobody reads without somebody having said who may
    /// # }
    /// ```
    pub fn new<C, P>(db: C, policy: P) -> Self
    where
        C: AuditConnection + Sync,
        P: AccessPolicy,
    {
        let recorder = Recorder::new(db.clone());
        let pages = move |history: History, after, limit, budget| -> Pending<'static, Page> {
            let db = db.clone();
            Box::pin(async move { history.page_within(&db, after, limit, budget).await })
        };
        Self(Arc::new(Inner {
            pages: Arc::new(pages),
            policy: Arc::new(policy),
            recorder,
            records_reads: false,
            budget: Budget::new(),
        }))
    }

    /// The limits of one request; by default those of [`Budget::new`].
    #[must_use]
    pub fn budget(mut self, budget: Budget) -> Self {
        Arc::make_mut(&mut self.0).budget = budget;
        self
    }

    /// Every read becomes an entry itself, an event `AUDIT_READ` of the reader's, before it is answered; one that is
    /// not allowed a denied one, and so is a search for what the reader may not see. If the event cannot be recorded,
    /// nothing is shown.
    ///
    /// It is about the row, if that has a history. Its metadata has the `query`, each value as it is up to 128 characters
    /// and longer ones as a prefix and a hash, how many `entries` were shown, and where it is about no row, the
    /// `entity_type` and `entity_id` that were asked for. By which value of a field or source was searched is shown to
    /// those alone who may see such values.
    #[must_use]
    pub fn recording_reads(mut self) -> Self {
        Arc::make_mut(&mut self.0).records_reads = true;
        self
    }

    /// A page of one row's history, newest entries first. The id is the entries' `entity_id`, as a URL has it.
    ///
    /// # Errors
    ///
    /// A [`Problem`]: 401 without an actor, 400 or 403 for a question that cannot or may not be asked, and 404 if
    /// there is no history, or none that the reader may see.
    pub fn history_of<'a, E: Audited<Column: AuditedColumn>>(
        &'a self,
        request: &'a Parts,
        id: &'a str,
        query: &'a TrailQuery,
    ) -> Answer<'a> {
        Box::pin(async move {
            let reader = context_of(request).await?;
            let record = Record::of::<E>(id, self.0.recorder.backend);
            let subject = Subject {
                about_row: record
                    .as_ref()
                    .map(|record| record.event(Event::new(AUDIT_READ))),
                history: record.as_ref().map(Record::history::<E>),
                entity_type: Some(entity_type::<E>().into_owned()),
                entity_id: Some(match record {
                    Some(record) => record.entity_id,
                    None => capped(id.to_owned()),
                }),
                question: TrailQuery::of_entity::<E>,
            };
            self.read(request, reader, subject, query).await
        })
    }

    /// A page of the history of all rows of an entity; see [`history_of`](Self::history_of).
    ///
    /// # Errors
    ///
    /// Likewise.
    pub fn history_of_type<'a, E: Audited<Column: AuditedColumn>>(
        &'a self,
        request: &'a Parts,
        query: &'a TrailQuery,
    ) -> Answer<'a> {
        Box::pin(async move {
            let reader = context_of(request).await?;
            let subject = Subject {
                about_row: None,
                history: Some(History::of_type::<E>()),
                entity_type: Some(entity_type::<E>().into_owned()),
                entity_id: None,
                question: TrailQuery::of_entity::<E>,
            };
            self.read(request, reader, subject, query).await
        })
    }

    /// A page of the whole log; see [`history_of`](Self::history_of).
    ///
    /// # Errors
    ///
    /// Likewise.
    pub fn log<'a>(&'a self, request: &'a Parts, query: &'a TrailQuery) -> Answer<'a> {
        Box::pin(async move {
            let reader = context_of(request).await?;
            let subject = Subject {
                about_row: None,
                history: Some(History::all()),
                entity_type: None,
                entity_id: None,
                question: TrailQuery::of_any,
            };
            self.read(request, reader, subject, query).await
        })
    }
}

impl fmt::Debug for Trail {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut trail = formatter.debug_struct("Trail");
        trail.field("records_reads", &self.0.records_reads);
        trail.finish_non_exhaustive()
    }
}
