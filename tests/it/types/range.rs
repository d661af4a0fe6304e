//! Dates, times and numbers at and beyond the limits of the databases.

mod keys;

use audit_runtime::{Error, Writer, prelude::*};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, ConnectionTrait, DatabaseConnection, EntityTrait, QueryOrder,
    prelude::{Date, DateTime, DateTimeUtc, Time},
    sea_query::value::prelude::time as timelib,
};
use serde_json::Value as Json;

use crate::{
    backend::{Database, on_every_backend, on_mysql_and_mariadb},
    entities::{context, create_table, entries},
};

on_every_backend!(
    what_a_database_cannot_hold_is_refused_or_told,
    a_statement_with_a_value_that_cannot_be_sent_is_refused
);
on_mysql_and_mariadb!(what_is_not_held_without_strict_mode_is_refused_or_told);

mod appointment {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "appointments")]
    #[audited(entity_type = "Appointment", no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[sea_orm(unique)]
        #[audited(record)]
        pub name: String,
        #[audited(update)]
        pub day: Option<Date>,
        #[audited(update)]
        pub clock: Option<Time>,
        #[audited(update)]
        pub local: Option<DateTime>,
        #[audited(update)]
        pub instant: Option<DateTimeUtc>,
        #[audited(update)]
        pub day_of_time: Option<TimeDate>,
        #[audited(update)]
        pub local_of_time: Option<TimeDateTime>,
        #[audited(update)]
        pub instant_of_time: Option<TimeDateTimeWithTimeZone>,
        #[audited(update)]
        pub weight: Option<f64>,
    }
}

use appointment::{ActiveModel, Column, Entity, Patch};

/// Patches that each set one field to a value that some database cannot store.
fn patches() -> Vec<Patch> {
    let date = |year| Date::from_ymd_opt(year, 3, 1).unwrap();
    let noon = Time::from_hms_opt(12, 0, 0).unwrap();
    let leap = Time::from_hms_nano_opt(23, 59, 59, 1_500_000_000).unwrap();
    let mut patches = Vec::new();
    let years = [-262_143, -1, 0, 2039, 9999, 10_000, 65_536];
    for year in years {
        let local = DateTime::new(date(year), noon);
        patches.push(Patch::new().day(date(year)));
        patches.push(Patch::new().local(local));
        patches.push(Patch::new().instant(local.and_utc()));
        let Ok(day) = timelib::Date::from_ordinal_date(year, 60) else {
            continue;
        };
        patches.push(Patch::new().day_of_time(day));
        patches.push(Patch::new().local_of_time(day.midnight()));
        patches.push(Patch::new().instant_of_time(day.midnight().assume_utc()));
    }
    let zone = |hours| timelib::UtcOffset::from_hms(hours, 0, 0).unwrap();
    let last = timelib::PrimitiveDateTime::MAX.assume_offset(zone(-25));
    let first = timelib::PrimitiveDateTime::MIN.assume_offset(zone(25));
    patches.extend([last, first].map(|instant| Patch::new().instant_of_time(instant)));
    patches.push(Patch::new().clock(leap));
    patches.push(Patch::new().local(DateTime::new(date(2016), leap)));
    for weight in [
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::MAX,
        f64::MIN_POSITIVE,
    ] {
        patches.push(Patch::new().weight(weight));
    }
    patches
}

fn row(name: &str, patch: &Patch) -> ActiveModel {
    ActiveModel {
        id: NotSet,
        name: Set(name.to_owned()),
        day: patch.day.clone(),
        clock: patch.clock.clone(),
        local: patch.local.clone(),
        instant: patch.instant.clone(),
        day_of_time: patch.day_of_time.clone(),
        local_of_time: patch.local_of_time.clone(),
        instant_of_time: patch.instant_of_time.clone(),
        weight: patch.weight.clone(),
    }
}

async fn what_a_database_cannot_hold_is_refused_or_told(database: &Database) {
    // With one connection, a call that waits forever is noticed.
    let db = database.connect(|options| {
        options.max_connections(1);
    });
    refused_or_told(database, &db.await).await;
}

/// Without strict mode, MySQL and MariaDB replace a value that does not fit by the nearest one, or by none.
async fn what_is_not_held_without_strict_mode_is_refused_or_told(database: &Database) {
    let db = database.connect(|options| {
        options.max_connections(1);
    });
    let db = db.await;
    db.execute_unprepared("SET SESSION sql_mode = ''")
        .await
        .unwrap();
    refused_or_told(database, &db).await;
}

async fn refused_or_told(database: &Database, db: &DatabaseConnection) {
    audit_runtime::schema::install(&database.db).await.unwrap();
    create_table(&database.db, Entity).await.unwrap();
    let mut contexts = vec![context()];
    if database.backend() == sea_orm::DbBackend::Postgres {
        contexts.push(audit_runtime::__private::locked(context()));
    }
    let mut refused = 0;
    for (at, patch) in patches().iter().enumerate() {
        for context in &contexts {
            let audit = db.audited(context);
            for operation in [at % 6, (at + 1) % 6] {
                let john = row("john", &Patch::default());
                let john = audit.insert(john).await.unwrap();
                let before = raw(database).await;
                let log = entries(db).await.len();
                let done = run(&audit, operation, john.id, patch).await;
                let what = format!("{operation} of {at}: {patch:?}, {done:?}");
                let written = entries(db).await.split_off(log);
                let after = raw(database).await;
                if let Err(error) = done {
                    refused += 1;
                    assert!(!matches!(error, Error::CommitUnknown { .. }), "{what}");
                    assert_eq!(before, after, "{what}");
                    assert!(written.is_empty(), "{what}");
                } else {
                    // Every changed row has an entry.
                    let changed = after.iter().filter(|row| !before.contains(row)).count();
                    assert_eq!(written.len(), changed, "{what}");
                    for entry in &written {
                        let id: i32 = entry.entity_id.as_ref().unwrap().parse().unwrap();
                        let stored = Entity::find_by_id(id).one(db).await.unwrap().unwrap();
                        assert_told(&entry.after(), &stored, &what);
                    }
                }
                audit.delete_many::<Entity>(Column::Id.gt(0)).await.unwrap();
            }
        }
    }
    println!("{refused} writes were refused");
}

async fn run(writer: &impl Writer, operation: usize, id: i32, patch: &Patch) -> Result<(), Error> {
    let patch = patch.clone();
    match operation {
        0 => writer.update(id, patch).await.map(drop),
        1 => writer.insert(row("jane", &patch)).await.map(drop),
        2 => writer
            .insert_many([row("jane", &patch), row("jack", &patch)])
            .await
            .map(drop),
        3 => writer.update_many(Column::Id.eq(id), patch).await.map(drop),
        4 => {
            let jane = row("jane", &patch);
            writer
                .insert_or_update(jane, [Column::Name], patch)
                .await
                .map(drop)
        }
        _ => {
            let john = row("john", &Patch::default());
            writer
                .insert_or_update(john, [Column::Name], patch)
                .await
                .map(drop)
        }
    }
}

/// The rows as the database itself shows them.
async fn raw(database: &Database) -> Vec<String> {
    let columns =
        "id, name, day, clock, local, instant, day_of_time, local_of_time, instant_of_time, weight";
    let text = match database.backend() {
        sea_orm::DbBackend::Postgres => "row(t.*)::text".to_owned(),
        sea_orm::DbBackend::MySql => {
            let columns = columns
                .replace("day,", "`day`,")
                .replace("local,", "`local`,");
            format!(
                "CONCAT_WS('|', {})",
                columns
                    .split(", ")
                    .map(|column| format!("COALESCE(CAST({column} AS char), 'NULL')"))
                    .collect::<Vec<_>>()
                    .join(", ")
            )
        }
        _ => columns
            .split(", ")
            .map(|column| format!("quote(\"{column}\")"))
            .collect::<Vec<_>>()
            .join(" || '|' || "),
    };
    let question = sea_orm::Statement::from_string(
        database.backend(),
        format!("SELECT {text} AS text FROM appointments AS t ORDER BY id"),
    );
    let rows = database.db.query_all_raw(question).await.unwrap();
    rows.iter()
        .map(|row| row.try_get("", "text").unwrap())
        .collect()
}

/// Asserts that the entry agrees with the stored row.
#[track_caller]
fn assert_told(after: &Json, stored: &appointment::Model, what: &str) {
    let told = |field: &str, is_there: bool| {
        if let Some(value) = after.get(field) {
            assert_eq!(!value.is_null(), is_there, "{field}: {what}");
        }
    };
    told("day", stored.day.is_some());
    told("clock", stored.clock.is_some());
    told("local", stored.local.is_some());
    told("instant", stored.instant.is_some());
    told("day_of_time", stored.day_of_time.is_some());
    told("local_of_time", stored.local_of_time.is_some());
    told("instant_of_time", stored.instant_of_time.is_some());
    told("weight", stored.weight.is_some());
}

/// In a condition, or in a statement of the caller, in a unit.
async fn a_statement_with_a_value_that_cannot_be_sent_is_refused(database: &Database) {
    audit_runtime::schema::install(&database.db).await.unwrap();
    create_table(&database.db, Entity).await.unwrap();
    let db = &database
        .connect(|options| {
            options.max_connections(1);
        })
        .await;
    let context = context();
    let audit = db.audited(&context);
    let noon = |year| {
        Date::from_ymd_opt(year, 3, 1)
            .unwrap()
            .and_hms_opt(12, 0, 0)
            .unwrap()
    };
    for year in [-262_143, -1, 65_536, 262_142] {
        let instant: DateTimeUtc = noon(year).and_utc();
        let _ = audit
            .delete_many::<Entity>(Column::Instant.eq(instant))
            .await;
        let patch = Patch::new().weight(1.0);
        let _ = audit.update_many(Column::Local.gt(noon(year)), patch).await;
        let unit = audit.begin().await.unwrap();
        let found = Entity::find().order_by_asc(Column::Id);
        let found = sea_orm::QueryFilter::filter(found, Column::Local.eq(noon(year)));
        let found = found.all(&unit).await;
        if database.backend() == sea_orm::DbBackend::MySql {
            // The statement was not sent, so the unit stays usable.
            found.unwrap_err();
            unit.insert(row("john", &Patch::default())).await.unwrap();
        }
        unit.rollback().await.unwrap();
    }
    audit.insert(row("john", &Patch::default())).await.unwrap();
    assert_eq!(entries(db).await.len(), 1);
}
