//! A key of four parts, and labels that are not suitable for display.

use audit_runtime::Audited;
use sea_orm::{Value, entity::prelude::*};

use super::Specimen;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
#[sea_orm(table_name = "composites")]
#[audited(no_hooks, others = record)]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub region: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub since: DateTimeUtc,
    #[sea_orm(primary_key, auto_increment = false)]
    pub is_open: bool,
    #[sea_orm(column_type = "Text", nullable)]
    #[audited(record, label)]
    pub label: Option<String>,
    pub value: i32,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl Specimen for Entity {
    fn rows() -> Vec<Model> {
        let labels = [
            None,
            Some(String::new()),
            Some("\u{1}a\tb\r\nc\u{7f}\u{85}\u{9f}d\u{a0}\u{202e}".to_owned()),
            Some("ž".repeat(255)),
            Some("ž".repeat(256)),
            Some("\n".repeat(255)),
            Some("\r\t".repeat(200) + "🦀"),
            Some("\u{1}".repeat(20) + &"a".repeat(255)),
            Some("it's \\ \"quoted\" $1 ?".to_owned()),
            Some(r"\u{1} \\u{2} \u \u{".to_owned()),
            Some(r"\u{1}".repeat(60)),
            Some("a".repeat(253) + r"\u{1}"),
            Some("a".repeat(251) + "\u{1}"),
        ];
        let rows = labels.into_iter().zip(0..);
        rows.map(|(label, value)| Model {
            region: String::new(),
            number: 0,
            since: chrono::DateTime::UNIX_EPOCH,
            is_open: false,
            label,
            value,
        })
        .collect()
    }

    fn keys() -> Vec<Vec<Value>> {
        let instant = |micros| chrono::DateTime::from_timestamp_micros(micros).unwrap();
        vec![
            vec!["".into(), 0_i64.into(), instant(0).into(), false.into()],
            vec![
                "a,\"b\\\n\u{1}\u{7f}\u{85}\u{2028}🦀/'".into(),
                i64::MIN.into(),
                instant(-62_200_000_000_000_001).into(),
                true.into(),
            ],
            vec![
                "ž".repeat(520).into(),
                ((1_i64 << 53) + 1).into(),
                instant(253_402_300_800_000_000).into(),
                true.into(),
            ],
        ]
    }
}
