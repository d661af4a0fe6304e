//! Copies the rows of a file to a new file, and compares the copy.

use arrow_array::RecordBatch;
use arrow_schema::ArrowError;
use futures_util::TryStreamExt;

use super::{
    Work,
    file::{self, Content, Writer},
    manifest, moving,
};
use crate::{Error, history::cold::file::Model};

/// Applies `of` to each batch of a file, writes the result to a claimed file, and verifies it.
pub(super) async fn rewritten(
    work: &Work<'_>,
    file: &Model,
    claimed: &Model,
    of: impl Fn(&RecordBatch) -> Result<Vec<RecordBatch>, ArrowError>,
) -> Result<Content, Error> {
    let failed = |error| Error::archive(&file.file, error);
    let of = |batch: &RecordBatch| of(batch).map_err(|error| Error::archive(&file.file, error));
    let mut writer = Writer::new(work.archive, &claimed.file, &claimed.policy)?;
    let mut batches = file::read(work.archive, &file.file, file.bytes).await?;
    while let Some(batch) = batches.try_next().await.map_err(failed)? {
        for part in of(&batch)? {
            writer.write(&part).await?;
        }
        manifest::renew(work.archive, claimed, work.db).await?;
    }
    let content = writer.finish().await?;
    moving::is_intact(work, &claimed.file, content.bytes, &content.sha256).await?;

    let mut written = file::read(work.archive, &claimed.file, content.bytes).await?;
    let mut batches = file::read(work.archive, &file.file, file.bytes).await?;
    let mut rest: Option<RecordBatch> = None;
    while let Some(batch) = batches.try_next().await.map_err(failed)? {
        for mut part in of(&batch)? {
            while part.num_rows() > 0 {
                let next = match rest.take() {
                    Some(rest) => Some(rest),
                    None => {
                        let next = written.try_next().await;
                        next.map_err(|error| Error::archive(&claimed.file, error))?
                    }
                };
                let Some(next) = next else {
                    return Err(differs(file, claimed));
                };
                let rows = next.num_rows().min(part.num_rows());
                if next.slice(0, rows).columns() != part.slice(0, rows).columns() {
                    return Err(differs(file, claimed));
                }
                part = part.slice(rows, part.num_rows() - rows);
                rest = Some(next.slice(rows, next.num_rows() - rows));
                rest = rest.filter(|rest| rest.num_rows() > 0);
            }
        }
        manifest::renew(work.archive, claimed, work.db).await?;
    }
    manifest::describe(work.archive, claimed, &content).await?;
    Ok(content)
}

fn differs(file: &Model, claimed: &Model) -> Error {
    let problem = format!(
        "it differs from the content to be written from {}",
        file.file
    );
    Error::archive_differs(&claimed.file, problem)
}
