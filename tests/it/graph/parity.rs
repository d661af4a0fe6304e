//! Compares the rows that `save_graph` leaves with those of SeaORM's `save`.

use audit_runtime::prelude::*;
use sea_orm::{ActiveBelongsTo, ActiveHasOne, DatabaseConnection, EntityTrait};

use super::{
    all,
    entities::{album, band, band_genre, genre, manager, studio, track},
    graph, install,
};
use crate::{
    backend::{Database, on_every_backend},
    entities::context,
};

on_every_backend!(a_graph_is_saved_as_seaorm_saves_it);

/// A change of a saved graph before it is saved again.
type Change = fn(&mut band::ActiveModelEx);

async fn a_graph_is_saved_as_seaorm_saves_it(database: &Database) {
    let db = &database.db;
    install(db).await;
    let context = context();
    let changes: [Change; 9] = [
        |_| (),
        |graph| graph.name = Set("Other".to_owned()),
        |graph| {
            graph.albums.replace_all([]);
        },
        |graph| {
            let third = album::ActiveModel::builder().set_title("third");
            graph.albums.push(third);
        },
        |graph| {
            graph.albums[1].tracks.replace_all([]);
        },
        |graph| {
            let folk = genre::ActiveModel::builder().set_name("folk");
            graph.genres.replace_all([folk]);
        },
        |graph| graph.manager = ActiveHasOne::Set(None),
        |graph| graph.studio = ActiveBelongsTo::Set(None),
        |graph| {
            graph.albums.not_set();
            graph.genres.not_set();
            graph.manager = Default::default();
            let south = studio::ActiveModel::builder().set_name("South");
            graph.studio = ActiveBelongsTo::set(Some(south));
        },
    ];
    for (nth, change) in changes.into_iter().enumerate() {
        let mut saved = graph().save(db).await.unwrap();
        change(&mut saved);
        saved.save(db).await.unwrap();
        let by_seaorm = all(db).await;
        clear(db).await;

        let audit = db.audited(&context);
        let mut saved = audit.unrestricted().save_graph(graph()).await.unwrap();
        change(&mut saved);
        audit.unrestricted().save_graph(saved).await.unwrap();
        assert_eq!(all(db).await, by_seaorm, "change {nth}");
        clear(db).await;
    }
}

async fn clear(db: &DatabaseConnection) {
    band_genre::Entity::delete_many().exec(db).await.unwrap();
    genre::Entity::delete_many().exec(db).await.unwrap();
    track::Entity::delete_many().exec(db).await.unwrap();
    album::Entity::delete_many().exec(db).await.unwrap();
    manager::Entity::delete_many().exec(db).await.unwrap();
    band::Entity::delete_many().exec(db).await.unwrap();
    studio::Entity::delete_many().exec(db).await.unwrap();
}
