//! One entity in the dense, the compact and the expanded format.

/// An entity by its table, its key and its columns: the variant, the field and the type of each.
macro_rules! in_every_format {
    (
        $table:literal, $id:ty, auto $auto:literal, key [$($Key:ident),+], by [$($By:ident),+],
        { $($(#[$attribute:meta])* $Column:ident $field:ident: $type:ty,)+ }
        rows $row:expr, changes $change:expr
    ) => {
        pub mod dense {
            use super::*;

            #[sea_orm::model]
            #[derive(Clone, Debug, PartialEq, DeriveEntityModel, Audited)]
            #[sea_orm(table_name = $table)]
            #[audited(no_hooks)]
            pub struct Model {
                $($(#[$attribute])* pub $field: $type,)+
            }

            crate::walk::shape! { $id, by [$($By),+], rows $row, changes $change, {
                fn cleared(_: DbBackend) -> Vec<String> {
                    vec![concat!("DROP TABLE ", $table).to_owned()]
                }
            } }
        }

        pub mod compact {
            use super::*;

            #[derive(Clone, Debug, PartialEq, DeriveEntityModel, Audited)]
            #[sea_orm(table_name = $table)]
            #[audited(no_hooks)]
            pub struct Model {
                $($(#[$attribute])* pub $field: $type,)+
            }

            #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
            pub enum Relation {}

            crate::walk::shape! { $id, by [$($By),+], rows $row, changes $change, {
                fn cleared(_: DbBackend) -> Vec<String> {
                    vec![concat!("DROP TABLE ", $table).to_owned()]
                }
            } }
        }

        pub mod expanded {
            use super::*;

            #[derive(Copy, Clone, Default, Debug, DeriveEntity)]
            pub struct Entity;

            impl EntityName for Entity {
                fn table_name(&self) -> &'static str {
                    $table
                }
            }

            #[derive(Clone, Debug, PartialEq, DeriveModel, DeriveActiveModel, Audited)]
            #[audited(no_hooks)]
            pub struct Model {
                $($(#[$attribute])* pub $field: $type,)+
            }

            #[derive(Copy, Clone, Debug, EnumIter, DeriveColumn)]
            pub enum Column {
                $($Column,)+
            }

            #[derive(Copy, Clone, Debug, EnumIter, DerivePrimaryKey)]
            pub enum PrimaryKey {
                $($Key,)+
            }

            impl PrimaryKeyTrait for PrimaryKey {
                type ValueType = $id;

                fn auto_increment() -> bool {
                    $auto
                }
            }

            impl ColumnTrait for Column {
                type EntityName = Entity;

                fn def(&self) -> ColumnDef {
                    match self {
                        $(Self::$Column => super::compact::Column::$Column.def(),)+
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

            crate::walk::shape! { $id, by [$($By),+], rows $row, changes $change, {
                fn cleared(_: DbBackend) -> Vec<String> {
                    vec![concat!("DROP TABLE ", $table).to_owned()]
                }
            } }
        }
    };
}

pub mod metadata;

pub mod transaction_log;

pub mod uuid_fmt;

pub mod value_type;

pub mod pi;
