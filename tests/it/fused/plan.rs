//! When the fused plan is used.

use audit_runtime::prelude::*;
use sea_orm::{ColumnTrait, DatabaseBackend::Postgres, IntoActiveModel};
use tracing::Level;

use crate::{
    backend::run,
    entities::{context, create_table, entries},
    traces::Traces,
    types::{self, check::ID, rows, whole},
};

mod reading {
    //! An entity whose label has a type that only Rust can convert to text.

    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "readings")]
    #[audited(no_hooks, others = record)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[audited(record, label)]
        pub celsius: f64,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
}

mod country {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "countries")]
    #[audited(no_hooks, others = record)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false, column_type = "Char(Some(2))")]
        pub code: String,
        #[audited(update)]
        pub name: String,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
}

#[test]
fn what_has_no_sql_encoder_is_locked() {
    run(Postgres, async |database| {
        use types::entities::postgres;

        let db = &database.db;
        audit_runtime::schema::install(db).await.unwrap();
        database
            .execute(r#"CREATE TYPE "mood" AS ENUM ('so so', 'it''s "fine"')"#)
            .await;
        types::create_table(db, postgres::Entity).await;
        create_table(db, reading::Entity).await.unwrap();
        create_table(db, country::Entity).await.unwrap();
        let traces = Traces::keep(Level::DEBUG);
        let context = context();
        let audit = db.audited(&context);
        let reason = |field| {
            vec![format!(
                "locked plan: the type of `{field}` has no SQL encoder"
            )]
        };
        let plans = || {
            let mut plans = traces.plans();
            plans.dedup();
            plans
        };

        let [(_, first), (_, second)] = &rows::postgres()[..2] else {
            unreachable!()
        };
        audit
            .insert(first.clone().into_active_model())
            .await
            .unwrap();
        assert_eq!(plans(), reason("network"));
        audit.update(ID, whole(second)).await.unwrap();
        assert_eq!(plans(), reason("network"));
        audit.delete::<postgres::Entity>(ID).await.unwrap();
        assert_eq!(plans(), reason("network"));

        let warm = reading::Model {
            id: 1,
            celsius: 21.5,
        };
        audit.insert(warm.into_active_model()).await.unwrap();
        assert_eq!(plans(), reason("celsius"));
        let france = country::Model {
            code: "fr".to_owned(),
            name: "France".to_owned(),
        };
        audit
            .insert_many([france.into_active_model()])
            .await
            .unwrap();
        audit
            .update_many(
                country::Column::Code.eq("fr"),
                country::Patch::new().name("la France"),
            )
            .await
            .unwrap();
        audit
            .delete_many::<country::Entity>(country::Column::Code.eq("fr"))
            .await
            .unwrap();
        assert_eq!(plans(), ["fused plan"]);
        assert_eq!(entries(db).await.len(), 7);
    });
}
