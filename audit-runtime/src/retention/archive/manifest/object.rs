//! The objects of a file in the store: the Parquet file and the JSON next to it.

use chrono::{DateTime, Utc};
use object_store::{Error as StoreError, ObjectStoreExt, PutMode, PutPayload, path::Path};
use serde::Serialize;

use super::{
    super::{Archive, Work, columns::FORMAT, file::Content},
    DESTROYED, DESTROYING, change, in_state,
};
use crate::{Error, history::cold::file::Model};

/// Writes the JSON next to a file.
pub(in crate::retention::archive) async fn describe(
    archive: &Archive,
    file: &Model,
    content: &Content,
) -> Result<(), Error> {
    #[derive(Serialize)]
    struct Described<'a> {
        format: u32,
        policy: &'a str,
        entries: i64,
        first_id: i64,
        last_id: i64,
        first_at: DateTime<Utc>,
        last_at: DateTime<Utc>,
        bytes: i64,
        sha256: &'a str,
    }
    let described = Described {
        format: FORMAT,
        policy: &file.policy,
        entries: content.entries,
        first_id: content.first_id,
        last_id: content.last_id,
        first_at: content.first_at,
        last_at: content.last_at,
        bytes: content.bytes,
        sha256: &content.sha256,
    };
    let json = serde_json::to_string_pretty(&described);
    let json = json.map_err(|error| Error::archive(&file.file, error))?;
    let path = Path::from(description(&file.file));
    let put = archive
        .store
        .put_opts(&path, PutPayload::from(json), PutMode::Create.into());
    put.await
        .map_err(|error| Error::archive(&file.file, error))?;
    Ok(())
}

/// Deletes the files whose deletion an entry records.
pub(in crate::retention::archive) async fn delete_destroying(work: &Work<'_>) -> Result<(), Error> {
    for file in in_state(DESTROYING).all(work.db).await? {
        delete(work.archive, &file.file).await?;
        change(&file, DESTROYING, DESTROYED).exec(work.db).await?;
    }
    Ok(())
}

/// Deletes a file and the JSON next to it, if they exist.
pub(in crate::retention::archive) async fn delete(
    archive: &Archive,
    file: &str,
) -> Result<(), Error> {
    for object in [file, &description(file)] {
        match archive.store.delete(&Path::from(object)).await {
            Ok(()) | Err(StoreError::NotFound { .. }) => {}
            Err(error) => return Err(Error::archive(file, error)),
        }
    }
    Ok(())
}

pub(super) async fn exists(archive: &Archive, file: &str) -> Result<bool, Error> {
    match archive.store.head(&Path::from(file)).await {
        Ok(_) => Ok(true),
        Err(StoreError::NotFound { .. }) => Ok(false),
        Err(error) => Err(Error::archive(file, error)),
    }
}

fn description(file: &str) -> String {
    format!("{file}.json")
}
