//! Hostile entries: each line stays one line, and its parsed values equal those of the entry.

use audit_runtime::{
    Entry, audit_log,
    feed::{ENTRY_SCHEMA, Format},
};
use proptest::{
    collection::vec,
    option,
    prelude::{Just, Strategy, any},
    prop_assert, prop_assert_eq, prop_oneof, proptest, sample,
};
use serde_json::{Value as Json, json};

use super::{check, cloud_events, csv, edited, json_lines, ocsf, parse, row, syslog, validator};

const PIECES: [&str; 22] = [
    "\r\n",
    "\n",
    "\r",
    "]",
    "\"",
    "\\",
    "'",
    "=cmd()",
    "+1",
    "-1",
    "@x",
    "\t",
    "\u{1b}[31m",
    "\0",
    "\u{85}",
    "\u{202e}",
    "\u{2028}",
    "\\ud800",
    "\\u{a}",
    "\u{feff}",
    "audit@32473 id=\"1\"] ",
    "\u{10ffff}",
];

fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => sample::select(&PIECES[..]).prop_map(String::from),
        1 => any::<String>(),
        1 => Just("a".to_owned()),
    ];
    vec(piece, 0..4).prop_map(|pieces| pieces.concat())
}

fn hostile_row() -> impl Strategy<Value = audit_log::Model> {
    let texts = vec(option::of(hostile()), 13);
    (texts, vec(hostile(), 3), 1_i16..=3, any::<bool>()).prop_map(
        |(mut texts, must, kind, is_change)| {
            let mut text = || texts.pop().flatten();
            let value = text();
            let field = text().unwrap_or_default();
            let [action, actor_kind, actor_id] = must.try_into().unwrap();
            edited(row(), |row| {
                row.kind = kind;
                row.tenant = text();
                row.service = text();
                row.entity_type = text();
                row.entity_id = text();
                row.entity_label = text();
                row.action = if is_change {
                    "UPDATE".to_owned()
                } else {
                    action
                };
                row.actor_kind = actor_kind;
                row.actor_id = actor_id;
                row.actor_name = text();
                row.on_behalf_of = text();
                row.user_agent = text();
                row.session_id = text();
                row.request_id = text();
                row.reason = text();
                row.trace_id = value.clone();
                row.changes =
                    Some(json!({ field: { "before": value.clone(), "after": [value.clone()] } }));
                row.metadata = Some(json!({ "value": value }));
            })
        },
    )
}

proptest! {
    #[test]
    fn nothing_breaks_a_line(row in hostile_row()) {
        let entry = Entry::from(row);
        let own = serde_json::to_value(&entry).unwrap();
        for format in [&json_lines() as &dyn Format, &ocsf(), &cloud_events(), &syslog(), &syslog().full()] {
            let line = format.line(&entry);
            let line = line.strip_suffix('\n').unwrap();
            prop_assert!(!line.contains(char::is_control), "{line:?}");
        }
        for format in [&json_lines() as &dyn Format, &ocsf(), &cloud_events()] {
            let deceives = format.line(&entry).contains(['\u{202e}', '\u{2028}', '\u{2066}']);
            prop_assert!(!deceives);
        }

        let mut line: Json = serde_json::from_str(&json_lines().line(&entry)).unwrap();
        check(&validator(ENTRY_SCHEMA), &line);
        let event: Json = serde_json::from_str(&cloud_events().line(&entry)).unwrap();
        prop_assert_eq!(&event["data"], &line);
        line.as_object_mut().unwrap().remove("log");
        prop_assert_eq!(&line, &own);

        let ocsf: Json = serde_json::from_str(&super::ocsf().line(&entry)).unwrap();
        prop_assert_eq!(&ocsf["message"], &entry.to_string());
        prop_assert_eq!(&ocsf["unmapped"]["diff"], &entry.diff());
        if let Some(entity_type) = &entry.entity_type {
            prop_assert_eq!(&ocsf["entity"]["type"], entity_type);
        }

        let message = parse::syslog(syslog().line(&entry).trim_end_matches('\n'));
        for (parameter, value) in [
            ("entity_type", &entry.entity_type),
            ("entity_id", &entry.entity_id),
            ("request_id", &entry.source.request_id),
            ("trace_id", &entry.source.trace_id),
        ] {
            let told = message.data.get(parameter).map(|text| parse::unspelled(text));
            prop_assert_eq!(&told, value);
        }
        prop_assert_eq!(parse::unspelled(&message.data["actor_id"]), entry.actor.id());
    }

    #[test]
    fn a_cell_is_the_value_and_no_formula(row in hostile_row()) {
        let entry = Entry::from(row);
        let records = parse::csv(&csv().raw().line(&entry));
        prop_assert_eq!(records.len(), 1);
        let raw = &records[0];
        prop_assert_eq!(&raw[6], &entry.entity_type.clone().unwrap_or_default());
        prop_assert_eq!(&raw[9], &entry.action);
        prop_assert_eq!(&raw[12], entry.actor.id());
        prop_assert_eq!(&raw[22], &entry.reason.clone().unwrap_or_default());
        let changes: Json = serde_json::from_str(&raw[24]).unwrap();
        prop_assert_eq!(changes, serde_json::to_value(&entry.changes).unwrap());

        let records = parse::csv(&csv().line(&entry));
        for (cell, raw) in records[0].iter().zip(raw) {
            prop_assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell:?}");
            prop_assert!(cell == raw || cell.strip_prefix('\'') == Some(raw), "{cell:?}");
        }
    }
}

#[test]
fn a_value_of_a_mebibyte_is_whole() {
    let long = "\u{1b}]\"\n".repeat(1 << 18);
    let entry = Entry::from(edited(row(), |row| {
        row.changes = Some(json!({ "text": { "before": null, "after": long } }));
    }));
    for format in [&json_lines() as &dyn Format, &cloud_events(), &ocsf()] {
        let line: Json = serde_json::from_str(&format.line(&entry)).unwrap();
        let after = line
            .pointer("/after/text")
            .or(line.pointer("/data/after/text"))
            .or(line.pointer("/entity_result/data/text"));
        assert_eq!(after.unwrap(), &long);
    }
    let cells = parse::csv(&csv().line(&entry)).remove(0);
    let changes: Json = serde_json::from_str(&cells[24]).unwrap();
    assert_eq!(changes["text"]["after"], long);
    let message = parse::syslog(syslog().full().line(&entry).trim_end());
    assert!(message.text.len() > long.len());
}
