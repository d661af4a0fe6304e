//! Reads the trail over HTTP. A policy checks each read, and an event records it.

#[cfg(all(feature = "axum", feature = "viewer"))]
mod beside;
#[cfg(feature = "axum")]
mod export;
#[cfg(all(feature = "axum", feature = "viewer"))]
mod past;
mod read;
#[cfg(all(feature = "axum", feature = "viewer"))]
mod revert;
mod searched;
mod subject;
#[cfg(all(feature = "axum", feature = "viewer"))]
mod survey;

use std::{fmt, pin::Pin, sync::Arc};

use ::http::request::Parts;

#[cfg(feature = "axum")]
pub(super) use self::export::Export;
#[cfg(all(feature = "axum", feature = "viewer"))]
pub(super) use self::past::{State, Then};
pub(super) use self::searched::{Searched, fields};
use self::subject::Subject;
#[cfg(all(feature = "axum", feature = "viewer"))]
pub(super) use self::survey::Survey;
use super::{Access, AccessPolicy, Problem, Reading, TrailQuery, recorder::Recorder};
#[cfg(all(feature = "axum", feature = "viewer"))]
use crate::history::Archived;
#[cfg(feature = "archive")]
use crate::retention::Archive;
use crate::{
    AuditConnection, Budget, Cursor, History, Page, Pending,
    audited::{Audited, AuditedColumn},
};

/// The future of a page of the trail.
pub type Answer<'a> = Pin<Box<dyn Future<Output = Result<Page, Problem>> + Send + 'a>>;

/// The log of a database behind an access policy. Routes and pages are built from it.
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
/// Every reader needs an actor, so an [`AuditLayer`](super::AuditLayer) must wrap the routes.
#[derive(Clone)]
#[must_use = "a trail answers nothing until it is asked or served"]
pub struct Trail(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    pages: Arc<Pages>,
    #[cfg(all(feature = "axum", feature = "viewer"))]
    actions: Arc<Actions>,
    policy: Arc<dyn Policy>,
    recorder: Recorder,
    records_reads: bool,
    budget: Budget,
    entities: Vec<Searched>,
    #[cfg(feature = "archive")]
    archive: Option<Archive>,
}

#[cfg(all(feature = "axum", feature = "viewer"))]
type Actions = dyn Fn(usize) -> Pending<'static, Vec<String>> + Send + Sync;
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
    /// Creates a trail of this database's log.
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
        #[cfg(all(feature = "axum", feature = "viewer"))]
        let actions = {
            let db = db.clone();
            move |most| -> Pending<'static, Vec<String>> {
                let db = db.clone();
                Box::pin(async move { crate::history::actions(&db, most).await })
            }
        };
        let pages = move |history: History, after, limit, budget| -> Pending<'static, Page> {
            let db = db.clone();
            Box::pin(async move { history.page_within(&db, after, limit, budget).await })
        };
        Self(Arc::new(Inner {
            pages: Arc::new(pages),
            #[cfg(all(feature = "axum", feature = "viewer"))]
            actions: Arc::new(actions),
            policy: Arc::new(policy),
            recorder,
            records_reads: false,
            budget: Budget::new(),
            entities: Vec::new(),
            #[cfg(feature = "archive")]
            archive: None,
        }))
    }

    /// Sets the limits of one request, including pages. The default is [`Budget::new`].
    pub fn budget(mut self, budget: Budget) -> Self {
        Arc::make_mut(&mut self.0).budget = budget;
        self
    }

    /// Adds an entity by whose fields the whole log can be searched: `entity_type=User&changed=role&to=admin`. If no other
    /// entity has the field, `changed=role&to=admin` is enough.
    ///
    /// ```
    /// # mod user {
    /// #     use audit_runtime::Audited;
    /// #     use sea_orm::entity::prelude::*;
    /// #     #[sea_orm::model]
    /// #     #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    /// #     #[sea_orm(table_name = "users")]
    /// #     #[audited(no_hooks)]
    /// #     pub struct Model {
    /// #         #[sea_orm(primary_key)]
    /// #         pub id: i32,
    /// #         #[audited(update)]
    /// #         pub role: String,
    /// #     }
    /// # }
    /// # use audit_runtime::http::{Access, Reading, Trail};
    /// # fn f(db: sea_orm::DatabaseConnection, policy: fn(&Reading<'_>) -> Access) -> Trail {
    /// Trail::new(db, policy).searching::<user::Entity>()
    /// # }
    /// ```
    pub fn searching<E: Audited<Column: AuditedColumn>>(mut self) -> Self {
        Arc::make_mut(&mut self.0)
            .entities
            .push(Searched::of::<E>());
        self
    }

    /// Reads the archive together with the log, as [`History::across`] does.
    #[cfg(feature = "archive")]
    pub fn across(mut self, archive: Archive) -> Self {
        Arc::make_mut(&mut self.0).archive = Some(archive);
        self
    }

    /// Records every read as an event `AUDIT_READ` of the reader, before it is answered. A read that is not allowed,
    /// and a search for hidden values, is recorded as denied. If the event cannot be recorded, the reader gets no
    /// entries.
    ///
    /// The event is about the row if the row has a history. Its metadata contains the `query`, with values over 128
    /// characters shortened to a prefix and a hash, and the number of `entries` shown. If the event is not about a row,
    /// it also contains the `entity_type` and `entity_id` of the request. Searched values are shown only to readers who
    /// may see such values.
    pub fn recording_reads(mut self) -> Self {
        Arc::make_mut(&mut self.0).records_reads = true;
        self
    }

    #[cfg(all(feature = "axum", feature = "viewer"))]
    fn archived(&self) -> Option<Archived> {
        #[cfg(feature = "archive")]
        return self
            .0
            .archive
            .clone()
            .map(|archive| Arc::new(archive) as Archived);
        #[cfg(not(feature = "archive"))]
        None
    }

    #[cfg(all(feature = "axum", feature = "viewer"))]
    pub(super) fn request_budget(&self) -> Budget {
        self.0.budget
    }

    #[cfg(all(feature = "axum", feature = "viewer"))]
    pub(super) fn entities(&self) -> &[Searched] {
        &self.0.entities
    }

    /// Returns a page of one row's history, newest entries first. The id is the entries' `entity_id`, as in a URL.
    ///
    /// # Errors
    ///
    /// A [`Problem`]: 401 without an actor, 400 for an invalid query, 403 for a query that the reader may not ask, and
    /// 404 if there is no history that the reader may see.
    pub fn history_of<'a, E: Audited<Column: AuditedColumn>>(
        &'a self,
        request: &'a Parts,
        id: &'a str,
        query: &'a TrailQuery,
    ) -> Answer<'a> {
        Box::pin(self.read(request, self.row::<E>(id), query))
    }

    /// Returns a page of the history of all rows of an entity; see [`history_of`](Self::history_of).
    ///
    /// # Errors
    ///
    /// The errors of [`history_of`](Self::history_of).
    pub fn history_of_type<'a, E: Audited<Column: AuditedColumn>>(
        &'a self,
        request: &'a Parts,
        query: &'a TrailQuery,
    ) -> Answer<'a> {
        Box::pin(self.read(request, Subject::rows::<E>(), query))
    }

    /// Returns a page of the whole log, or of the records that the query selects; see [`history_of`](Self::history_of).
    /// The policy is asked for the whole log.
    ///
    /// # Errors
    ///
    /// The errors of [`history_of`](Self::history_of).
    pub fn log<'a>(&'a self, request: &'a Parts, query: &'a TrailQuery) -> Answer<'a> {
        Box::pin(async move {
            let query = self.resolved(query);
            self.read(request, self.whole(), &query).await
        })
    }

    fn row<E: Audited<Column: AuditedColumn>>(&self, id: &str) -> Subject<'_> {
        Subject::row::<E>(id, self.0.recorder.backend)
    }

    fn whole(&self) -> Subject<'_> {
        Subject::log(&self.0.entities, self.0.recorder.backend)
    }

    /// The query of the whole log, with the type that its field implies.
    fn resolved(&self, query: &TrailQuery) -> TrailQuery {
        searched::resolved(query, &self.0.entities)
    }
}

impl fmt::Debug for Trail {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut trail = formatter.debug_struct("Trail");
        trail.field("records_reads", &self.0.records_reads);
        trail.finish_non_exhaustive()
    }
}
