//! Rows of texts, bytes and JSON.

use sea_orm::prelude::Uuid;
use serde_json::{Value as Json, json};

use super::super::{
    check::ID,
    entities::text::{self, Address, Color, Name, Size},
};

pub fn texts() -> Vec<(&'static str, text::Model)> {
    let ordinary = text::Model {
        id: ID,
        text: "žluťoučký \"kůň\"".to_owned(),
        bytes: vec![0, 1, 254, 255],
        uuid: Uuid::from_u128(0x0190_ABCD_0000_7000_8000_0000_0000_00FF),
        json: json!({ "b": [1, 1.5, null], "a": { "after_is": "redacted" } }),
        json_binary: json!([{ "b": 2, "a": 1 }]),
        size: Size::Small,
        color: Color::Black,
        name: Name("jane".to_owned()),
        address: Address {
            street: "Main St".to_owned(),
            number: None,
            position: [0.1, 52.0],
        },
        text_or_null: None,
        char_or_null: None,
        bytes_or_null: None,
        uuid_or_null: None,
        json_or_null: None,
        size_or_null: None,
        color_or_null: None,
        name_or_null: None,
        address_or_null: None,
    };
    let with_text = |text: &str| text::Model {
        text: text.to_owned(),
        text_or_null: Some(text.to_owned()),
        ..ordinary.clone()
    };
    let with_json = |json: Json| text::Model {
        json: json.clone(),
        json_binary: json.clone(),
        json_or_null: Some(json),
        ..ordinary.clone()
    };
    vec![
        ("ordinary", ordinary.clone()),
        (
            "nothing is NULL",
            text::Model {
                size: Size::Large,
                color: Color::White,
                text_or_null: Some("text".to_owned()),
                char_or_null: Some("12345678".to_owned()),
                bytes_or_null: Some(vec![0]),
                uuid_or_null: Some(Uuid::max()),
                json_or_null: Some(json!({})),
                size_or_null: Some(Size::Large),
                color_or_null: Some(Color::White),
                name_or_null: Some(Name("joe".to_owned())),
                address_or_null: Some(ordinary.address.clone()),
                ..ordinary.clone()
            },
        ),
        (
            "empty",
            text::Model {
                char_or_null: Some(String::new()),
                bytes: Vec::new(),
                bytes_or_null: Some(Vec::new()),
                uuid: Uuid::nil(),
                name: Name(String::new()),
                ..with_text("")
            },
        ),
        (
            "padded",
            text::Model {
                char_or_null: Some("de".to_owned()),
                ..with_text(" two ")
            },
        ),
        ("letter case", with_text(" TWO ")),
        ("four bytes", with_text("𝔘𝔫𝔦 🦀 \u{10FFFF}")),
        (
            "controls and directions",
            with_text("\u{1}\u{7f}\r\n\t\u{202E}txt\u{2066}\u{FEFF}\u{FFFD}\\u0000"),
        ),
        ("long", with_text(&"ž".repeat(20_000))),
        ("JSON null", with_json(json!(null))),
        ("JSON text", with_json(json!("null"))),
        (
            "JSON of all sorts",
            with_json(json!({ "": [[], {}, "", true, 0, -1, 0.1, 1e17, u64::MAX, "\\\"\u{1}🦀"] })),
        ),
        (
            "nested JSON",
            with_json((0..30).fold(json!(0), |inner, _| json!({ "in": [inner] }))),
        ),
        ("NUL", with_text("a\0b")),
        (
            "NUL in JSON",
            text::Model {
                json: json!({ "a\0b": ["c\0d"] }),
                ..ordinary.clone()
            },
        ),
        ("NUL in binary JSON", with_json(json!("a\0b"))),
        ("ordinary again", ordinary),
    ]
}
