//! More columns than a PostgreSQL function takes as names and values.

macro_rules! columns {
    ($($name:ident)+) => {
        use audit_runtime::Audited;
        use sea_orm::entity::prelude::*;

        use super::Specimen;

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

        impl Specimen for Entity {
            fn rows() -> Vec<Model> {
                let row = |value| Model { id: 0, $($name: value,)+ };
                vec![row(None), row(Some(0)), row(Some(1))]
            }
        }
    };
}

columns! {
    c01 c02 c03 c04 c05 c06 c07 c08 c09 c10 c11 c12 c13 c14 c15 c16 c17 c18 c19 c20
    c21 c22 c23 c24 c25 c26 c27 c28 c29 c30 c31 c32 c33 c34 c35 c36 c37 c38 c39 c40
    c41 c42 c43 c44 c45 c46 c47 c48 c49 c50 c51 c52 c53 c54 c55 c56 c57 c58 c59 c60
}
