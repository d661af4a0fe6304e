//! The tables behind an entity, and effects of the database.

pub mod views;

/// The definition of a column with a number that the database generates.
pub fn counted(backend: sea_orm::DbBackend) -> &'static str {
    match backend {
        sea_orm::DbBackend::Postgres => "serial PRIMARY KEY",
        sea_orm::DbBackend::MySql => "int AUTO_INCREMENT PRIMARY KEY",
        _ => "integer PRIMARY KEY AUTOINCREMENT",
    }
}

/// A partitioned table.
pub mod partitioned {
    use audit_runtime::Audited;
    use sea_orm::{DbBackend, entity::prelude::*};
    use serde_json::{Value, json};

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "measurements")]
    #[audited(no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        #[audited(create)]
        pub station: i32,
        #[sea_orm(primary_key, auto_increment = false)]
        #[audited(create)]
        pub day: Date,
        #[audited(create, update)]
        pub value: i64,
    }

    pub struct Shape;

    impl super::super::walk::Shape for Shape {
        type Id = (i32, Date);
        type Entity = Entity;
        type Draft = Draft;
        type Patch = Patch;

        fn conflict() -> Vec<Column> {
            vec![Column::Station, Column::Day]
        }

        fn tables(backend: DbBackend, _: &str) -> Option<Vec<String>> {
            let columns = "station int NOT NULL, day date NOT NULL, value bigint NOT NULL, PRIMARY KEY (station, day)";
            if backend == DbBackend::MySql {
                let partitions = "PARTITION BY HASH (station) PARTITIONS 3";
                return Some(vec![format!(
                    "CREATE TABLE measurements ({columns}) {partitions}"
                )]);
            }
            Some(vec![
                format!("CREATE TABLE measurements ({columns}) PARTITION BY RANGE (day)"),
                "CREATE TABLE measurements_old PARTITION OF measurements FOR VALUES FROM (MINVALUE) TO ('2024-01-03')"
                    .to_owned(),
                "CREATE TABLE measurements_new PARTITION OF measurements DEFAULT".to_owned(),
            ])
        }

        fn row(n: i32) -> Value {
            json!({ "station": n % 2, "day": format!("2024-01-0{}", n + 1), "value": 0 })
        }

        fn change(n: i32) -> Value {
            json!({ "value": i64::from(n) << 40 })
        }
    }
}

/// A trigger that counts the updates of a row.
pub mod touched {
    use audit_runtime::Audited;
    use sea_orm::{DbBackend, entity::prelude::*};
    use serde_json::{Value, json};

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "wikis")]
    #[audited(no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        #[audited(create)]
        pub id: i32,
        #[audited(create, update)]
        pub text: String,
        #[audited(record)]
        pub revision: i32,
    }

    pub struct Shape;

    impl super::super::walk::Shape for Shape {
        type Id = i32;
        type Entity = Entity;
        type Draft = Draft;
        type Patch = Patch;

        const IS_TOUCHED: bool = true;

        fn taken_back() -> Vec<Column> {
            vec![Column::Text]
        }

        fn conflict() -> Vec<Column> {
            vec![Column::Id]
        }

        fn tables(backend: DbBackend, _: &str) -> Option<Vec<String>> {
            let columns = "id int PRIMARY KEY NOT NULL, text varchar(40) NOT NULL, revision int NOT NULL DEFAULT 0";
            let mut statements = vec![format!("CREATE TABLE wikis ({columns})")];
            match backend {
                DbBackend::Postgres => statements.extend([
                    "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS \
                     $$ BEGIN NEW.revision := OLD.revision + 1; RETURN NEW; END $$"
                        .to_owned(),
                    "CREATE TRIGGER touch BEFORE UPDATE ON wikis FOR EACH ROW EXECUTE FUNCTION touch()".to_owned(),
                ]),
                DbBackend::MySql => statements.push(
                    "CREATE TRIGGER touch BEFORE UPDATE ON wikis FOR EACH ROW SET NEW.revision = OLD.revision + 1"
                        .to_owned(),
                ),
                _ => statements.push(
                    "CREATE TRIGGER touch AFTER UPDATE OF text ON wikis BEGIN \
                     UPDATE wikis SET revision = OLD.revision + 1 WHERE id = NEW.id; END"
                        .to_owned(),
                ),
            }
            Some(statements)
        }

        fn row(n: i32) -> Value {
            json!({ "id": n, "text": "a" })
        }

        fn change(n: i32) -> Value {
            json!({ "text": format!("b{n}") })
        }
    }
}

/// Rules with additional effects, because of which PostgreSQL refuses the statement inside another one.
pub mod ruled {
    use audit_runtime::Audited;
    use sea_orm::{DbBackend, entity::prelude::*};
    use serde_json::{Value, json};

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "papers")]
    #[audited(no_hooks, locked)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        #[audited(create)]
        pub id: i32,
        #[audited(create, update)]
        pub text: String,
    }

    pub struct Shape;

    impl super::super::walk::Shape for Shape {
        type Id = i32;
        type Entity = Entity;
        type Draft = Draft;
        type Patch = Patch;

        fn conflict() -> Vec<Column> {
            vec![Column::Id]
        }

        fn refused(_: DbBackend) -> &'static [(&'static str, &'static str)] {
            &[("insert_or_update a row that is not there", "ON CONFLICT")]
        }

        fn tables(_: DbBackend, _: &str) -> Option<Vec<String>> {
            Some(vec![
                "CREATE TABLE papers (id int PRIMARY KEY, text text NOT NULL)".to_owned(),
                "CREATE TABLE seen (id int NOT NULL, what text NOT NULL)".to_owned(),
                "CREATE RULE made AS ON INSERT TO papers DO ALSO INSERT INTO seen VALUES (NEW.id, 'insert')".to_owned(),
                "CREATE RULE changed AS ON UPDATE TO papers WHERE OLD.text <> NEW.text \
                 DO ALSO INSERT INTO seen VALUES (OLD.id, NEW.text)"
                    .to_owned(),
                "CREATE RULE shredded AS ON DELETE TO papers DO ALSO INSERT INTO seen VALUES (OLD.id, 'delete')".to_owned(),
            ])
        }

        fn row(n: i32) -> Value {
            json!({ "id": n, "text": "a" })
        }

        fn change(n: i32) -> Value {
            json!({ "text": format!("b{n}") })
        }
    }
}

/// Such a table whose entity is not marked as `locked`: its writes are refused, and the error gives the reason.
pub mod ruled_unsaid {
    use audit_runtime::Audited;
    use sea_orm::{DbBackend, entity::prelude::*};
    use serde_json::json;

    use super::ruled;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "papers")]
    #[audited(no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        #[audited(create)]
        pub id: i32,
        #[audited(create, update)]
        pub text: String,
    }

    crate::walk::shape! { i32, by [Id],
        rows |n| json!({ "id": n, "text": "a" }),
        changes |n| json!({ "text": format!("b{n}") }),
        {
            fn tables(backend: DbBackend, _: &str) -> Option<Vec<String>> {
                let mut statements = <ruled::Shape as crate::walk::Shape>::tables(backend, "")?;
                statements.retain(|statement| !statement.contains("ON INSERT") && !statement.contains("ON UPDATE"));
                Some(statements)
            }

            fn refused(_: DbBackend) -> &'static [(&'static str, &'static str)] {
                &[("delete in a unit", "rules"), ("delete_many", "rules"), ("delete", "rules")]
            }
        }
    }
}

/// A table with many columns, as it grows over the years.
#[allow(
    dead_code,
    reason = "what SeaORM generates inside of a macro is not exempt from it"
)]
pub mod wide;
