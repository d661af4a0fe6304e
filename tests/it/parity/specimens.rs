//! What the plans are compared on: entities, and rows of them that PostgreSQL takes.

use audit_runtime::audited::{Audited, ModelOf, NewRow};
use sea_orm::Value;
use serde_json::json;

use crate::types::{
    entities::{moment, number, text},
    rows,
};

/// An entity with rows that are worth a look.
pub trait Specimen: Audited<ActiveModel: NewRow<Entity = Self>> {
    /// What there must be before the table.
    const BEFORE: &str = "";
    /// The table, if SeaORM would make it otherwise.
    const TABLE: Option<&str> = None;
    /// What comes on top of the table.
    const AFTER: &str = "";

    /// Rows that PostgreSQL takes. Their keys are of no matter.
    fn rows() -> Vec<ModelOf<Self>>;

    fn keys() -> Vec<Vec<Value>> {
        (1..=3).map(|id: i32| vec![id.into()]).collect()
    }

    /// Columns whose values are the database's own.
    fn computed() -> Vec<Self::Column> {
        Vec::new()
    }
}

fn without<M>(rows: Vec<(&'static str, M)>, refused: &[&str]) -> Vec<M> {
    let rows = rows
        .into_iter()
        .filter(|(name, _)| !refused.contains(name));
    rows.map(|(_, row)| row).collect()
}

impl Specimen for number::Entity {
    fn rows() -> Vec<number::Model> {
        let mut rows = without(rows::numbers(), &["29 digits"]);
        let ordinary = rows[0].clone();
        let floats = [
            f32::NAN,
            f32::INFINITY,
            f32::NEG_INFINITY,
            -0.0,
            f32::from_bits(1),
        ];
        let with_floats = floats.map(|float| number::Model {
            float,
            float_or_null: Some(-float),
            double: f64::from_bits(1),
            double_or_null: Some(0.0),
            ..ordinary.clone()
        });
        rows.extend(with_floats);
        rows
    }
}

impl Specimen for text::Entity {
    fn rows() -> Vec<text::Model> {
        without(
            rows::texts(),
            &["NUL", "NUL in JSON", "NUL in binary JSON"],
        )
    }
}

impl Specimen for moment::Entity {
    fn rows() -> Vec<moment::Model> {
        let mut rows = without(rows::moments(), &["leap second"]);
        let ordinary = rows[0].clone();
        // Years that have no four digits, which only one of the two libraries has.
        let years = [
            "+10000-01-01T00:00:00",
            "+123456-07-08T09:10:11.12",
            "0000-02-29T23:59:59.999999",
            "-0001-12-31T00:00:00.000001",
            "-4000-03-01T12:00:00",
        ];
        let distant = years.map(|local| {
            let local: chrono::NaiveDateTime = local.parse().unwrap();
            moment::Model {
                day: local.date(),
                local,
                utc: local.and_utc(),
                zoned: local.and_utc().fixed_offset(),
                local_or_null: Some(local),
                ..ordinary.clone()
            }
        });
        rows.extend(distant);
        rows
    }
}

pub mod feeling {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "feelings")]
    #[audited(no_hooks, others = record)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        #[audited(record, label)]
        pub mood: Mood,
        pub mood_or_null: Option<Mood>,
        pub strength: u32,
        pub rank: Option<Rank>,
    }

    #[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
    #[sea_orm(rs_type = "String", db_type = "Enum", enum_name = "mood")]
    pub enum Mood {
        #[sea_orm(string_value = "so so")]
        SoSo,
        #[sea_orm(string_value = "it's \"fine\"")]
        Fine,
    }

    #[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
    #[sea_orm(rs_type = "i16", db_type = "SmallInteger")]
    pub enum Rank {
        #[sea_orm(num_value = -32768)]
        Least,
        #[sea_orm(num_value = 32767)]
        Greatest,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
}

impl Specimen for feeling::Entity {
    const BEFORE: &str = r#"CREATE TYPE "mood" AS ENUM ('so so', 'it''s "fine"')"#;

    fn rows() -> Vec<feeling::Model> {
        use feeling::{Model, Mood, Rank};

        let row = |mood, mood_or_null, strength, rank| Model {
            id: 0,
            mood,
            mood_or_null,
            strength,
            rank,
        };
        vec![
            row(Mood::SoSo, None, 0, None),
            row(Mood::Fine, Some(Mood::Fine), 1, Some(Rank::Least)),
            row(
                Mood::SoSo,
                Some(Mood::SoSo),
                i32::MAX as u32,
                Some(Rank::Greatest),
            ),
        ]
    }
}

pub mod vault {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "vaults")]
    #[audited(no_hooks, others = redact)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        #[audited(record)]
        pub owner: String,
        pub text: String,
        pub text_or_null: Option<String>,
        pub bytes_or_null: Option<Vec<u8>>,
        #[sea_orm(column_type = "Json", nullable)]
        pub json_or_null: Option<Json>,
        #[sea_orm(column_type = "JsonBinary")]
        pub json_binary: Json,
        pub double: f64,
        #[audited(skip)]
        pub seen: Option<String>,
        #[sea_orm(column_type = "Json", nullable)]
        #[audited(skip)]
        pub settings: Option<Json>,
        #[audited(skip)]
        pub tags: Vec<String>,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
}

impl Specimen for vault::Entity {
    fn rows() -> Vec<vault::Model> {
        let empty = vault::Model {
            id: 0,
            owner: "jane.doe".to_owned(),
            text: String::new(),
            text_or_null: None,
            bytes_or_null: None,
            json_or_null: None,
            json_binary: json!(null),
            double: 0.0,
            seen: None,
            settings: None,
            tags: Vec::new(),
        };
        let full = vault::Model {
            owner: "john.smith".to_owned(),
            text: "a".to_owned(),
            text_or_null: Some(String::new()),
            bytes_or_null: Some(vec![0]),
            json_or_null: Some(json!(null)),
            json_binary: json!({ "a": 1 }),
            double: -0.0,
            seen: Some("now".to_owned()),
            settings: Some(json!([1, 1.0])),
            tags: vec!["a".to_owned()],
            ..empty.clone()
        };
        vec![empty, full]
    }
}

pub mod composite {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

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
}

impl Specimen for composite::Entity {
    fn rows() -> Vec<composite::Model> {
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
        ];
        let rows = labels.into_iter().zip(0..);
        rows.map(|(label, value)| composite::Model {
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

pub mod long_key {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "long_keys")]
    #[audited(no_hooks, others = record)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
        #[audited(label)]
        pub id: String,
        pub value: Option<i32>,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
}

impl Specimen for long_key::Entity {
    fn rows() -> Vec<long_key::Model> {
        let values = [None, Some(0), Some(1)];
        let row = |value| long_key::Model {
            id: String::new(),
            value,
        };
        values.map(row).to_vec()
    }

    fn keys() -> Vec<Vec<Value>> {
        let keys = [
            "a".repeat(511),
            "a".repeat(512),
            "ž".repeat(513),
            "🦀".repeat(600) + " ",
            "\n \"quoted\" ".to_owned(),
            String::new(),
        ];
        keys.map(|key| vec![key.into()]).to_vec()
    }
}

pub mod draft {
    //! Its hooks change columns, and write to the row on their own.

    use audit_runtime::Audited;
    use sea_orm::{ActiveValue::Set, entity::prelude::*, sea_query::ExprTrait};

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "drafts")]
    #[audited(others = record)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        #[audited(record, label)]
        pub title: String,
        pub slug: String,
        pub saves: i32,
        #[audited(skip)]
        pub notes: Option<String>,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    #[sea_orm::prelude::async_trait::async_trait]
    impl ActiveModelBehavior for ActiveModel {
        async fn before_save<C: ConnectionTrait>(
            mut self,
            _db: &C,
            _insert: bool,
        ) -> Result<Self, DbErr> {
            if let Some(title) = self.title.try_as_ref() {
                self.slug = Set(title.to_lowercase());
            }
            if self.saves.try_as_ref() == Some(&99) {
                self.notes = Set(Some("many".to_owned()));
            }
            Ok(self)
        }

        async fn after_save<C: ConnectionTrait>(
            model: Model,
            db: &C,
            _insert: bool,
        ) -> Result<Model, DbErr> {
            if model.title.starts_with("Counted") {
                Entity::update_many()
                    .col_expr(Column::Saves, Expr::col(Column::Saves).add(1))
                    .filter(Column::Id.eq(model.id))
                    .exec(db)
                    .await?;
            }
            Ok(model)
        }

        async fn before_delete<C: ConnectionTrait>(self, _db: &C) -> Result<Self, DbErr> {
            match self.title.try_as_ref().map(String::as_str) {
                Some("Kept") => Err(DbErr::Custom("the hook keeps it".to_owned())),
                _ => Ok(self),
            }
        }
    }
}

impl Specimen for draft::Entity {
    fn rows() -> Vec<draft::Model> {
        let titles = ["", "First", "FIRST", "Counted", "Counted twice"];
        let rows = titles.into_iter().zip([0, 1, 99, 5, 99]);
        rows.map(|(title, saves)| draft::Model {
            id: 0,
            title: title.to_owned(),
            slug: String::new(),
            saves,
            notes: None,
        })
        .collect()
    }
}

pub mod parcel {
    //! A column is generated, and triggers change others.

    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

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
}

impl Specimen for parcel::Entity {
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

    fn rows() -> Vec<parcel::Model> {
        let addresses = ["", "lost", "found", "Main St 1"];
        let rows = addresses.into_iter().zip([0, 1, i32::MAX, -7]);
        rows.map(|(address, weight)| parcel::Model {
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

    fn computed() -> Vec<parcel::Column> {
        vec![parcel::Column::Twice]
    }
}

/// More columns than a function of PostgreSQL takes as name and value.
macro_rules! wide {
    ($($name:ident)+) => {
        pub mod wide {
            use audit_runtime::Audited;
            use sea_orm::entity::prelude::*;

            #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
            #[sea_orm(table_name = "wide")]
            #[audited(no_hooks, others = record)]
            pub struct Model {
                #[sea_orm(primary_key, auto_increment = false)]
                pub id: i32,
                $(pub $name: Option<i32>,)+
            }

            #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
            pub enum Relation {}
        }

        impl Specimen for wide::Entity {
            fn rows() -> Vec<wide::Model> {
                let row = |value| wide::Model { id: 0, $($name: value,)+ };
                vec![row(None), row(Some(0)), row(Some(1))]
            }
        }
    };
}

wide! {
    c01 c02 c03 c04 c05 c06 c07 c08 c09 c10 c11 c12 c13 c14 c15 c16 c17 c18 c19 c20
    c21 c22 c23 c24 c25 c26 c27 c28 c29 c30 c31 c32 c33 c34 c35 c36 c37 c38 c39 c40
    c41 c42 c43 c44 c45 c46 c47 c48 c49 c50 c51 c52 c53 c54 c55 c56 c57 c58 c59 c60
}
