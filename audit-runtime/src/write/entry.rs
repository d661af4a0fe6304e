//! Inserts entries into the log.

use std::{borrow::Cow, slice};

use chrono::{DateTime, Utc};
use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, Value,
    sea_query::{
        Alias, Expr, Func, InsertStatement, IntoTableRef, Order, Query, ReturningClause, TableRef,
        UnionType,
    },
};
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::{later, observed, target::Target};
use crate::{
    Changes, Error,
    audit_log::{self, ACTOR_ROLE, Column, KIND_CHANGE, Outcome},
    audited::Now,
    context::{Actor, Parts},
    dialect::{self, Family, is_missing_table},
    encode::storable::clean_json,
    error::{DatabaseError, is_certainly_undone, is_denied, is_reopened_table},
    layout::raised::Raised,
    text,
};

/// The content of one entry, without its context.
#[derive(Debug)]
pub(super) struct NewEntry {
    pub(super) kind: i16,
    pub(super) entity: Option<(String, String)>,
    pub(super) label: Option<String>,
    pub(super) action: Cow<'static, str>,
    pub(super) outcome: Outcome,
    pub(super) reverts: Option<i64>,
    pub(super) changes: Option<Json>,
    pub(super) metadata: Map<String, Json>,
    pub(super) timestamp: DateTime<Utc>,
}

impl NewEntry {
    pub(super) fn change(
        action: &'static str,
        entity: (String, String),
        label: Option<String>,
        changes: &Changes,
    ) -> Self {
        Self {
            kind: KIND_CHANGE,
            entity: Some(entity),
            label,
            action: action.into(),
            outcome: Outcome::Success,
            reverts: None,
            changes: Some(changes.to_json()),
            metadata: Map::new(),
            timestamp: now(),
        }
    }

    /// Marks the entry as a revert of another one.
    pub(super) fn reverting(self, reverts: Option<i64>) -> Self {
        Self { reverts, ..self }
    }

    pub(super) async fn write<C: ConnectionTrait>(
        &self,
        target: &Target<'_, C>,
    ) -> Result<(), Error> {
        write_all(slice::from_ref(self), target).await
    }
}

/// Writes entries that differ only in their rows and changes, in one statement.
pub(super) async fn write_all<C: ConnectionTrait>(
    entries: &[NewEntry],
    target: &Target<'_, C>,
) -> Result<(), Error> {
    if entries.is_empty() {
        return Ok(());
    }
    let written = match Family::of(target.connection) {
        Family::MySql => write_to_mysql(entries, target).await,
        Family::Postgres => {
            let mut insert = insert(entries, target);
            insert.returning(ReturningClause::Exprs(vec![
                is_log_or_fails(target.schema),
                later::fulfilled(),
            ]));
            let rows = target.connection.query_all(&insert).await;
            if let (Ok(_), Some(awaited)) = (&rows, target.awaited) {
                awaited.is_fulfilled();
            }
            rows.map(|rows| rows.len() == entries.len())
        }
        Family::Sqlite => {
            let done = target.connection.execute(&insert(entries, target)).await;
            done.map(|done| done.rows_affected() == entries.len() as u64)
        }
    };
    match written {
        Ok(true) => {
            observed::written();
            Ok(())
        }
        Ok(false) => Err(Error::NotLogged(LEFT_OUT)),
        Err(error) => Err(failed_to_log(target, error)),
    }
}

pub(super) const LEFT_OUT: &str = "a trigger or rule left it out, or another table took it";
pub(super) const HIDDEN: &str =
    "a temporary table or a view of that name hides the log, or a rule stands in for it";

fn insert<C: ConnectionTrait>(entries: &[NewEntry], target: &Target<'_, C>) -> InsertStatement {
    let mut insert = Query::insert().into_table(table(target)).to_owned();
    for (nth, entry) in entries.iter().enumerate() {
        let (columns, mut values): (Vec<_>, Vec<_>) = entry
            .values(target)
            .map(|(column, value)| (column, Expr::val(value)))
            .unzip();
        if nth == 0 && is_hideable(target) {
            values[0] = Expr::cust_with_exprs(UNLESS_TEMPORARY, [values[0].clone()]);
        }
        insert.columns(columns).values_panic(values);
    }
    insert
}

/// A restricted connection accepts tables only without a schema.
fn table<C: ConnectionTrait>(target: &Target<'_, C>) -> TableRef {
    if is_hideable(target) {
        return audit_log::Entity.into_table_ref();
    }
    audit_log::table(target.connection.get_database_backend(), target.schema)
}

/// Whether a temporary table of its name could hide the log.
fn is_hideable<C: ConnectionTrait>(target: &Target<'_, C>) -> bool {
    target.is_restricted && Family::of(target.connection).log_schema().is_some()
}

/// An integer overflow fails the statement.
const UNLESS_TEMPORARY: &str = "CASE WHEN EXISTS (SELECT 1 FROM sqlite_temp_master WHERE lower(name) = 'audit_log') \
    THEN abs(-9223372036854775808) ELSE ? END";

/// Fails the statement if `audit_log` is not the log.
fn is_log_or_fails(schema: Option<&str>) -> Expr {
    Expr::cust_with_exprs(
        "CASE WHEN $1 THEN 1 ELSE $2::integer END",
        [is_log(schema), Raised::LogHidden.text()],
    )
}

/// Whether `audit_log` on PostgreSQL is the log: not a temporary table, not a view, and without a rule that replaces
/// inserts.
pub(super) fn is_log(schema: Option<&str>) -> Expr {
    let name = match schema {
        Some(schema) => {
            Expr::cust_with_exprs("format('%I.audit_log', $1::text)", [Expr::val(schema)])
        }
        None => Expr::Constant("audit_log".into()),
    };
    Expr::cust_with_exprs(IS_LOG, [name])
}

const IS_LOG: &str = "EXISTS (SELECT 1 FROM pg_catalog.pg_class WHERE oid = to_regclass($1) \
    AND relkind IN ('r', 'p') AND relpersistence <> 't' \
    AND (NOT relhasrules OR NOT EXISTS (SELECT 1 FROM pg_catalog.pg_rewrite WHERE ev_class = pg_class.oid AND is_instead)))";

/// On MySQL and MariaDB a temporary table hides the log, even if the database is named.
///
/// MySQL cannot open a temporary table twice in one statement, so the statement opens it twice. MariaDB can; there the
/// statement reads the entry through a view, which never refers to a temporary table.
async fn write_to_mysql<C: ConnectionTrait>(
    entries: &[NewEntry],
    target: &Target<'_, C>,
) -> Result<bool, DbErr> {
    // sea-query puts RETURNING before ORDER BY, so it is appended as text. A restricted connection refuses text and
    // gets one statement per entry.
    if target.is_restricted && entries.len() > 1 {
        for entry in entries.chunks(1) {
            if !Box::pin(write_to_mysql(entry, target)).await? {
                return Ok(false);
            }
        }
        return Ok(true);
    }
    let insert = insert_select(entries, target);
    let rows = if entries.len() == 1 {
        target.connection.query_all(&insert).await
    } else {
        let mut statement = DbBackend::MySql.build(&insert);
        statement.sql.push_str(RETURNING);
        target.connection.query_all_raw(statement).await
    };
    match rows {
        Ok(rows) => {
            // MySQL returns no rows.
            let mut found = true;
            for row in rows {
                found &= row.try_get_by::<i64, _>(0)? == 1;
            }
            Ok(found)
        }
        // An account that may not read the table has not created it, so it is the log.
        Err(error) if is_denied(&error) && names_log(&error) => {
            target.go_on();
            let done = target
                .connection
                .execute(&self::insert(entries, target))
                .await?;
            Ok(done.rows_affected() == entries.len() as u64)
        }
        Err(error) => Err(error),
    }
}

fn insert_select<C: ConnectionTrait>(
    entries: &[NewEntry],
    target: &Target<'_, C>,
) -> InsertStatement {
    let number = || Expr::col((Alias::new("entries"), Alias::new("n")));
    let mut columns = Vec::new();
    let mut values: Vec<Vec<Expr>> = Vec::new();
    for entry in entries {
        for (at, (column, value)) in entry.values(target).enumerate() {
            let value = match column {
                Column::Changes | Column::Metadata => Expr::cust_with_exprs(JSON, [text(value)]),
                _ => text(value),
            };
            let is_own = matches!(
                column,
                Column::EntityId | Column::EntityLabel | Column::Changes
            );
            // The other columns are equal in all entries.
            match values.get_mut(at) {
                None => {
                    columns.push(column);
                    let first = if is_own { vec![number()] } else { Vec::new() };
                    values.push(first);
                    values[at].push(value);
                }
                Some(of_column) if is_own => of_column.push(value),
                Some(_) => {}
            }
        }
    }
    let values = values
        .into_iter()
        .map(|mut of_column| match of_column.len() {
            1 => of_column.swap_remove(0),
            _ => Func::cust("ELT").args(of_column).into(),
        });

    let mut numbers = Query::select()
        .expr_as(Expr::Constant(1.into()), "n")
        .to_owned();
    for n in 2..=entries.len() {
        let next = Query::select()
            .expr(Expr::Constant((n as i64).into()))
            .to_owned();
        numbers.union(UnionType::All, next);
    }
    let condition = if entries.len() == 1 {
        format!("{OPENED_TWICE}{RETURNING}").into()
    } else {
        Cow::from(OPENED_TWICE)
    };
    let mut select = Query::select()
        .exprs(values)
        .from_subquery(numbers, "entries")
        .and_where(Expr::cust(condition))
        .to_owned();
    if entries.len() > 1 {
        select.order_by_expr(number(), Order::Asc);
    }
    Query::insert()
        .into_table(table(target))
        .columns(columns)
        .select_from(select)
        .expect("as many values as columns")
        .to_owned()
}

// Each of the two servers treats the other's part as a comment.
/// MySQL truncates sorted text of more than 64 KiB, but not JSON.
const JSON: &str = "/*!80000 CAST( */ ? /*!80000 AS JSON) */";
const OPENED_TWICE: &str =
    "/*!80000 NOT EXISTS (SELECT 1 FROM `audit_log` WHERE FALSE) AND */ TRUE";
const RETURNING: &str = " /*M!100500 RETURNING (SELECT count(*) FROM `audit_entries` AS `found` \
    WHERE `found`.`id` = `audit_log`.`id` AND `found`.`changeset_id` = `audit_log`.`changeset_id`) */";

/// In a list of values with NULLs, JSON is treated as text.
fn text(value: Value) -> Expr {
    Expr::val(match value {
        Value::Json(json) => json.map(|json| json.to_string()).into(),
        value => value,
    })
}

fn names_log(error: &DbErr) -> bool {
    let is_part_of_name = |c: char| c.is_alphanumeric() || c == '_';
    let message = error.to_string();
    let mut words = message.split(|c| !is_part_of_name(c));
    words.any(|word| word == "audit_log")
}

impl NewEntry {
    fn values<C: ConnectionTrait>(
        &self,
        target: &Target<'_, C>,
    ) -> impl Iterator<Item = (Column, Value)> {
        let (entity_type, entity_id) = self.entity.as_ref().map(|(kind, id)| (kind, id)).unzip();
        let own = [
            (Column::Kind, self.kind.into()),
            (Column::Format, audit_log::FORMAT.into()),
            (Column::EntityType, identity(entity_type, 64)),
            // Already shortened when it was created.
            (Column::EntityId, entity_id.cloned().into()),
            (Column::EntityLabel, name(self.label.as_ref(), 255)),
            (Column::Action, identity(Some(&self.action), 64)),
            (Column::Outcome, self.outcome.as_str().into()),
            (Column::Changes, self.changes.clone().into()),
        ];
        let shared = shared(
            target.context.parts(),
            &self.metadata,
            self.reverts,
            target.connection.get_database_backend(),
            target.changeset_id,
            self.timestamp,
        );
        own.into_iter().chain(shared)
    }
}

/// The columns that all entries of one write share.
pub(super) fn shared(
    context: &Parts,
    metadata: &Map<String, Json>,
    reverts: Option<i64>,
    backend: DbBackend,
    changeset_id: Uuid,
    timestamp: DateTime<Utc>,
) -> [(Column, Value); 16] {
    let source = &context.source;
    let mut all = context.metadata.clone();
    all.extend(metadata.clone());
    // The key is the engine's own: what anyone else puts there is no role.
    all.remove(ACTOR_ROLE);
    if let Some(role) = &context.actor.role {
        let role = text::name(role, 64).into_owned();
        all.insert(ACTOR_ROLE.to_owned(), role.into());
    }
    let metadata = (!all.is_empty()).then(|| clean_json(Json::Object(all)));
    let ip = source.ip.map(|ip| ip.to_canonical().to_string());
    [
        (Column::ChangesetId, changeset_id.into()),
        (Column::Tenant, identity(context.tenant.as_ref(), 64)),
        (Column::Service, identity(context.service.as_ref(), 64)),
        (Column::ActorKind, identity(Some(&context.actor.kind), 64)),
        (Column::ActorId, identity(Some(&context.actor.id), 255)),
        (Column::ActorName, name(context.actor.name.as_ref(), 255)),
        (
            Column::OnBehalfOf,
            identity(context.on_behalf_of.as_ref().map(Actor::short_form), 320),
        ),
        (Column::Timestamp, dialect::timestamp(backend, timestamp)),
        (Column::Ip, ip.into()),
        (Column::UserAgent, words(source.user_agent.as_ref(), 512)),
        (Column::SessionId, identity(source.session_id.as_ref(), 128)),
        (Column::RequestId, identity(source.request_id.as_ref(), 128)),
        (Column::TraceId, identity(source.trace_id.as_ref(), 64)),
        (Column::Reason, words(context.reason.as_ref(), 1024)),
        (Column::Reverts, reverts.into()),
        (Column::Metadata, metadata.into()),
    ]
}

fn failed_to_log<C>(target: &Target<'_, C>, error: DbErr) -> Error {
    if is_missing_table(&error) {
        return Error::LogMissing(error.into());
    }
    if let Some(problem) = problem_with_log(&error) {
        return Error::NotLogged(problem);
    }
    if is_reopened_table(&error) {
        return Error::NotLogged(HIDDEN);
    }
    // The change may have been committed with the statement.
    if target.is_alone && !is_certainly_undone(&error) {
        return Error::CommitUnknown {
            changeset_id: target.changeset_id,
            source: DatabaseError::scrubbed(error),
        };
    }
    DatabaseError::scrubbed(error).into()
}

/// The reason why entries did not reach the log, if that is the failure.
fn problem_with_log(error: &DbErr) -> Option<&'static str> {
    match Raised::of(error)? {
        Raised::NotLogged => Some(LEFT_OUT),
        Raised::LogHidden => Some(HIDDEN),
        _ => None,
    }
}

pub(super) fn now() -> DateTime<Utc> {
    Now::now()
}

fn identity(value: Option<impl AsRef<str>>, limit: usize) -> Value {
    value
        .map(|value| text::identity(value.as_ref(), limit).into_owned())
        .into()
}

fn name(value: Option<impl AsRef<str>>, limit: usize) -> Value {
    value
        .map(|value| text::name(value.as_ref(), limit).into_owned())
        .into()
}

fn words(value: Option<impl AsRef<str>>, limit: usize) -> Value {
    value
        .map(|value| text::words(value.as_ref(), limit).into_owned())
        .into()
}
