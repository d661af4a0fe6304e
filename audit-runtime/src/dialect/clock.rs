//! The database's clock, in the form of `recorded_at`.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sea_orm::{
    ConnectionTrait, DbErr,
    sea_query::{Expr, Query},
};

use super::Family;

/// The time of the clock plus a duration. It does not depend on settings of the session.
pub(crate) fn clock(family: Family, ahead: Duration) -> Expr {
    let millis = i64::try_from(ahead.as_millis()).unwrap_or(i64::MAX);
    match family {
        Family::Postgres => Expr::cust_with_values(
            "clock_timestamp() + $1 * interval '1 millisecond'",
            [millis],
        ),
        Family::MySql => Expr::cust_with_values(
            "CONVERT_TZ(SYSDATE(6), @@SESSION.time_zone, '+00:00') + INTERVAL ? * 1000 MICROSECOND",
            [millis],
        ),
        Family::Sqlite => Expr::cust_with_values(
            "strftime('%Y-%m-%dT%H:%M:%f', 'now', (? / 1000.0) || ' seconds') || '000+00:00'",
            [millis],
        ),
    }
}

/// Returns the time of the clock.
pub(crate) async fn now<C: ConnectionTrait>(db: &C) -> Result<DateTime<Utc>, DbErr> {
    let clock = clock(Family::of(db), Duration::ZERO);
    let question = Query::select().expr_as(clock, "recorded_at").to_owned();
    let row = db.query_one(&question).await?;
    let row = row.ok_or_else(|| DbErr::RecordNotFound("the database's clock".to_owned()))?;
    row.try_get("", "recorded_at")
}
