//! Rows with values that the present model cannot hold: they can be changed and deleted, and entries contain the
//! values.

mod entities;
mod operations;

use audit_runtime::{
    __private::locked, AuditContext, Changes, Entry, Error, encode::Encoded, prelude::*,
};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseConnection, DbBackend, Schema};
use serde_json::{Value as Json, json};

use crate::{
    backend::{Database, on_every_backend},
    entities::{context, create_table, entries},
};
use entities::{AtMost, narrow_tally, new, old, wide_tally};

on_every_backend!(
    a_patch_that_sets_what_is_in_the_way_changes_the_row,
    a_patch_that_does_not_is_refused_and_names_the_field,
    a_number_out_of_range_is_recorded
);

/// A field, and its value from before the code changed.
#[derive(Clone, Copy, Debug)]
enum Field {
    State,
    Level,
    Mood,
    Grade,
    Details,
}

const FIELDS: [Field; 5] = [
    Field::State,
    Field::Level,
    Field::Mood,
    Field::Grade,
    Field::Details,
];

impl Field {
    fn name(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::Level => "level",
            Self::Mood => "mood",
            Self::Grade => "grade",
            Self::Details => "details",
        }
    }

    /// The old value, as the log stores it.
    fn retired(self) -> Json {
        match self {
            Self::State | Self::Mood => json!("retired"),
            Self::Level => json!(9),
            Self::Grade => json!(900),
            Self::Details => json!({ "was": 2 }),
        }
    }

    fn living(self) -> Json {
        match self {
            Self::State | Self::Mood => json!("living"),
            Self::Level => json!(1),
            Self::Grade => json!(1),
            Self::Details => json!({ "is": 1 }),
        }
    }

    fn retire(self) -> old::Patch {
        let patch = old::Patch::new();
        match self {
            Self::State => patch.state(old::State::Retired),
            Self::Level => patch.level(old::Level::Retired),
            Self::Mood => patch.mood(old::Mood::Retired),
            Self::Grade => patch.grade(AtMost(900)),
            Self::Details => patch.details(old::Details { was: 2 }),
        }
    }

    fn replace(self) -> new::Patch {
        let patch = new::Patch::new();
        match self {
            Self::State => patch.state(new::State::Living),
            Self::Level => patch.level(new::Level::Living),
            Self::Mood => patch.mood(new::Mood::Living),
            Self::Grade => patch.grade(AtMost(1)),
            Self::Details => patch.details(new::Details { is: 1 }),
        }
    }
}

/// Runs the fields one by one, each with its own row, by every plan.
struct Stage<'a> {
    db: &'a DatabaseConnection,
    contexts: Vec<AuditContext>,
}

impl<'a> Stage<'a> {
    async fn new(database: &'a Database) -> Self {
        let db = &database.db;
        audit_runtime::schema::install(db).await.unwrap();
        if database.backend() == DbBackend::Postgres {
            for statement in Schema::new(DbBackend::Postgres).create_enum_from_entity(old::Entity) {
                db.execute(&statement).await.unwrap();
            }
        }
        create_table(db, old::Entity).await.unwrap();
        Self {
            db,
            contexts: vec![context(), locked(context())],
        }
    }

    /// All cases: a context, a field and the id of its row.
    fn cases(&self) -> impl Iterator<Item = (&AuditContext, Field, i32)> {
        let cases = self
            .contexts
            .iter()
            .flat_map(|context| FIELDS.map(|field| (context, field)));
        cases
            .zip(1..)
            .map(|((context, field), id)| (context, field, id))
    }

    /// Inserts a row with a retired value. Its struct has the new fields, unless the field is the struct.
    async fn retired(&self, field: Field, id: i32) {
        let context = context();
        let audit = self.db.audited(&context);
        // With the new struct, because otherwise every row would have two unfit fields.
        audit.insert(row(id)).await.unwrap();
        self.retire(field, id).await;
    }

    /// Sets the retired value by the old code, which does not know the new struct.
    async fn retire(&self, field: Field, id: i32) {
        let context = context();
        let audit = self.db.audited(&context);
        let one = old::Column::Id.eq(id);
        assert_eq!(audit.update_many(one, field.retire()).await.unwrap(), 1);
    }

    async fn last(&self) -> Entry {
        entries(self.db).await.pop().unwrap()
    }

    async fn count(&self) -> usize {
        entries(self.db).await.len()
    }
}

fn row(id: i32) -> new::Draft {
    new::Draft::new()
        .id(id)
        .note("new")
        .state(new::State::Living)
        .level(new::Level::Living)
        .mood(new::Mood::Living)
        .grade(AtMost(1))
        .details(new::Details { is: 1 })
}

fn plain(json: Json) -> Option<Encoded> {
    Some(Encoded::Plain(json))
}

#[track_caller]
fn assert_replaced(changes: &Changes, field: Field) {
    let change = changes.get(field.name()).unwrap();
    assert_eq!(change.before, plain(field.retired()), "{field:?}");
    assert_eq!(change.after, plain(field.living()), "{field:?}");
    assert_eq!(changes.len(), 1, "{field:?}");
}

async fn a_patch_that_sets_what_is_in_the_way_changes_the_row(database: &Database) {
    let stage = Stage::new(database).await;
    for (context, field, id) in stage.cases() {
        stage.retired(field, id).await;
        let audit = stage.db.audited(context);
        let before = audit
            .update(id, field.replace().note("kept"))
            .await
            .unwrap();
        assert_eq!((before.state, &*before.note), (new::State::Living, "kept"));
        let entry = stage.last().await;
        let change = entry.changes.get(field.name()).unwrap();
        assert_eq!(change.before, plain(field.retired()), "{field:?}");
        assert_eq!(change.after, plain(field.living()), "{field:?}");
        assert_eq!(entry.changes.len(), 2);

        // In a unit, and for a row that the caller loaded before.
        stage.retire(field, id).await;
        let unit = audit.begin().await.unwrap();
        let conflict = unit.update_if_unchanged(&before, field.replace()).await;
        let Err(Error::Conflict { fields, .. }) = conflict else {
            panic!("{field:?}: {conflict:?}")
        };
        assert_eq!(fields, [field.name()]);
        unit.update(id, field.replace()).await.unwrap();
        unit.commit().await.unwrap();
        assert_replaced(&stage.last().await.changes, field);
    }
}

async fn a_patch_that_does_not_is_refused_and_names_the_field(database: &Database) {
    let stage = Stage::new(database).await;
    for (context, field, id) in stage.cases() {
        stage.retired(field, id).await;
        let count = stage.count().await;
        // A write in one statement has changed the row before it is read. In a unit, this change is rolled back.
        let is_fused =
            database.backend() == DbBackend::Postgres && *context == crate::entities::context();
        let audit = stage.db.audited(context);
        let unit = audit.begin().await.unwrap();
        let refused = unit.update(id, new::Patch::new().note("changed")).await;
        if is_fused {
            refused.unwrap_err();
            assert!(matches!(unit.commit().await, Err(Error::UnitFailed)));
        } else {
            assert_unfit(refused, field);
            // The unit stays usable.
            unit.update(id, field.replace()).await.unwrap();
            unit.rollback().await.unwrap();
            assert_unfit(
                audit.update(id, new::Patch::new().note("changed")).await,
                field,
            );
        }
        assert_eq!(stage.count().await, count);
    }
}

#[track_caller]
fn assert_unfit<T: std::fmt::Debug>(result: Result<T, Error>, field: Field) {
    match result {
        Err(Error::Unfit { fields, .. }) => assert_eq!(fields, [field.name()]),
        other => panic!("{field:?}: {other:?}"),
    }
}

/// The other databases read a number in any width, and fail if it does not fit.
async fn a_number_out_of_range_is_recorded(database: &Database) {
    if database.backend() == DbBackend::Postgres {
        return;
    }
    let db = &database.db;
    audit_runtime::schema::install(db).await.unwrap();
    create_table(db, wide_tally::Entity).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    let many = || wide_tally::Draft::new().id(1).count(70_000);
    audit.insert(many()).await.unwrap();
    let unfit = audit.update_if_unchanged(
        &narrow_tally::Model { id: 1, count: 1 },
        narrow_tally::Patch::new().count(2_i16),
    );
    assert!(matches!(unfit.await, Err(Error::Conflict { .. })));
    audit
        .update(1, narrow_tally::Patch::new().count(7_i16))
        .await
        .unwrap();
    audit
        .update(1, wide_tally::Patch::new().count(70_000))
        .await
        .unwrap();
    audit.delete::<narrow_tally::Entity>(1).await.unwrap();
    let entries = entries(db).await;
    let before = entries
        .iter()
        .map(|entry| entry.changes.before())
        .collect::<Vec<_>>();
    assert_eq!(
        before,
        [
            json!({}),
            json!({ "count": 70_000 }),
            json!({ "count": 7 }),
            json!({ "count": 70_000 })
        ]
    );
}
