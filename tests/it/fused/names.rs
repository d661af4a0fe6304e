//! Tables and columns may have any name, including names that the statements use.

use audit_runtime::{Upserted, prelude::*};
use sea_orm::{ColumnTrait, DatabaseBackend::Postgres, IntoActiveModel};
use tracing::Level;

use crate::{
    backend::run,
    entities::{context, create_table, entries},
    traces::Traces,
};

macro_rules! named {
    ($($name:ident: $table:literal,)+) => {
        $(
            mod $name {
                use audit_runtime::Audited;
                use sea_orm::entity::prelude::*;

                #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
                #[sea_orm(table_name = $table)]
                #[audited(no_hooks, others = record)]
                pub struct Model {
                    #[sea_orm(primary_key, auto_increment = false, column_name = "audit id")]
                    pub id: i32,
                    #[audited(update, label)]
                    #[sea_orm(column_name = "audit label")]
                    pub label: String,
                    #[audited(update)]
                    #[sea_orm(column_name = "audit changes")]
                    pub changes: i32,
                    #[audited(update)]
                    #[sea_orm(column_name = "audit differs")]
                    pub differs: bool,
                    #[sea_orm(column_name = "audit written")]
                    pub written: bool,
                    #[sea_orm(column_name = "audit count")]
                    pub count: i64,
                    #[sea_orm(column_name = "id")]
                    pub other_id: i32,
                    #[sea_orm(column_name = "label")]
                    pub other_label: String,
                    #[audited(update)]
                    #[sea_orm(column_name = "changes")]
                    pub other_changes: i32,
                    #[sea_orm(column_name = "differs")]
                    pub other_differs: bool,
                    #[sea_orm(column_name = "written")]
                    pub other_written: bool,
                    #[sea_orm(column_name = "written_")]
                    pub one_more_written: bool,
                    #[sea_orm(column_name = "count")]
                    pub other_count: i64,
                    #[sea_orm(column_name = "column 0")]
                    pub last: i32,
                    #[sea_orm(column_name = "column 1")]
                    pub first: i32,
                    #[sea_orm(column_name = "one")]
                    pub one: i32,
                    pub element: Vec<i32>,
                    #[audited(update)]
                    pub value: Vec<i32>,
                }

                #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
                pub enum Relation {}

                pub fn row(id: i32) -> Model {
                    Model {
                        id,
                        label: format!("label {id}"),
                        changes: 1,
                        differs: true,
                        written: false,
                        count: 2,
                        other_id: 3,
                        other_label: "other".to_owned(),
                        other_changes: 4,
                        other_differs: false,
                        other_written: false,
                        one_more_written: false,
                        other_count: 5,
                        last: 6,
                        first: 7,
                        one: 8,
                        element: vec![9],
                        value: vec![10, 11],
                    }
                }
            }
        )+

        #[test]
        fn tables_and_columns_are_called_as_parts_of_the_statements_are() {
            run(Postgres, async |database| {
                let db = &database.db;
                audit_runtime::schema::install(db).await.unwrap();
                let traces = Traces::keep(Level::DEBUG);
                let context = context();
                let audit = db.audited(&context);
                $({
                    use $name::{Column, Patch, row};

                    create_table(db, $name::Entity).await.unwrap();
                    let before = entries(db).await.len();
                    let inserted = audit.insert(row(1).into_active_model()).await.unwrap();
                    assert_eq!(inserted, row(1));
                    let patch = || Patch::new().changes(2).other_changes(5).value(vec![12]);
                    let updated = audit.update(1, patch()).await.unwrap();
                    assert_eq!((updated.changes, updated.other_changes, &*updated.value), (2, 5, &[12][..]));
                    assert_eq!(audit.update(1, patch()).await.unwrap(), updated);
                    let many = [2, 3].map(|id| row(id).into_active_model());
                    assert_eq!(audit.insert_many(many).await.unwrap(), [row(2), row(3)]);
                    assert_eq!(audit.update_many(Column::OtherId.eq(3), patch()).await.unwrap(), 2);
                    let upserted = audit.insert_or_update(
                        row(3).into_active_model(),
                        [Column::Id],
                        Patch::new().differs(false),
                    );
                    assert!(matches!(upserted.await.unwrap(), Upserted::Updated(row) if !row.differs));
                    let unit = audit.begin().await.unwrap();
                    let label = Patch::new().label("other");
                    assert_eq!(unit.update(3, label).await.unwrap().label, "other");
                    unit.delete::<$name::Entity>(3).await.unwrap();
                    unit.commit().await.unwrap();
                    assert_eq!(audit.delete_many::<$name::Entity>(Column::Count.eq(2)).await.unwrap(), 2);

                    let log = entries(db).await;
                    let log = &log[before..];
                    assert_eq!(log.len(), 1 + 1 + 2 + 2 + 1 + 2 + 2);
                    let ids: Vec<_> = log[..2].iter().map(|entry| entry.entity_id.as_deref()).collect();
                    assert_eq!(ids, [Some("1"), Some("1")]);
                    assert_eq!(log[1].entity_label.as_deref(), Some("label 1"));
                    let after = serde_json::json!({ "changes": 2, "other_changes": 5, "value": [12] });
                    assert_eq!(log[1].after(), after);
                    assert_eq!(log[0].after()["other_id"], 3);
                })+
                let plans = traces.plans();
                assert!(plans.iter().all(|plan| plan == "fused plan"), "{plans:?}");
            });
        }
    };
}

named! {
    before: "audit: before",
    changed: "audit: changed",
    logged: "audit: logged",
    always: "audit: always",
    audit_before: "audit_before",
    audit_changed: "audit_changed",
    audit_logged: "audit_logged",
    audit_always: "audit_always",
    element: "element",
    found: "audit_log_entries",
}
