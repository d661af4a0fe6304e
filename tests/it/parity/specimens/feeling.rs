//! Enums and unsigned numbers in types of the database.

use audit_runtime::Audited;
use sea_orm::entity::prelude::*;

use super::Specimen;

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
    pub oid: u32,
    pub oid_or_null: Option<u32>,
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

impl Specimen for Entity {
    const BEFORE: &str = r#"CREATE TYPE "mood" AS ENUM ('so so', 'it''s "fine"')"#;
    // SeaORM reads an unsigned number from these two types.
    const TABLE: Option<&str> = Some(
        "CREATE TABLE feelings (id integer PRIMARY KEY, mood mood NOT NULL, mood_or_null mood, \
         strength integer NOT NULL, oid oid NOT NULL, oid_or_null oid, rank smallint)",
    );

    fn rows() -> Vec<Model> {
        let row = |mood, mood_or_null, strength, oid, rank| Model {
            id: 0,
            mood,
            mood_or_null,
            strength,
            oid,
            oid_or_null: mood_or_null.map(|_| oid),
            rank,
        };
        let greatest = i32::MAX as u32;
        vec![
            row(Mood::SoSo, None, 0, 0, None),
            row(Mood::Fine, Some(Mood::Fine), 1, 7, Some(Rank::Least)),
            row(
                Mood::SoSo,
                Some(Mood::SoSo),
                greatest,
                u32::MAX,
                Some(Rank::Greatest),
            ),
        ]
    }
}
