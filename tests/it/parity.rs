//! Compares the two plans of PostgreSQL: any write gives the same rows and the same entries.

pub mod compare;
mod json;
mod side;
pub mod specimens;
pub mod step;
mod work;

use sea_orm::DatabaseBackend::Postgres;

use crate::{
    backend::run,
    types::entities::{moment, number, text},
};
use compare::compare;
use specimens::{
    array, cast, composite, country, draft, feeling, long_key, padded, parcel, route, vault, wide,
};

#[test]
fn numbers_are_told_alike() {
    run(Postgres, compare::<number::Entity>);
}

#[test]
fn texts_are_told_alike() {
    run(Postgres, compare::<text::Entity>);
}

#[test]
fn moments_are_told_alike() {
    run(Postgres, compare::<moment::Entity>);
}

#[test]
fn enums_of_the_database_are_told_alike() {
    run(Postgres, compare::<feeling::Entity>);
}

#[test]
fn secrets_are_withheld_alike() {
    run(Postgres, compare::<vault::Entity>);
}

#[test]
fn composite_keys_and_labels_are_told_alike() {
    run(Postgres, compare::<composite::Entity>);
}

#[test]
fn long_keys_are_told_alike() {
    run(Postgres, compare::<long_key::Entity>);
}

#[test]
fn many_columns_are_told_alike() {
    run(Postgres, compare::<wide::Entity>);
}

#[test]
fn what_is_read_through_casts_is_told_alike() {
    run(Postgres, compare::<cast::Entity>);
}

#[test]
fn keys_that_are_read_through_casts_are_told_alike() {
    run(Postgres, compare::<route::Entity>);
}

#[test]
fn arrays_are_told_alike() {
    run(Postgres, compare::<array::Entity>);
}

#[test]
fn padded_keys_and_labels_are_told_alike() {
    run(Postgres, async |database| {
        compare::<padded::Entity>(database).await;
    });
    run(Postgres, compare::<country::Entity>);
}

#[test]
fn what_hooks_do_is_told_alike() {
    run(Postgres, compare::<draft::Entity>);
}

#[test]
fn what_the_database_does_is_told_alike() {
    run(Postgres, compare::<parcel::Entity>);
}
