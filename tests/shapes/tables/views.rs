//! Views through which the database writes.

/// An updatable view.
pub mod simple {
    use audit_runtime::Audited;
    use sea_orm::{DbBackend, entity::prelude::*};
    use serde_json::json;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "active_staff")]
    #[audited(no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        #[audited(create)]
        pub id: i32,
        #[audited(create, update)]
        pub name: String,
    }

    crate::walk::shape! { i32, by [Id],
        rows |n| json!({ "id": n, "name": "a" }),
        changes |n| json!({ "name": format!("b{n}") }),
        {
            fn tables(_: DbBackend, _: &str) -> Option<Vec<String>> {
                let columns =
                    "id int PRIMARY KEY, name varchar(40) NOT NULL, active int NOT NULL DEFAULT 1";
                Some(vec![
                    format!("CREATE TABLE staff ({columns})"),
                    "CREATE VIEW active_staff AS SELECT id, name FROM staff WHERE active = 1".to_owned(),
                ])
            }
        }
    }
}

/// A view with triggers that replace the statements.
pub mod instead {
    use audit_runtime::Audited;
    use sea_orm::{DbBackend, entity::prelude::*};
    use serde_json::json;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "addresses")]
    #[audited(no_hooks, locked)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        #[audited(create)]
        pub id: i32,
        #[audited(create, update)]
        pub street: String,
    }

    crate::walk::shape! { i32, by [Id],
        rows |n| json!({ "id": n, "street": "a" }),
        changes |n| json!({ "street": format!("b{n}") }),
        {
            fn refused(backend: DbBackend) -> &'static [(&'static str, &'static str)] {
                match backend {
                    DbBackend::Postgres => &[("insert_or_update a row that is there", "no unique constraint")],
                    // SQLite does not count rows that a trigger wrote.
                    _ => &[("update", "the database did not write the row (UPDATE)")],
                }
            }

            fn tables(backend: DbBackend, _: &str) -> Option<Vec<String>> {
                let tables = [
                    "CREATE TABLE places (id int PRIMARY KEY NOT NULL, text varchar(40) NOT NULL)",
                    "CREATE VIEW addresses AS SELECT id, text AS street FROM places",
                ];
                let triggers: &[&str] = match backend {
                    DbBackend::Postgres => &[
                        "CREATE FUNCTION instead() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
                         CASE TG_OP WHEN 'INSERT' THEN INSERT INTO places VALUES (NEW.id, NEW.street); RETURN NEW; \
                         WHEN 'UPDATE' THEN UPDATE places SET text = NEW.street WHERE id = OLD.id; RETURN NEW; \
                         ELSE DELETE FROM places WHERE id = OLD.id; RETURN OLD; END CASE; END $$",
                        "CREATE TRIGGER instead INSTEAD OF INSERT OR UPDATE OR DELETE ON addresses \
                         FOR EACH ROW EXECUTE FUNCTION instead()",
                    ],
                    _ => &[
                        "CREATE TRIGGER made INSTEAD OF INSERT ON addresses \
                         BEGIN INSERT INTO places VALUES (NEW.id, NEW.street); END",
                        "CREATE TRIGGER changed INSTEAD OF UPDATE ON addresses \
                         BEGIN UPDATE places SET text = NEW.street WHERE id = OLD.id; END",
                        "CREATE TRIGGER deleted INSTEAD OF DELETE ON addresses \
                         BEGIN DELETE FROM places WHERE id = OLD.id; END",
                    ],
                };
                Some(tables.iter().chain(triggers).map(|sql| (*sql).to_owned()).collect())
            }
        }
    }
}
