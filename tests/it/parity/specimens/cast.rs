//! Columns that are read and written through casts.

use audit_runtime::Audited;
use sea_orm::entity::prelude::*;

use super::Specimen;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Audited)]
#[sea_orm(table_name = "casts")]
#[audited(no_hooks, others = record)]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    #[sea_orm(select_as = "text", save_as = "numeric")]
    #[audited(record, label)]
    pub amount: String,
    #[sea_orm(select_as = "text", save_as = "numeric")]
    pub amount_or_null: Option<String>,
    #[sea_orm(select_as = "text", save_as = "inet")]
    pub address: String,
    #[sea_orm(select_as = "text", save_as = "cidr")]
    pub network: String,
    #[sea_orm(select_as = "varchar", save_as = "public.citext")]
    pub name: String,
    #[sea_orm(
        column_type = "custom(\"citext\")",
        select_as = "text",
        save_as = "public.citext"
    )]
    pub other_name: String,
    #[sea_orm(
        column_type = "custom(\"ltree\")",
        select_as = "text",
        save_as = "public.ltree",
        nullable
    )]
    pub path: Option<String>,
    #[sea_orm(select_as = "text", save_as = "feeling")]
    pub feeling: String,
    #[sea_orm(select_as = "text", save_as = "jsonb")]
    pub document: String,
    #[sea_orm(select_as = "text", save_as = "money")]
    pub price: String,
    #[sea_orm(select_as = "numeric", save_as = "money")]
    pub cost: Decimal,
    #[sea_orm(select_as = "text", save_as = "interval")]
    pub duration: String,
    #[sea_orm(select_as = "double precision", save_as = "numeric")]
    pub ratio: f64,
    #[sea_orm(select_as = "date", save_as = "timestamptz")]
    pub day: Date,
    #[sea_orm(select_as = "jsonb", save_as = "json", column_type = "Json")]
    pub settings: Json,
    #[sea_orm(select_as = "text", save_as = "varchar(3)")]
    pub short: String,
    #[audited(redact)]
    #[sea_orm(select_as = "text", save_as = "numeric", nullable)]
    pub secret: Option<String>,
    #[audited(skip)]
    #[sea_orm(select_as = "text", save_as = "inet", nullable)]
    pub seen_from: Option<String>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl Specimen for Entity {
    const BEFORE: &str = "CREATE EXTENSION IF NOT EXISTS citext SCHEMA public; \
         CREATE EXTENSION IF NOT EXISTS ltree SCHEMA public; \
         CREATE TYPE feeling AS ENUM ('so so', 'fine')";
    const ODD: bool = false;
    const TABLE: Option<&str> = Some(
        "CREATE TABLE casts (id integer PRIMARY KEY, amount numeric NOT NULL, amount_or_null numeric, \
         address inet NOT NULL, network cidr NOT NULL, name public.citext NOT NULL, other_name public.citext NOT NULL, \
         path public.ltree, feeling feeling NOT NULL, document jsonb NOT NULL, price money NOT NULL, \
         cost money NOT NULL, duration interval NOT NULL, ratio numeric NOT NULL, day timestamptz NOT NULL, \
         settings json NOT NULL, short varchar NOT NULL, secret numeric, seen_from inet)",
    );

    fn rows() -> Vec<Model> {
        let row = |amount: &str, address: &str, name: &str, document: &str| Model {
            id: 0,
            amount: amount.to_owned(),
            amount_or_null: (amount.len() > 3).then(|| amount.to_owned()),
            address: address.to_owned(),
            network: "10.0.0.0/8".to_owned(),
            name: name.to_owned(),
            other_name: name.to_owned(),
            path: (amount.len() > 3).then(|| "top.science".to_owned()),
            feeling: if amount.len() > 3 { "fine" } else { "so so" }.to_owned(),
            document: document.to_owned(),
            price: "$1,234.50".to_owned(),
            cost: Decimal::new(123_450, 2),
            duration: "1 day 02:03:04.5".to_owned(),
            ratio: 0.1,
            day: chrono::NaiveDate::from_ymd_opt(2024, 2, 29).unwrap(),
            settings: serde_json::json!({ "a": [1, null] }),
            short: "abcdef".to_owned(),
            secret: (amount.len() > 3).then(|| amount.to_owned()),
            seen_from: None,
        };
        vec![
            row(
                "12345678901234567890.10",
                "10.0.0.1/32",
                "Jane",
                r#"{"b": 1, "a": 1.0}"#,
            ),
            row("1.1", "10.0.0.1", "JANE", "null"),
            row("1.10", "10.0.0.0/8", "jane ", r#"{"a":1.0,"b":1}"#),
            row("-0", "2001:DB8::1", "", "[]"),
            row("NaN", "::1/128", "ž", "12345678901234567890123"),
        ]
    }
}
