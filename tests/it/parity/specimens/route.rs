//! A key of two parts that are read through casts, with more than one spelling.

use audit_runtime::Audited;
use sea_orm::{Value, entity::prelude::*};

use super::Specimen;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
#[sea_orm(table_name = "routes")]
#[audited(no_hooks, others = record)]
pub struct Model {
    #[sea_orm(
        primary_key,
        auto_increment = false,
        select_as = "text",
        save_as = "inet"
    )]
    pub network: String,
    #[sea_orm(
        primary_key,
        auto_increment = false,
        select_as = "text",
        save_as = "numeric"
    )]
    pub metric: String,
    #[audited(record, label)]
    #[sea_orm(select_as = "text", save_as = "macaddr")]
    pub gateway: String,
    pub hops: i32,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl Specimen for Entity {
    const ODD: bool = false;
    const TABLE: Option<&str> = Some(
        "CREATE TABLE routes (network inet, metric numeric, gateway macaddr NOT NULL, hops integer NOT NULL, \
         PRIMARY KEY (network, metric))",
    );

    fn rows() -> Vec<Model> {
        let gateways = ["08-00-2B-01-02-03", "08:00:2b:01:02:03", "ffffffffffff"];
        let rows = gateways.into_iter().zip(0..);
        rows.map(|(gateway, hops)| Model {
            network: String::new(),
            metric: String::new(),
            gateway: gateway.to_owned(),
            hops,
        })
        .collect()
    }

    fn keys() -> Vec<Vec<Value>> {
        vec![
            vec!["10.0.0.1".into(), "1".into()],
            vec!["10.0.0.1/32".into(), "1.00".into()],
            vec!["2001:DB8::/32".into(), "12345678901234567890.10".into()],
        ]
    }
}
