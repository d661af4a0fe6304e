//! Fields that the write itself sets: `updated_at` and `created_at`.

mod beside;
mod hooks;
mod operations;

use audit_runtime::{
    __private::locked, AuditContext, audited::Now, coverage::Coverage, entities, prelude::*,
};
use sea_orm::{
    DatabaseConnection, EntityTrait, IntoActiveModel,
    prelude::{
        ChronoUnixTimestamp, ChronoUnixTimestampMillis, DateTimeLocal, DateTimeUtc,
        TimeUnixTimestamp, TimeUnixTimestampMillis,
    },
};
use serde_json::json;

use crate::{
    backend::{Database, on_every_backend},
    entities::{context, create_precise_table, entries},
};

on_every_backend!(every_write_sets_them);

/// A field of each type.
pub(super) mod stamp {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "stamps")]
    #[audited(entity_type = "Stamp", no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[sea_orm(unique)]
        #[audited(create, label)]
        pub name: String,
        #[audited(create, update)]
        pub text: String,
        #[audited(touch = create)]
        pub created_at: DateTimeUtc,
        #[audited(touch)]
        pub updated_at: DateTimeUtc,
        #[sea_orm(column_name = "modified", enum_name = "Modified")]
        #[audited(touch)]
        pub changed_at: Option<DateTimeWithTimeZone>,
        #[audited(touch)]
        pub r#type: DateTime,
        #[audited(touch)]
        pub local: DateTimeLocal,
        #[audited(touch)]
        pub offset: TimeDateTimeWithTimeZone,
        #[audited(touch)]
        pub plain: Option<TimeDateTime>,
        #[audited(touch)]
        pub seconds: ChronoUnixTimestamp,
        #[audited(touch)]
        pub milliseconds: ChronoUnixTimestampMillis,
        #[audited(touch)]
        pub more_seconds: TimeUnixTimestamp,
        #[audited(touch)]
        pub more_milliseconds: TimeUnixTimestampMillis,
    }
}

/// A time at which nothing was written.
pub(super) fn past() -> DateTimeUtc {
    DateTimeUtc::from_timestamp(946_684_800, 0).unwrap()
}

/// Creates the log and the table. Returns contexts for both plans.
async fn prepare(db: &DatabaseConnection) -> [AuditContext; 2] {
    audit_runtime::schema::install(db).await.unwrap();
    create_precise_table(db, stamp::Entity).await;
    [context(), locked(context())]
}

/// All timestamps of a row, with the names of their fields.
fn moments(row: &stamp::Model) -> [(&'static str, i64); 11] {
    let plain = row.plain.unwrap().assume_utc();
    [
        ("created_at", row.created_at.timestamp()),
        ("updated_at", row.updated_at.timestamp()),
        ("changed_at", row.changed_at.unwrap().timestamp()),
        ("type", row.r#type.and_utc().timestamp()),
        ("local", row.local.timestamp()),
        ("offset", row.offset.unix_timestamp()),
        ("plain", plain.unix_timestamp()),
        ("seconds", row.seconds.timestamp()),
        ("milliseconds", row.milliseconds.timestamp()),
        ("more_seconds", row.more_seconds.unix_timestamp()),
        ("more_milliseconds", row.more_milliseconds.unix_timestamp()),
    ]
}

/// The fields that were set since [`age`].
fn touched(row: &stamp::Model) -> Vec<&'static str> {
    let now = DateTimeUtc::now().timestamp();
    let touched = moments(row).into_iter().filter(|(field, moment)| {
        assert!(
            *moment == past().timestamp() || now - *moment < 3600,
            "{field}: {moment}"
        );
        *moment != past().timestamp()
    });
    touched.map(|(field, _)| field).collect()
}

fn all() -> Vec<&'static str> {
    let mut fields = all_but_created();
    fields.insert(0, "created_at");
    fields
}

fn all_but_created() -> Vec<&'static str> {
    vec![
        "updated_at",
        "changed_at",
        "type",
        "local",
        "offset",
        "plain",
        "seconds",
        "milliseconds",
        "more_seconds",
        "more_milliseconds",
    ]
}

/// The values of a row that was written long ago.
fn aged() -> stamp::ActiveModel {
    let moment = || time_of(past());
    stamp::ActiveModel {
        created_at: Set(past()),
        updated_at: Set(past()),
        changed_at: Set(Some(past().fixed_offset())),
        r#type: Set(past().naive_utc()),
        local: Set(DateTimeLocal::from(past())),
        offset: Set(moment()),
        plain: Set(Some(sea_orm::prelude::TimeDateTime::new(
            moment().date(),
            moment().time(),
        ))),
        seconds: Set(ChronoUnixTimestamp(past())),
        milliseconds: Set(ChronoUnixTimestampMillis(past())),
        more_seconds: Set(TimeUnixTimestamp(moment())),
        more_milliseconds: Set(TimeUnixTimestampMillis(moment())),
        ..Default::default()
    }
}

fn time_of(moment: DateTimeUtc) -> sea_orm::prelude::TimeDateTimeWithTimeZone {
    sea_orm::prelude::TimeDateTimeWithTimeZone::from_unix_timestamp(moment.timestamp()).unwrap()
}

/// Makes all rows look old, without the engine.
async fn age(db: &DatabaseConnection) {
    let rows = stamp::Entity::update_many().set(aged());
    rows.exec(db).await.unwrap();
}

async fn stored(db: &DatabaseConnection, name: &str) -> stamp::Model {
    let rows = stamp::Entity::find_by_name(name).one(db).await.unwrap();
    rows.unwrap()
}

fn draft(name: &str) -> stamp::Draft {
    stamp::Draft::new().name(name).text("first")
}

fn patch(text: &str) -> stamp::Patch {
    stamp::Patch::new().text(text)
}

async fn every_write_sets_them(database: &Database) {
    let db = &database.db;
    for (nth, context) in prepare(db).await.into_iter().enumerate() {
        let audit = db.audited(&context);
        let (name, other) = (format!("a{nth}"), format!("b{nth}"));
        let inserted = audit.insert(draft(&name)).await.unwrap();
        assert_eq!(touched(&inserted), all());
        let created = inserted.created_at;
        let nanoseconds = inserted.offset.unix_timestamp_nanos();
        assert_eq!(
            (inserted.updated_at, inserted.local.to_utc()),
            (created, created)
        );
        assert_eq!(created.timestamp_nanos_opt(), nanoseconds.try_into().ok());
        assert_eq!(inserted, stored(db, &name).await);
        // A row cannot set its own timestamps.
        let row = stamp::ActiveModel {
            name: Set(other.clone()),
            text: Set("first".to_owned()),
            ..aged()
        };
        assert_eq!(touched(&audit.insert(row).await.unwrap()), all());

        age(db).await;
        let written = entries(db).await.len();
        let same = audit.update(inserted.id, patch("first")).await.unwrap();
        assert_eq!(touched(&same), [""; 0]);
        assert_eq!(entries(db).await.len(), written);
        let updated = audit.update(inserted.id, patch("second")).await.unwrap();
        assert_eq!(touched(&updated), all_but_created());
        assert_eq!(updated, stored(db, &name).await);
        assert_eq!(touched(&stored(db, &other).await), [""; 0]);

        age(db).await;
        // The caller's row differs only in values that the engine set.
        let patched = patch("third");
        let updated = audit.update_if_unchanged(&updated, patched).await.unwrap();
        assert_eq!(touched(&updated), all_but_created());
        age(db).await;
        let applied = updated.apply(patch("fourth"), &audit).await.unwrap();
        assert_eq!(touched(&applied), all_but_created());
        audit.delete::<stamp::Entity>(applied.id).await.unwrap();

        let log = entries(db).await.split_off(written - 2);
        assert_eq!(log[0].after(), json!({ "name": name, "text": "first" }));
        for (entry, text) in log[2..5].iter().zip(["second", "third", "fourth"]) {
            assert_eq!(entry.after(), json!({ "text": text }));
        }
        assert_eq!(log[5].before(), json!({ "name": name, "text": "fourth" }));
        assert_eq!(log.len(), 6);
    }
}

#[test]
fn the_manifest_and_the_model_know_that_nothing_is_kept() {
    let coverage = Coverage::of(&entities![stamp::Entity]);
    let manifest: serde_json::Value = serde_json::from_str(&coverage.manifest()).unwrap();
    let fields = &manifest["entities"]["Stamp"]["fields"];
    assert_eq!(
        (
            &fields["created_at"],
            &fields["changed_at"],
            &fields["text"]
        ),
        (&json!("skip"), &json!("skip"), &json!("record")),
        "{manifest}"
    );
    let row = stamp::Model {
        id: 1,
        name: "a".to_owned(),
        text: "first".to_owned(),
        created_at: past(),
        updated_at: past(),
        changed_at: None,
        r#type: past().naive_utc(),
        local: past().into(),
        offset: time_of(past()),
        plain: None,
        seconds: ChronoUnixTimestamp(past()),
        milliseconds: ChronoUnixTimestampMillis(past()),
        more_seconds: TimeUnixTimestamp(time_of(past())),
        more_milliseconds: TimeUnixTimestampMillis(time_of(past())),
    };
    let later = stamp::Model {
        updated_at: DateTimeUtc::now(),
        ..row.clone()
    };
    assert!(row.changes_to(&later).is_empty());
    assert!(row.into_active_model().updated_at.is_unchanged());
}
