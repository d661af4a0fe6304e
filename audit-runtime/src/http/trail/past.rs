//! The state of a record after entries, as far as the reader may see it.

use ::http::{StatusCode, request::Parts};
use sea_orm::ConnectionTrait;

use super::{
    super::{Access, Problem, TrailQuery, problem::no_history, record::Record},
    Trail,
    read::Allowed,
};
use crate::{
    Moment, Past, PastValue,
    audited::{Audited, AuditedColumn, FieldPolicy, entity_type::entity_type},
    encode::{Encoded, encode},
    history::state_at::state_at,
};

/// The fields of a record at a moment; `None` if there was no such record.
pub(in crate::http) type State = Option<Vec<(&'static str, Then)>>;

/// The value of a field at that moment.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::http) enum Then {
    Known(Encoded),
    /// With the reason.
    Unknown(String),
}

impl Trail {
    /// Returns the states of a row right after each of these entries, and whether the reader may revert changes. The
    /// read is recorded like any other.
    pub(in crate::http) async fn states<E: Audited<Column: AuditedColumn>, C: ConnectionTrait>(
        &self,
        request: &Parts,
        id: &str,
        entries: &[i64],
        db: &C,
    ) -> Result<(Vec<State>, bool), Problem> {
        let everything = TrailQuery::default();
        let Allowed {
            reader,
            access,
            event,
            ..
        } = self
            .allowed(request, self.row::<E>(id), &everything)
            .await?;
        if access.tenant.is_some() {
            let event = event.with("states_after", entries).denied();
            self.record(&reader, event).await?;
            let detail = "the state of a record is not shown to a reader of one tenant's entries, \
                          because others may have changed it";
            return Err(Problem::new(StatusCode::FORBIDDEN).detail(detail));
        }
        let record = Record::of::<E>(id, self.0.recorder.backend).ok_or_else(no_history)?;
        self.record(&reader, event.with("states_after", entries))
            .await?;
        let mut states = Vec::new();
        for entry in entries {
            let archive = self.archived();
            let moment = Moment::After(*entry);
            let past = state_at::<E, C>(record.key.clone(), moment, archive, db).await?;
            states.push(past.map(|past| shown(&access, &past)));
        }
        Ok((states, access.reverts))
    }
}

fn shown<E: Audited>(access: &Access, past: &Past<E>) -> Vec<(&'static str, Then)> {
    let entity_type = entity_type::<E>();
    let fields = past.iter().filter_map(|(column, value)| {
        let field = E::field(column);
        let then = match value {
            _ if field.policy == FieldPolicy::Skip => return None,
            // Two hidden values cannot be compared.
            PastValue::Known(value)
                if value.is_some() && access.redacts(&entity_type, Some(field.name)) =>
            {
                Then::Unknown("it is redacted".to_owned())
            }
            PastValue::Known(value) => Then::Known(encode(value)),
            PastValue::Unknown(reason) => Then::Unknown(reason.to_string()),
        };
        Some((field.name, then))
    });
    fields.collect()
}
