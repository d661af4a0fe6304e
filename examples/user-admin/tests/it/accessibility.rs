//! Accessibility: axe-core on every page, on wide and small screens, in light and dark mode.

use std::{
    env, fs,
    io::{Write, stderr},
    path::PathBuf,
};

use fantoccini::Client;

use crate::{browser, service::Service, visit::Visit};

/// The file that `npm install --prefix target/npm axe-core` installs.
const AXE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../target/npm/node_modules/axe-core/axe.min.js"
);

/// Runs axe and returns its findings as text, each with the rule and the element.
const RUN: &str = "const done = arguments[arguments.length - 1];
    document.querySelectorAll('details').forEach(details => details.open = true);
    axe.run(document, { preload: false }).then(
        found => done([found.passes.length, found.violations.flatMap(rule => rule.nodes.map(node => `${rule.id}: ${node.html} ${node.failureSummary}`))]),
        error => done([0, [String(error)]]),
    );";

#[test]
fn light_pages_are_accessible() {
    let Some(axe) = axe() else { return };
    browser::run(async |client| every_page(client, &axe, false).await);
}

#[test]
fn dark_pages_are_accessible() {
    let Some(axe) = axe() else { return };
    browser::run_in_the_dark(async |client| every_page(client, &axe, true).await);
}

/// Reads axe-core, or reports that the test is not run.
fn axe() -> Option<String> {
    let path = env::var_os("AUDIT_TEST_AXE").map_or(PathBuf::from(AXE), PathBuf::from);
    match fs::read_to_string(&path) {
        Ok(axe) => Some(axe),
        Err(_) if env::var("CI").is_ok_and(|ci| ci == "true") => {
            panic!("there is no axe-core: npm install --prefix target/npm axe-core")
        }
        Err(_) => {
            // Not `eprintln!`, whose output the harness captures.
            let _ = writeln!(
                stderr(),
                "NOT RUN: there is no axe-core: npm install --prefix target/npm axe-core"
            );
            None
        }
    }
}

async fn every_page(client: &Client, axe: &str, is_dark: bool) {
    let service = Service::start(None, &[]);
    let visit = Visit::new(client, &service);
    visit.sign_up("eve").await;
    visit.log_out().await;
    visit.fail_to_log_in("john.smith").await;
    let mut found = Vec::new();
    found.extend(violations(client, axe, "/login").await);
    visit.log_in("jane.doe").await;
    visit.go("/users/3").await;
    let role = visit.find("[name=role]").await;
    role.select_by_value("admin").await.unwrap();
    visit.submit("Save").await;
    visit.describe_oneself("A first text, long enough to be compared word by word with another one, \u{202e}and with a mark.").await;
    visit
        .describe_oneself(
            "A second text,\nlong enough to be compared line by line with the one before.",
        )
        .await;
    visit.go("/audit?changed=role&to=admin").await;
    let entry = visit
        .find("article")
        .await
        .attr("id")
        .await
        .unwrap()
        .unwrap();
    let entry: i64 = entry.strip_prefix("entry-").unwrap().parse().unwrap();
    let dark = "return matchMedia('(prefers-color-scheme: dark)').matches";
    assert_eq!(client.execute(dark, Vec::new()).await.unwrap(), is_dark);

    let pages = [
        "/profile".to_owned(),
        "/orders".to_owned(),
        "/users".to_owned(),
        "/users/3".to_owned(),
        "/audit/dashboard".to_owned(),
        "/audit/dashboard?days=1&tz=%2B02:00".to_owned(),
        "/audit/dashboard?days=2".to_owned(),
        "/audit?limit=5".to_owned(),
        "/audit?action=NONE".to_owned(),
        "/audit?outcome=DENIED".to_owned(),
        "/audit?actor=x".to_owned(),
        "/audit.print?limit=".to_owned(),
        "/users/1/audit".to_owned(),
        "/users/1/audit/fields/about".to_owned(),
        "/users/1/audit/with/orders".to_owned(),
        "/users/9/audit".to_owned(),
        format!("/users/3/audit/{entry}"),
        format!("/users/3/audit/{entry}?with=1"),
        format!("/users/3/audit/{entry}/revert"),
    ];
    for (width, height) in [(1280, 800), (360, 740)] {
        client.set_window_size(width, height).await.unwrap();
        for page in &pages {
            visit.go(page).await;
            let here = format!("{page} at {width}");
            found.extend(violations(client, axe, &here).await);
            let script = "return document.documentElement.scrollWidth - window.innerWidth";
            let overflow = client.execute(script, Vec::new()).await.unwrap();
            if overflow.as_i64() > Some(0) {
                found.push(format!("{here} is too wide by {overflow}"));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n\n"));
}

/// The findings of axe on the current page, with all disclosures open.
async fn violations(client: &Client, axe: &str, page: &str) -> Vec<String> {
    client.execute(axe, Vec::new()).await.unwrap();
    let found = client.execute_async(RUN, Vec::new()).await.unwrap();
    assert!(found[0].as_u64() > Some(5), "{page}: {found}");
    let found = found[1].as_array().unwrap().iter();
    found
        .map(|told| format!("{page}: {}", told.as_str().unwrap()))
        .collect()
}
