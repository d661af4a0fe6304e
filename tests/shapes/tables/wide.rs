//! A table of many columns.

use serde_json::{Value, json};

macro_rules! wide {
    ($($column:ident)+) => {
        use audit_runtime::Audited;
        use sea_orm::entity::prelude::*;

        #[sea_orm::model]
        #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
        #[sea_orm(table_name = "wide")]
        #[audited(no_hooks)]
        pub struct Model {
            #[sea_orm(primary_key, auto_increment = false)]
            #[audited(create)]
            pub id: i32,
            $(
                #[audited(create, update)]
                pub $column: Option<i32>,
            )+
        }

        const COLUMNS: &[&str] = &[$(stringify!($column)),+];
    };
}

wide! {
    c000 c001 c002 c003 c004 c005 c006 c007 c008 c009 c010 c011 c012 c013 c014 c015 c016 c017 c018 c019
    c020 c021 c022 c023 c024 c025 c026 c027 c028 c029 c030 c031 c032 c033 c034 c035 c036 c037 c038 c039
    c040 c041 c042 c043 c044 c045 c046 c047 c048 c049 c050 c051 c052 c053 c054 c055 c056 c057 c058 c059
    c060 c061 c062 c063 c064 c065 c066 c067 c068 c069 c070 c071 c072 c073 c074 c075 c076 c077 c078 c079
    c080 c081 c082 c083 c084 c085 c086 c087 c088 c089 c090 c091 c092 c093 c094 c095 c096 c097 c098 c099
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

    fn row(n: i32) -> Value {
        let mut row = every_column(0, 1);
        row["id"] = n.into();
        row
    }

    fn change(n: i32) -> Value {
        every_column(n, usize::try_from(n).unwrap())
    }
}

/// Every `step`th column.
fn every_column(value: i32, step: usize) -> Value {
    let columns = COLUMNS.iter().step_by(step);
    columns
        .map(|column| ((*column).to_owned(), json!(value)))
        .collect()
}
