//! The SQL conditions of a purge: policy, age and holds.

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, Condition, DbBackend,
    sea_query::{Expr, ExprTrait, Query},
};

use super::{KEPT, Policy, tables::hold};
use crate::{
    audit_log::{self, Column, KIND_EVENT},
    dialect::{Family, timestamp},
};

/// The entries that a policy covers, except those that never leave the log.
pub(super) fn of(policy: &Policy, policies: &[Policy], family: Family) -> Condition {
    let kept = Condition::all()
        .add(Column::Kind.eq(KIND_EVENT))
        .add(Column::Action.is_in(KEPT));
    let mut condition = Condition::all()
        .add(matches(policy, family))
        .add(kept.not());
    let more_specific = policies.iter().filter(|other| other.rank() > policy.rank());
    for other in more_specific {
        condition = condition.add(matches(other, family).not());
    }
    condition
}

/// Never NULL, so that its negation is correct.
fn matches(policy: &Policy, family: Family) -> Condition {
    let mut condition = Condition::all();
    if !policy.types.is_empty() {
        condition = condition
            .add(Column::EntityType.is_not_null())
            .add(listed(Column::EntityType, family).is_in(&policy.types));
    }
    if !policy.actions.is_empty() {
        condition = condition.add(listed(Column::Action, family).is_in(&policy.actions));
    }
    condition
}

/// A column, in a form that uses no index if the database plans without statistics.
fn listed(column: Column, family: Family) -> Expr {
    let plain = Expr::col((audit_log::Entity, column));
    if family.plans_without_statistics() {
        plain.if_null("")
    } else {
        plain
    }
}

pub(super) fn recorded_before(backend: DbBackend, cutoff: DateTime<Utc>) -> Expr {
    Column::RecordedAt.lt(timestamp(backend, cutoff))
}

/// Whether the entry is on hold.
pub(super) fn is_held() -> Expr {
    let log = |column: Column| Expr::col((audit_log::Entity, column));
    let hold = |column: hold::Column| Expr::col((hold::Entity, column));
    let is = |ours: hold::Column, column: Column| {
        Condition::any()
            .add(hold(ours).is_null())
            .add(hold(ours).eq(log(column)))
    };
    let recorded = log(Column::RecordedAt);
    let holds = Query::select()
        .expr(Expr::val(1))
        .from(hold::Entity)
        .and_where(hold(hold::Column::ReleasedBy).is_null())
        .cond_where(is(hold::Column::EntityType, Column::EntityType))
        .cond_where(is(hold::Column::EntityId, Column::EntityId))
        .cond_where(is(hold::Column::ActorKind, Column::ActorKind))
        .cond_where(is(hold::Column::ActorId, Column::ActorId))
        .cond_where(
            Condition::any()
                .add(hold(hold::Column::FromTime).is_null())
                .add(hold(hold::Column::FromTime).lte(recorded.clone())),
        )
        .cond_where(
            Condition::any()
                .add(hold(hold::Column::ToTime).is_null())
                .add(hold(hold::Column::ToTime).gt(recorded)),
        )
        .to_owned();
    Expr::exists(holds)
}
