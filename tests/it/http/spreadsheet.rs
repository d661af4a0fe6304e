//! A file of the trail, opened in LibreOffice.

use std::{
    env, fs,
    process::{self, Command},
};

use audit_runtime::{
    http::{Access, Reading, Trail, log_routes},
    prelude::*,
};
use axum::middleware;

use super::{
    app::{authenticate, layer, prepare},
    server::{Server, caller},
};
use crate::{
    backend::{self, Database},
    feed::parse,
    tool,
};

/// Text that a spreadsheet would calculate, or that would deceive a reader.
const NAMES: [&str; 12] = [
    "=HYPERLINK(\"http://example.com\",\"x\")",
    "+1",
    "-1+1",
    "@x",
    "\t=1+1",
    "\r=1+1",
    "a, \"b\"; c",
    "two\nlines",
    "two\r\nlines, \"quoted\"",
    "\u{202e}txt.exe",
    "'quoted'",
    "plain",
];

#[test]
fn a_file_opens_in_libreoffice_as_text() {
    backend::run(backend::Server::Sqlite, opened);
}

async fn opened(database: &Database) {
    let db = &database.db;
    prepare(db, &[]).await;
    for name in NAMES {
        let context = AuditContext::new(Actor::new("Admin", 7)).reason(name);
        let event = Event::new("NAMED").on("File", name).with("name", name);
        db.audited(&context).record(event).await.unwrap();
    }
    let trail = Trail::new(db.clone(), |_: &Reading<'_>| Access::full());
    let routes = log_routes(&trail).layer(middleware::from_fn(authenticate));
    let server = Server::start(routes.layer(layer(db))).await;
    let admin = caller("Admin 7 jane.doe");
    let file = server
        .get("/audit.csv?action=NAMED&order=oldest", &admin)
        .await
        .body;

    let folder = env::temp_dir().join(format!("audit spreadsheet {}", process::id()));
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("audit.csv"), &file).unwrap();
    let mut soffice = Command::new("soffice");
    soffice
        .arg(
            format!("-env:UserInstallation=file://{}/profile", folder.display())
                .replace(' ', "%20"),
        )
        // Separated by commas, in UTF-8.
        .args([
            "--headless",
            "--infilter=CSV:44,34,76,1",
            "--convert-to",
            "fods",
            "--outdir",
        ])
        .arg(&folder)
        .arg(folder.join("audit.csv"));
    let output = tool::run(soffice).await;
    let sheet = fs::read_to_string(folder.join("audit.fods"));
    fs::remove_dir_all(&folder).unwrap();
    let Some(output) = output else { return };
    let sheet = sheet.unwrap_or_else(|error| panic!("{error}: {output:?}"));
    assert!(!sheet.contains("table:formula"), "nothing is calculated");
    let (written, opened) = (parse::csv(&file), cells(&sheet));
    assert_eq!(written.len(), 1 + NAMES.len());
    for column in ["action", "entity_id", "reason", "metadata"] {
        let at = written[0].iter().position(|name| name == column).unwrap();
        for (written, opened) in written.iter().zip(&opened) {
            let (kind, text) = &opened[at];
            // All line ends count as the same.
            let expected = written[at].replace("\r\n", "\n").replace('\r', "\n");
            assert_eq!((&**kind, text), ("string", &expected), "{column}");
        }
    }
}

/// The cells of a sheet, row by row: the type and the text of each.
fn cells(sheet: &str) -> Vec<Vec<(String, String)>> {
    let (_, table) = sheet.split_once("<table:table ").unwrap();
    let (table, _) = table.split_once("</table:table>").unwrap();
    let rows = table.split("<table:table-row").skip(1);
    rows.map(|row| {
        let mut cells = Vec::new();
        for cell in row.split("<table:table-cell").skip(1) {
            let (attributes, content) = cell.split_once('>').unwrap();
            let attribute = |name: &str| {
                let (_, value) = attributes.split_once(&format!("{name}=\""))?;
                Some(value.split_once('"')?.0.to_owned())
            };
            let kind = attribute("office:value-type").unwrap_or_default();
            let repeated = attribute("table:number-columns-repeated");
            let repeated = repeated.map_or(1, |times| times.parse().unwrap());
            let lines = content.split("<text:p>").skip(1).map(|line| {
                let (line, _) = line.split_once("</text:p>").unwrap();
                plain(line)
            });
            let text = lines.collect::<Vec<_>>().join("\n");
            cells.extend(vec![(kind, text); repeated.min(100)]);
        }
        cells
    })
    .collect()
}

/// The text of a paragraph, without its markup.
fn plain(line: &str) -> String {
    let line = line.replace("<text:s/>", " ").replace("<text:tab/>", "\t");
    let parts = line.split('<').enumerate();
    let parts = parts.map(|(index, part)| match index {
        0 => part,
        _ => part.split_once('>').map_or("", |(_, text)| text),
    });
    let text = parts.collect::<String>();
    let entities = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&apos;", "'"),
        ("&amp;", "&"),
    ];
    entities
        .into_iter()
        .fold(text, |text, (entity, char)| text.replace(entity, char))
}
