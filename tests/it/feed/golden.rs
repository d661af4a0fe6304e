//! Golden files of the formats: receivers rely on lines that do not change.

use std::{env, fs};

use audit_runtime::feed::{ENTRY_SCHEMA, Format};
use serde_json::Value as Json;

use super::{check, cloud_events, csv, entries, json_lines, ocsf, parse, syslog, validator};

macro_rules! is_golden {
    ($format:expr, $name:literal) => {{
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/it/feed/golden/", $name);
        let text = written(&$format);
        if env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(file, &text).unwrap();
        }
        assert_eq!(text, fs::read_to_string(file).unwrap());
        text
    }};
}

fn written(format: &impl Format) -> String {
    let lines = entries()
        .iter()
        .map(|entry| format.line(entry))
        .collect::<String>();
    format.header().unwrap_or_default() + &lines
}

fn documents(text: &str) -> Vec<Json> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn json_lines_are_as_their_schema_says() {
    let text = is_golden!(json_lines(), "entries.jsonl");
    let schema: Json = serde_json::from_str(ENTRY_SCHEMA).unwrap();
    let validator = validator(ENTRY_SCHEMA);
    for document in documents(&text) {
        check(&validator, &document);
        for property in document.as_object().unwrap().keys() {
            assert!(schema["properties"].get(property).is_some(), "{property}");
        }
    }
}

#[test]
fn csv_has_the_columns_of_its_header() {
    let text = is_golden!(csv(), "entries.csv");
    let records = parse::csv(&text);
    assert_eq!(records.len(), 1 + entries().len());
    assert!(
        records
            .iter()
            .all(|record| record.len() == records[0].len())
    );
}

#[test]
fn ocsf_is_as_the_released_schema_says() {
    let validator = validator(include_str!("ocsf-1.8.0.json"));
    for document in documents(&is_golden!(ocsf(), "ocsf.jsonl")) {
        check(&validator, &document);
    }
    let severe = ocsf().severity("PURGE", 4);
    let purge: Json = serde_json::from_str(&severe.line(&entries()[5])).unwrap();
    assert_eq!(purge["severity_id"], 4);
}

#[test]
fn cloud_events_are_as_the_specification_says() {
    let data = validator(ENTRY_SCHEMA);
    for event in documents(&is_golden!(cloud_events(), "cloudevents.jsonl")) {
        check(&data, &event["data"]);
        for (attribute, value) in event.as_object().unwrap() {
            let is_name = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit();
            assert!(attribute.chars().all(is_name), "{attribute}");
            assert!(attribute == "data" || value.as_str().is_some_and(|text| !text.is_empty()));
        }
        assert_eq!(
            event["data"]["id"].to_string(),
            event["id"].as_str().unwrap()
        );
    }
    let elsewhere = cloud_events().source("https://shop.example/audit/");
    let event: Json = serde_json::from_str(&elsewhere.line(&entries()[0])).unwrap();
    assert_eq!(
        event["source"],
        "https://shop.example/audit/019aafe2-0c5b-7c6f-8f3e-0123456789ab"
    );
}

#[test]
fn syslog_messages_are_as_rfc_5424_says() {
    let text = is_golden!(syslog(), "entries.syslog");
    for (line, entry) in text.lines().zip(entries()) {
        let message = parse::syslog(line);
        assert_eq!(message.data["id"], entry.id.to_string());
        assert_eq!(message.text, entry.to_string());
        let is_success = entry.outcome == audit_runtime::Outcome::Success;
        assert_eq!(message.priority, if is_success { 110 } else { 108 });
    }
    let full = parse::syslog(syslog().full().enterprise(1).line(&entries()[0]).trim_end());
    assert_eq!(full.id, "audit@1");
    assert!(
        full.text
            .ends_with(r#""role":{"before":"user","after":"admin"}}"#),
        "{}",
        full.text
    );
}
