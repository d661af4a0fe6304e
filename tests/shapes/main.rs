//! The shapes of entities that real applications have, each written in every way.
//!
//! A new shape is one entity and one line below.

#[path = "../it/backend.rs"]
mod backend;
mod by_hand;
mod casts;
mod computed;
#[allow(dead_code, reason = "scenarios of other binaries use the rest")]
#[path = "../it/entities.rs"]
mod entities;
mod formats;
mod json;
mod keys;
mod names;
mod schemas;
mod sea_orms;
mod side_files;
mod tables;
mod texts;
mod values;
mod walk;

use sea_orm::DatabaseBackend::{MySql, Postgres, Sqlite};

use crate::{
    backend::{Database, on_every_backend, on_servers},
    entities::context,
};
use walk::walk;

/// A scenario for each shape, on the databases that support it, and on PostgreSQL by both plans.
macro_rules! shapes {
    ($($name:ident: $($shape:ty)|+ $(, on $($backend:ident)|+)?;)+) => {
        on_every_backend!($($name),+);

        $(
            async fn $name(database: &Database) {
                $(if !matches!(database.backend(), $($backend)|+) {
                    return;
                })?
                $(Box::pin(walk::<$shape>(database, context())).await;)+
            }
        )+

        mod by_the_locked_plan {
            use super::*;

            on_servers! { [postgres: Postgres] $($name)+ }

            $(
                async fn $name(database: &Database) {
                    $(if !matches!(database.backend(), $($backend)|+) {
                        return;
                    })?
                    let context = audit_runtime::__private::locked(context());
                    $(Box::pin(walk::<$shape>(database, context.clone())).await;)+
                }
            )+
        }
    };
}

shapes! {
    a_dense_entity: formats::dense::Shape;
    an_entity_of_the_older_form: formats::older::Shape;
    an_expanded_entity: formats::expanded::Shape;
    an_entity_that_is_audited_by_hand: by_hand::Shape;
    an_entity_with_a_side_file: side_files::dense::Shape | side_files::composite::Shape;
    odd_names_of_tables_columns_and_fields: names::odd::Shape;
    names_by_a_rule: names::ruled::Shape;
    another_schema: schemas::schema::Shape, on Postgres;
    another_database: schemas::database::Shape, on MySql;
    an_attached_database: schemas::attached::Shape, on Sqlite;
    a_key_of_text: keys::texts::one::Shape;
    a_text_among_three: keys::texts::first_of_three::Shape;
    a_key_of_casts: keys::typed::cast::Shape, on Postgres;
    a_key_of_enums: keys::typed::enums::Shape;
    a_key_of_bytes_and_an_instant: keys::typed::instant::Shape;
    a_key_of_blanks: texts::chars::Shape;
    a_key_of_blanks_and_text: texts::chars_and_text::Shape;
    a_composite_key: keys::composite::Shape;
    a_key_that_is_a_uuid: keys::uuid::Shape;
    a_key_of_a_type_of_ones_own: keys::newtype::Shape;
    a_key_of_text_of_a_type_of_ones_own: keys::text_newtype::Shape;
    enums: values::enums::Shape;
    types_of_ones_own: values::newtypes::Shape;
    documents: values::documents::Shape;
    arrays: values::arrays::Shape, on Postgres;
    lists_of_structs: json::lists::Shape;
    deep_documents: json::deep::Shape;
    casts_on_postgres: casts::postgres::Shape, on Postgres;
    casts_on_mysql: casts::mysql::Shape, on MySql;
    casts_on_sqlite: casts::sqlite::Shape, on Sqlite;
    types_by_name: texts::customs::Shape;
    types_of_postgres_by_name: texts::postgres::Shape, on Postgres;
    generated_columns: computed::generated::Shape;
    an_identity: computed::identity::Shape;
    identities: computed::identities::Shape, on Postgres;
    defaults: computed::defaults::Shape;
    a_partitioned_table: tables::partitioned::Shape, on Postgres | MySql;
    a_view: tables::views::simple::Shape, on Postgres | MySql;
    a_view_with_triggers: tables::views::instead::Shape, on Postgres | Sqlite;
    a_table_with_a_trigger: tables::touched::Shape;
    a_table_with_rules: tables::ruled::Shape, on Postgres;
    a_wide_table: tables::wide::Shape;
    metadata_of_sea_orm: sea_orms::formats::metadata::dense::Shape | sea_orms::formats::metadata::compact::Shape
        | sea_orms::formats::metadata::expanded::Shape;
    moments_of_sea_orm: sea_orms::formats::transaction_log::dense::Shape | sea_orms::formats::transaction_log::compact::Shape
        | sea_orms::formats::transaction_log::expanded::Shape;
    uuids_of_sea_orm: sea_orms::formats::uuid_fmt::dense::Shape | sea_orms::formats::uuid_fmt::compact::Shape
        | sea_orms::formats::uuid_fmt::expanded::Shape;
    types_of_sea_orm: sea_orms::formats::value_type::dense::Shape | sea_orms::formats::value_type::compact::Shape
        | sea_orms::formats::value_type::expanded::Shape;
    decimals_of_sea_orm: sea_orms::formats::pi::dense::Shape | sea_orms::formats::pi::compact::Shape
        | sea_orms::formats::pi::expanded::Shape;
    cakes_of_sea_orm: sea_orms::bakery::cake::Shape;
    bakers_of_cakes_of_sea_orm: sea_orms::bakery::cakes_bakers::Shape;
    orders_of_sea_orm: sea_orms::bakery::lineitem::Shape;
    nothing_but_defaults_of_sea_orm: sea_orms::features::insert_default::Shape;
    bytes_as_keys_of_sea_orm: sea_orms::features::byte_primary_key::Shape;
    a_table_related_to_itself_of_sea_orm: sea_orms::features::self_join::Shape;
    a_list_of_texts_of_sea_orm: sea_orms::features::json_vec::Shape;
    collections_of_sea_orm: sea_orms::features::postgres::Shape, on Postgres;
}

on_servers! { [postgres: Postgres] a_table_with_a_rule_unsaid }

/// For the fused plan only.
async fn a_table_with_a_rule_unsaid(database: &Database) {
    Box::pin(walk::<tables::ruled_unsaid::Shape>(database, context())).await;
}
