//! The shapes of entities that real applications have, each taken through every way to write.
//!
//! A new shape is one entity and one line below.

mod by_hand;
mod formats;
mod keys;
mod names;
mod tables;
mod values;
mod walk;

use sea_orm::DatabaseBackend::{MySql, Postgres};

use crate::backend::{Database, on_every_backend};
use walk::walk;

/// A scenario for each shape, where the database has it.
macro_rules! shapes {
    ($($name:ident: $shape:ty $(, on $($backend:ident)|+)?;)+) => {
        on_every_backend!($($name),+);

        $(
            async fn $name(database: &Database) {
                $(if !matches!(database.backend(), $($backend)|+) {
                    return;
                })?
                Box::pin(walk::<$shape>(database)).await;
            }
        )+
    };
}

shapes! {
    a_dense_entity: formats::dense::Shape;
    an_entity_of_the_older_form: formats::older::Shape;
    an_expanded_entity: formats::expanded::Shape;
    an_entity_that_is_audited_by_hand: by_hand::Shape;
    odd_names_of_tables_columns_and_fields: names::odd::Shape;
    names_by_a_rule: names::ruled::Shape;
    another_schema: names::schema::Shape, on Postgres;
    a_key_of_text: keys::text::Shape;
    a_composite_key: keys::composite::Shape;
    a_key_that_is_a_uuid: keys::uuid::Shape;
    a_key_of_a_type_of_ones_own: keys::newtype::Shape;
    a_key_of_text_of_a_type_of_ones_own: keys::text_newtype::Shape;
    enums: values::enums::Shape;
    types_of_ones_own: values::newtypes::Shape;
    documents: values::documents::Shape;
    arrays: values::arrays::Shape, on Postgres;
    a_partitioned_table: tables::partitioned::Shape, on Postgres | MySql;
    a_view: tables::view::Shape, on Postgres | MySql;
    a_table_with_a_trigger: tables::touched::Shape;
    a_table_with_a_rule: tables::ruled::Shape, on Postgres;
    a_wide_table: tables::wide::Shape;
}
