//! The JSON of an expanded entity.

use super::written_and_read;

/// `Column` by hand: in an expanded entity, SeaORM uses the column's name as the JSON key, but the model does not.
mod expanded {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[derive(Copy, Clone, Default, Debug, DeriveEntity)]
    pub struct Entity;

    impl EntityName for Entity {
        fn table_name(&self) -> &'static str {
            "expanded"
        }
    }

    #[derive(
        Clone,
        Debug,
        PartialEq,
        Eq,
        DeriveModel,
        DeriveActiveModel,
        Audited,
        serde::Serialize,
        serde::Deserialize,
    )]
    #[audited(no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key)]
        #[audited(create)]
        pub id: i32,
        #[audited(create)]
        pub display_name: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveColumn)]
    pub enum Column {
        Id,
        #[sea_orm(column_name = "disp_nm")]
        DisplayName,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DerivePrimaryKey)]
    pub enum PrimaryKey {
        Id,
    }

    impl PrimaryKeyTrait for PrimaryKey {
        type ValueType = i32;

        fn auto_increment() -> bool {
            true
        }
    }

    impl ColumnTrait for Column {
        type EntityName = Entity;

        fn def(&self) -> ColumnDef {
            match self {
                Self::Id => ColumnType::Integer.def(),
                Self::DisplayName => ColumnType::String(StringLen::None).def(),
            }
        }
    }

    #[derive(Copy, Clone, Debug, EnumIter)]
    pub enum Relation {}

    impl RelationTrait for Relation {
        fn def(&self) -> RelationDef {
            match *self {}
        }
    }
}

#[test]
fn an_expanded_entity_is_read_by_the_names_of_its_fields() {
    let display_name = "jane".to_owned();
    written_and_read::<expanded::Draft>(&expanded::Model {
        id: 1,
        display_name,
    });
}
