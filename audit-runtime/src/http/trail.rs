//! The trail as it is read over HTTP: behind a policy, and leaving an entry of its own.

use std::{fmt, pin::Pin, sync::Arc};

use ::http::request::Parts;
use serde_json::{Map, Value as Json};

use super::{
    Access, AccessPolicy, Problem, Reading, TrailQuery, context_of, problem::no_history,
    record::Record, recorder::Recorder,
};
use crate::{
    AuditConnection, AuditContext, Cursor, Event, History, Page, Pending,
    audited::{Audited, AuditedColumn},
    entity_id::entity_type,
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
}

type Pages = dyn Fn(History, Option<Cursor>, u64) -> Pending<'static, Page> + Send + Sync;

/// A policy whose future is boxed.
trait Policy: Send + Sync {
    fn access<'a>(&'a self, reading: &'a Reading<'a>) -> Pending<'a, Access>;
}

impl<P: AccessPolicy> Policy for P {
    fn access<'a>(&'a self, reading: &'a Reading<'a>) -> Pending<'a, Access> {
        Box::pin(AccessPolicy::access(self, reading))
    }
}

/// Whose entries, and how the log is asked for them.
struct Subject {
    entity_type: Option<String>,
    entity_id: Option<String>,
    history: History,
    event: Event,
    question: fn(&TrailQuery, History, &Access) -> Result<History, Problem>,
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
        let pages = move |history: History, after, limit| -> Pending<'static, Page> {
            let db = db.clone();
            Box::pin(async move { history.page(&db, after, limit).await })
        };
        Self(Arc::new(Inner {
            pages: Arc::new(pages),
            policy: Arc::new(policy),
            recorder,
            records_reads: false,
        }))
    }

    /// Every read becomes an entry itself, an event `AUDIT_READ` of the reader's, before it is answered; one that is
    /// not allowed a denied one. If the event cannot be recorded, nothing is shown.
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
            let Some(record) = Record::of::<E>(id, self.0.recorder.backend) else {
                return Err(no_history());
            };
            let subject = Subject {
                event: record.event(Event::new("AUDIT_READ")),
                history: record.history::<E>(),
                entity_type: Some(record.entity_type.into_owned()),
                entity_id: Some(record.entity_id),
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
            let entity_type = entity_type::<E>().into_owned();
            let subject = Subject {
                event: Event::new("AUDIT_READ").with("entity_type", &*entity_type),
                history: History::of_type::<E>(),
                entity_type: Some(entity_type),
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
                event: Event::new("AUDIT_READ"),
                history: History::all(),
                entity_type: None,
                entity_id: None,
                question: TrailQuery::of_any,
            };
            self.read(request, reader, subject, query).await
        })
    }

    async fn read(
        &self,
        request: &Parts,
        reader: AuditContext,
        subject: Subject,
        query: &TrailQuery,
    ) -> Result<Page, Problem> {
        let reading = Reading {
            request,
            reader: &reader,
            entity_type: subject.entity_type.as_deref(),
            entity_id: subject.entity_id.as_deref(),
        };
        let access = self.0.policy.access(&reading).await?;
        let event = subject.event.with("query", asked(query));
        if !access.allowed {
            self.record(&reader, event.denied()).await?;
            return Err(no_history());
        }
        let history = (subject.question)(query, subject.history.clone(), &access)?;
        let page = (self.0.pages)(history, query.after, query.page_size()).await?;
        if page.entries.is_empty() && subject.entity_id.is_some() {
            // What there is none of at all looks as if it were not allowed.
            let any = match &access.tenant {
                Some(tenant) => subject.history.tenant(tenant),
                None => subject.history,
            };
            if (self.0.pages)(any, None, 1).await?.entries.is_empty() {
                return Err(no_history());
            }
        }
        self.record(&reader, event.with("entries", page.entries.len()))
            .await?;
        let entries = page.entries.into_iter().map(|entry| access.show(entry));
        Ok(Page {
            entries: entries.collect(),
            next: page.next,
        })
    }

    async fn record(&self, reader: &AuditContext, event: Event) -> Result<(), Problem> {
        if self.0.records_reads {
            self.0.recorder.record(reader.clone(), event).await?;
        }
        Ok(())
    }
}

fn asked(query: &TrailQuery) -> Json {
    let parameters = query.parameters();
    let parameters = parameters.map(|(name, value)| (name.to_owned(), value.into()));
    Json::Object(parameters.collect::<Map<_, _>>())
}

impl fmt::Debug for Trail {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut trail = formatter.debug_struct("Trail");
        trail.field("records_reads", &self.0.records_reads);
        trail.finish_non_exhaustive()
    }
}
