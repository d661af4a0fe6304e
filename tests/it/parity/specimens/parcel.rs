//! An entity with a generated column, and triggers that change other columns.

use audit_runtime::Audited;
use sea_orm::entity::prelude::*;
use serde_json::json;

use super::Specimen;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
#[sea_orm(table_name = "parcels")]
#[audited(no_hooks, others = record)]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    pub weight: i32,
    pub twice: i64,
    #[audited(record, label)]
    pub address: String,
    pub revision: i32,
    #[audited(skip)]
    pub seen: i32,
    #[sea_orm(column_type = "Json", nullable)]
    pub stamp: Option<Json>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl Specimen for Entity {
    const TABLE: Option<&str> = Some(
        "CREATE TABLE parcels (id integer PRIMARY KEY, weight integer NOT NULL, \
         twice bigint NOT NULL GENERATED ALWAYS AS (weight::bigint * 2) STORED, address varchar NOT NULL, \
         revision integer NOT NULL, seen integer NOT NULL, stamp json)",
    );
    const AFTER: &str = "CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
         NEW.revision := NEW.revision + 1; NEW.seen := NEW.seen + 1; \
         IF NEW.address = 'lost' THEN NEW.address := OLD.address; NEW.stamp := NULL; END IF; \
         IF NEW.address = 'found' THEN NEW.stamp := json_build_object('weight', NEW.weight); END IF; \
         RETURN NEW; END $$; \
         CREATE TRIGGER stamp BEFORE UPDATE ON parcels FOR EACH ROW EXECUTE FUNCTION stamp()";

    fn rows() -> Vec<Model> {
        let addresses = ["", "lost", "found", "Main St 1"];
        let rows = addresses.into_iter().zip([0, 1, i32::MAX, -7]);
        rows.map(|(address, weight)| Model {
            id: 0,
            weight,
            twice: 0,
            address: address.to_owned(),
            revision: 0,
            seen: 0,
            stamp: (weight > 0).then(|| json!({ "a": [1, 1.5] })),
        })
        .collect()
    }

    fn computed() -> Vec<Column> {
        vec![Column::Twice]
    }
}
