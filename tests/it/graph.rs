//! A nested `ActiveModelEx`, saved with one entry per row.

mod entities;
mod parity;

use std::collections::BTreeSet;

use audit_runtime::{__private::locked, Entry, Error, prelude::*, schema};
use sea_orm::{
    ActiveBelongsTo, ActiveValue::Unchanged, DatabaseConnection, EntityTrait, IntoActiveModel,
    ModelTrait,
};

use crate::{
    backend::{Database, on_every_backend},
    entities::{context, create_table, entries},
};
use entities::{album, band, band_genre, genre, manager, studio, track};

on_every_backend!(
    a_graph_has_an_entry_a_row,
    what_is_left_out_goes,
    a_graph_that_fails_leaves_nothing,
    relations_by_name_are_saved,
    what_cannot_be_saved_is_refused,
);

async fn install(db: &DatabaseConnection) {
    schema::install(db).await.unwrap();
    create_table(db, studio::Entity).await.unwrap();
    create_table(db, band::Entity).await.unwrap();
    create_table(db, manager::Entity).await.unwrap();
    create_table(db, album::Entity).await.unwrap();
    create_table(db, track::Entity).await.unwrap();
    create_table(db, genre::Entity).await.unwrap();
    create_table(db, band_genre::Entity).await.unwrap();
}

fn graph() -> band::ActiveModelEx {
    let album = |title: &str| {
        album::ActiveModel::builder()
            .set_title(title)
            .add_track(track::ActiveModel::builder().set_title(format!("{title} 1")))
            .add_track(track::ActiveModel::builder().set_title(format!("{title} 2")))
    };
    band::ActiveModel::builder()
        .set_name("The Band")
        .set_studio(studio::ActiveModel::builder().set_name("North"))
        .set_manager(manager::ActiveModel::builder().set_name("ann"))
        .add_album(album("first"))
        .add_album(album("second"))
        .add_genre(genre::ActiveModel::builder().set_name("jazz"))
        .add_genre(genre::ActiveModel::builder().set_name("rock"))
}

fn told(log: &[Entry]) -> Vec<String> {
    let told = log.iter().map(|entry| {
        let entity_type = entry.entity_type.as_deref().unwrap_or_default();
        format!("{} {entity_type}", entry.action)
    });
    told.collect()
}

async fn a_graph_has_an_entry_a_row(database: &Database) {
    let db = &database.db;
    install(db).await;
    for context in [context(), locked(context())] {
        let written = entries(db).await.len();
        let audit = db.audited(&context);
        let saved = audit.unrestricted().save_graph(graph()).await.unwrap();
        let log = entries(db).await.split_off(written);
        let expected = [
            "CREATE Studio",
            "CREATE Band",
            "CREATE Manager",
            "CREATE Album",
            "CREATE Track",
            "CREATE Track",
            "CREATE Album",
            "CREATE Track",
            "CREATE Track",
            "CREATE Genre",
            "CREATE Genre",
            "CREATE BandGenre",
            "CREATE BandGenre",
        ];
        assert_eq!(told(&log), expected);
        let changesets: BTreeSet<_> = log.iter().map(|entry| entry.changeset_id).collect();
        assert_eq!(changesets.len(), 1);
        assert_eq!(
            log[1].after()["studio_id"],
            log[0].entity_id.as_deref().unwrap().parse::<i64>().unwrap()
        );

        // The saved graph is unchanged, so saving it again writes nothing.
        let again = audit
            .unrestricted()
            .save_graph(saved.clone())
            .await
            .unwrap();
        assert_eq!(again, saved);
        assert_eq!(entries(db).await.len(), written + log.len());
        let model: band::ModelEx = saved.try_into().unwrap();
        assert_eq!(model.albums[1].tracks[1].title, "second 2");
        assert_eq!(model.studio.as_ref().unwrap().name, "North");

        // In a unit.
        let unit = audit.begin().await.unwrap();
        let mut graph = model.into_active_model();
        graph.albums[0].tracks[0].title = Set("renamed".to_owned());
        unit.unrestricted().save_graph(graph).await.unwrap();
        unit.commit().await.unwrap();
        let log = entries(db).await.split_off(written + log.len());
        assert_eq!(told(&log), ["UPDATE Track"]);
    }
}

async fn what_is_left_out_goes(database: &Database) {
    let db = &database.db;
    install(db).await;
    let context = context();
    let audit = db.audited(&context);
    let mut saved = audit.unrestricted().save_graph(graph()).await.unwrap();
    let written = entries(db).await.len();

    let second = saved.albums[1].clone();
    saved.albums.replace_all([second]);
    let rock = saved.genres[1].clone();
    saved.genres.replace_all([rock]);
    let bob = manager::ActiveModel::builder().set_name("bob");
    let saved = saved.set_manager(bob);
    let saved = audit.unrestricted().save_graph(saved).await.unwrap();
    let log = entries(db).await.split_off(written);
    let expected = [
        // A manager may have no band.
        "UPDATE Manager",
        "CREATE Manager",
        // An album must have a band, and a track an album.
        "DELETE Track",
        "DELETE Track",
        "DELETE Album",
        "DELETE BandGenre",
    ];
    assert_eq!(told(&log), expected);
    assert_eq!(log[0].after()["band_id"], serde_json::Value::Null);
    assert_eq!(album::Entity::find().all(db).await.unwrap().len(), 1);

    // The band leaves its studio, whose row stays, as do the rows that belong to the band.
    let mut saved = saved;
    saved.studio = ActiveBelongsTo::Set(None);
    let saved = audit.unrestricted().save_graph(saved).await.unwrap();
    assert_eq!(saved.studio_id.unwrap(), None);
    assert_eq!(
        told(&entries(db).await.split_off(written + 6)),
        ["UPDATE Band"]
    );
}

/// All rows, with names in place of keys.
async fn all(db: &DatabaseConnection) -> Vec<String> {
    let mut rows = Vec::new();
    for band in band::Entity::find().all(db).await.unwrap() {
        let studio = band.find_related(studio::Entity).one(db).await.unwrap();
        rows.push(format!(
            "{} in {:?}",
            band.name,
            studio.map(|studio| studio.name)
        ));
        for album in band.find_related(album::Entity).all(db).await.unwrap() {
            let tracks = album.find_related(track::Entity).all(db).await.unwrap();
            let tracks: Vec<_> = tracks.into_iter().map(|track| track.title).collect();
            rows.push(format!("{} has {}: {tracks:?}", band.name, album.title));
        }
        for genre in band.find_related(genre::Entity).all(db).await.unwrap() {
            rows.push(format!("{} plays {}", band.name, genre.name));
        }
    }
    for manager in manager::Entity::find().all(db).await.unwrap() {
        rows.push(format!(
            "{} manages a band: {}",
            manager.name,
            manager.band_id.is_some()
        ));
    }
    for genre in genre::Entity::find().all(db).await.unwrap() {
        rows.push(format!("genre {}", genre.name));
    }
    rows.sort();
    rows
}

async fn a_graph_that_fails_leaves_nothing(database: &Database) {
    let db = &database.db;
    install(db).await;
    for context in [context(), locked(context())] {
        let audit = db.audited(&context);
        // The last row to be written is refused before it is sent.
        let mut absent = genre::ActiveModel::builder().set_name("absent");
        absent.id = Set(4711);
        let failing = || graph().add_genre(absent.clone());
        let refused = audit
            .unrestricted()
            .save_graph(failing())
            .await
            .unwrap_err();
        assert!(matches!(refused, Error::NotFound { .. }), "{refused}");
        assert_eq!(all(db).await, [] as [&str; 0]);

        // In a unit, the written part must not be committed.
        let unit = audit.begin().await.unwrap();
        let refused = unit.unrestricted().save_graph(failing()).await.unwrap_err();
        assert!(matches!(refused, Error::NotFound { .. }), "{refused}");
        let commit = unit.commit().await.unwrap_err();
        assert!(matches!(commit, Error::UnitFailed), "{commit}");
        assert_eq!(all(db).await, [] as [&str; 0]);
        assert!(entries(db).await.is_empty());
    }
}

async fn what_cannot_be_saved_is_refused(database: &Database) {
    let db = &database.db;
    install(db).await;
    let context = context();
    let audit = db.audited(&context);
    let mut graph = manager::ActiveModel::builder().set_name("ann");
    let album = album::ActiveModel::builder().set_title("first");
    graph.produced.push(album);
    let refused = audit.unrestricted().save_graph(graph).await.unwrap_err();
    let message = "the relation `produced` cannot be saved";
    assert!(refused.to_string().contains(message), "{refused}");
    assert!(entries(db).await.is_empty());

    // The graph does not contain the column that would be set to NULL.
    let saved = audit.unrestricted().save_graph(self::graph()).await;
    let saved = saved.unwrap();
    let written = entries(db).await.len();
    let orphan = band::ActiveModelEx {
        id: saved.id.clone(),
        studio: ActiveBelongsTo::Set(None),
        ..Default::default()
    };
    let refused = audit.unrestricted().save_graph(orphan).await.unwrap_err();
    assert!(refused.to_string().contains("`studio_id`"), "{refused}");
    assert_eq!(entries(db).await.len(), written);
    // A new row has no studio to remove.
    let alone = band::ActiveModel::builder().set_name("Duo");
    let alone = band::ActiveModelEx {
        studio: ActiveBelongsTo::Set(None),
        ..alone
    };
    let alone = audit.unrestricted().save_graph(alone).await.unwrap();
    assert_eq!(alone.studio_id.unwrap(), None);
}

async fn relations_by_name_are_saved(database: &Database) {
    let db = &database.db;
    install(db).await;
    let context = context();
    let audit = db.audited(&context);
    let mut graph = studio::ActiveModel::builder().set_name("North");
    graph
        .branches
        .push(studio::ActiveModel::builder().set_name("East"));
    graph
        .branches
        .push(studio::ActiveModel::builder().set_name("West"));
    graph.head = ActiveBelongsTo::set(Some(studio::ActiveModel::builder().set_name("Top")));
    let mut saved = audit.unrestricted().save_graph(graph).await.unwrap();
    assert_eq!(told(&entries(db).await), ["CREATE Studio"; 4]);
    assert_eq!(
        saved.branches[1].head_id,
        Unchanged(Some(saved.id.clone().unwrap()))
    );

    let east = saved.branches[0].clone();
    saved.branches.replace_all([east]);
    audit.unrestricted().save_graph(saved).await.unwrap();
    let entry = entries(db).await.pop().unwrap();
    assert_eq!(
        entry.to_string(),
        "Admin 'jane.doe' changed Studio '4' head_id from 2 to nothing"
    );

    let mut band = graph_of_album();
    band.albums[0].producer =
        ActiveBelongsTo::set(Some(manager::ActiveModel::builder().set_name("bob")));
    let written = entries(db).await.len();
    audit.unrestricted().save_graph(band).await.unwrap();
    let log = entries(db).await.split_off(written);
    assert_eq!(
        told(&log),
        ["CREATE Band", "CREATE Manager", "CREATE Album"]
    );
    assert_eq!(log[2].after()["producer_id"], 1);
}

fn graph_of_album() -> band::ActiveModelEx {
    let album = album::ActiveModel::builder().set_title("first");
    band::ActiveModel::builder()
        .set_name("The Band")
        .add_album(album)
}
