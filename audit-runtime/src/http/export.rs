//! The routes of downloads: all entries that a query finds, for spreadsheets and programs.

use std::{io, pin::Pin};

use ::http::{HeaderValue, header, request::Parts};
use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    response::{IntoResponse, Response},
    routing::get,
};
use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::task::spawn_blocking;

use super::{Problem, Trail, allowed::id_in_path, problem::no_history, trail::Export};
use crate::{
    Entry,
    audited::{Audited, AuditedColumn},
    export::{COLUMNS, cells, escaped, record, without_formula},
};

/// Begins an export in this format, with the query of the request.
pub(super) type Begin = fn(Trail, Parts, &'static str) -> Begun;
pub(super) type Begun = Pin<Box<dyn Future<Output = Result<Export, Problem>> + Send>>;

/// A file format.
#[derive(Clone, Copy)]
pub(super) struct File {
    pub(super) extension: &'static str,
    pub(super) media_type: &'static str,
    header: fn() -> String,
    line: fn(&Entry) -> String,
}

/// CSV is safe to open in a spreadsheet. JSON lines are entries as in the pages of the API.
pub(super) const FILES: [File; 2] = [
    File {
        extension: "csv",
        media_type: "text/csv; charset=utf-8; header=present",
        header: || record(COLUMNS.map(str::to_owned)),
        line: |entry| record(cells(entry).map(without_formula)),
    },
    File {
        extension: "jsonl",
        media_type: "application/jsonl",
        header: String::new,
        line: |entry| escaped(entry) + "\n",
    },
];

/// The routes of the files of this path.
pub(super) fn files(path: &str, begin: Begin) -> Router<Trail> {
    FILES.into_iter().fold(Router::new(), |router, file| {
        let path = format!("{path}.{}", file.extension);
        let answer = move |State(trail): State<Trail>, request: Request| async move {
            let (parts, _) = request.into_parts();
            let export = begin(trail, parts, file.extension).await?;
            Ok::<_, Problem>(download(export, file))
        };
        router.route(&path, get(answer))
    })
}

pub(super) fn row<E: Audited<Column: AuditedColumn>>(
    trail: Trail,
    mut parts: Parts,
    form: &'static str,
) -> Begun {
    Box::pin(async move {
        let id = id_in_path(&mut parts, &()).await.ok_or_else(no_history)?;
        let query = parts.uri.query().unwrap_or_default().parse()?;
        trail.export_row::<E>(&parts, &id, &query, form).await
    })
}

pub(super) fn rows<E: Audited<Column: AuditedColumn>>(
    trail: Trail,
    parts: Parts,
    form: &'static str,
) -> Begun {
    Box::pin(async move {
        let query = parts.uri.query().unwrap_or_default().parse()?;
        trail.export_rows::<E>(&parts, &query, form).await
    })
}

pub(super) fn log(trail: Trail, parts: Parts, form: &'static str) -> Begun {
    Box::pin(async move {
        let query = parts.uri.query().unwrap_or_default().parse()?;
        trail.export_log(&parts, &query, form).await
    })
}

fn download(export: Export, file: File) -> Response {
    let disposition = format!("attachment; filename=\"audit.{}\"", file.extension);
    let headers = [
        (header::CONTENT_TYPE, file.media_type),
        (header::CONTENT_DISPOSITION, &disposition),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    let headers = headers.map(|(name, value)| (name, HeaderValue::from_str(value).ok()));
    let headers = headers.into_iter();
    let lines = move |entries: Vec<Entry>| entries.iter().map(file.line).collect::<String>();
    let head = stream::iter([Ok((file.header)())]);
    let mut response = Body::from_stream(head.chain(written(export, lines))).into_response();
    response
        .headers_mut()
        .extend(headers.filter_map(|(name, value)| Some((name, value?))));
    response
}

/// The text of each page. It is written outside of the runtime's threads, because long values take time.
pub(super) fn written(
    export: Export,
    write: impl Fn(Vec<Entry>) -> String + Clone + Send + 'static,
) -> impl stream::Stream<Item = io::Result<String>> + Send {
    let pages = export.pages().map_err(|problem| {
        // The response has begun, so the reader gets a truncated file.
        tracing::error!(?problem, "an export of the trail ended early");
        io::Error::other("the log could not be read")
    });
    pages.and_then(move |entries| {
        let write = write.clone();
        async move { Ok(spawn_blocking(move || write(entries)).await?) }
    })
}
