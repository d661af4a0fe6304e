//! Refused bodies, however broken: each leaves one entry, which names the refused keys and contains no value.

use audit_runtime::Outcome;
use axum::{Router, extract::DefaultBodyLimit};
use reqwest::Method;
use serde_json::{Value as Json, json};

use super::{
    app::{app, prepare},
    server::{Answer, Server, answer, caller},
};
use crate::{
    backend::{Database, on_every_backend},
    entities::entries,
};

on_every_backend!(
    every_refused_body_leaves_one_entry,
    a_body_that_does_not_arrive_leaves_one_entry,
    refused_keys_come_back_bounded,
    a_value_is_not_quoted_whole,
);

/// A value that is in every body, and must not be in any entry or answer.
const SECRET: &str = "s3cr3t";

/// The maximum size in bytes of an entry of a refused body, without its context.
const MOST: usize = 16 * 1024;

const JSON: &str = "application/json";

struct Case {
    content_type: &'static str,
    body: Vec<u8>,
    status: u16,
    refused: &'static [&'static str],
    problem: Option<&'static str>,
}

fn case(
    body: impl Into<Vec<u8>>,
    refused: &'static [&'static str],
    problem: Option<&'static str>,
) -> Case {
    Case {
        content_type: JSON,
        body: body.into(),
        status: 400,
        refused,
        problem,
    }
}

fn cases() -> Vec<Case> {
    let not_json = Some("it is not JSON");
    let cut_off = Some("it is cut off");
    let nested = |open: &str, close: &str| format!("{}1{}", open.repeat(5000), close.repeat(5000));
    let deep = nested("[", "]");
    let deep_object = nested("{\"a\":", "}");
    vec![
        case(r#"{"role":"s3cr3t"}"#, &["role"], None),
        // Numbers out of range, lone surrogates and depth: in a refused field, and in an allowed one before it.
        case(r#"{"role":"s3cr3t","x":1e999}"#, &["role", "x"], None),
        case(r#"{"username":1e999,"role":"s3cr3t"}"#, &["role"], not_json),
        case(r#"{"role":"s3cr3t\ud800"}"#, &["role"], None),
        case(
            r#"{"username":"s3cr3t\ud800","role":1}"#,
            &["role"],
            not_json,
        ),
        case(
            format!(r#"{{"role":"s3cr3t","x":{deep}}}"#),
            &["role", "x"],
            None,
        ),
        case(
            format!(r#"{{"username":{deep},"role":"s3cr3t"}}"#),
            &["role"],
            not_json,
        ),
        case(format!(r#"{{"role":{deep_object}}}"#), &["role"], None),
        case(deep, &[], Some("it is not what the allowed fields take")),
        // Invalid UTF-8 in values and names, and a name written with escapes.
        case(b"{\"role\":\"s3cr3t\xff\"}", &["role"], None),
        case(b"{\"username\":\"\xff\",\"role\":1}", &["role"], not_json),
        case(b"{\"ro\xffle\":\"s3cr3t\"}", &["ro\u{fffd}le"], not_json),
        case(r#"{"\u0072ole":"s3cr3t"}"#, &["role"], None),
        case("\u{feff}{\"role\":\"s3cr3t\"}", &["role"], not_json),
        case(b"{\0\"role\":\"s3cr3t\"}", &["role"], not_json),
        case(
            "{\"username\":\"a\nb\",\"role\":\"s3cr3t\"}",
            &["role"],
            not_json,
        ),
        // Trailing data, duplicate keys, objects in an array.
        case(r#"{"role":"s3cr3t"} and more"#, &["role"], None),
        case(r#"{"username":"x"}{"role":"s3cr3t"}"#, &["role"], not_json),
        case(r#"{"role":1,"role":"s3cr3t"}"#, &["role"], None),
        case(
            r#"{"username":"x","username":"s3cr3t"}"#,
            &[],
            Some("it is not what the allowed fields take"),
        ),
        case(r#"[{"role":"s3cr3t"}]"#, &["role"], None),
        // Cut off in a value, in a name, and at the start.
        case(r#"{"role":"s3cr3t""#, &["role"], cut_off),
        case(r#"{"role":"s3cr"#, &["role"], cut_off),
        case(r#"{"username":"x","role"#, &[], cut_off),
        case("", &[], Some("it is empty")),
        case("  ", &[], cut_off),
        // Values that are not objects, and values of another type.
        case(
            r#""s3cr3t""#,
            &[],
            Some("it is not what the allowed fields take"),
        ),
        case("7", &[], Some("it is not what the allowed fields take")),
        case("null", &[], Some("it is not what the allowed fields take")),
        case("s3cr3t", &[], not_json),
        case("username=x&role=s3cr3t", &[], not_json),
        case(
            r#"{"username":7}"#,
            &[],
            Some("it is not what the allowed fields take"),
        ),
        case(r#"{"username":NaN,"role":Infinity}"#, &["role"], not_json),
        // Another content type.
        Case {
            content_type: "text/plain",
            status: 415,
            ..case(
                r#"{"role":"s3cr3t"}"#,
                &["role"],
                Some("its content type is not JSON"),
            )
        },
        Case {
            content_type: "application/x-www-form-urlencoded",
            status: 415,
            ..case("role=s3cr3t", &[], Some("its content type is not JSON"))
        },
        // Too large.
        Case {
            status: 413,
            ..case(
                format!(r#"{{"role":"s3cr3t","x":"{}"}}"#, "x".repeat(20_000)),
                &["role", "x"],
                Some("it is too large"),
            )
        },
    ]
}

async fn start(database: &Database) -> Server {
    let db = &database.db;
    prepare(db, &["john.smith"]).await;
    // More than the deepest body, less than the largest.
    let limit = DefaultBodyLimit::max(32_000);
    let small = DefaultBodyLimit::max(16_000);
    let large = app(db, Router::new()).layer(limit);
    Server::start(
        Router::new()
            .nest("/small", app(db, Router::new()).layer(small))
            .merge(large),
    )
    .await
}

/// The metadata of the one entry that was added, after checks for forbidden content.
async fn evidence(database: &Database, before: usize) -> Json {
    let all = entries(&database.db).await;
    assert_eq!(all.len(), before + 1, "{:?}", &all[before..]);
    let entry = &all[before];
    assert_eq!(
        (&*entry.action, entry.outcome),
        ("FIELDS_REFUSED", Outcome::Denied)
    );
    assert_eq!(entry.actor.id(), "1");
    assert_eq!(entry.entity_id.as_deref(), Some("1"));
    let metadata = entry.metadata.clone().unwrap();
    let text = metadata.to_string();
    assert!(!text.contains(SECRET) && text.len() < MOST, "{text}");
    metadata
}

async fn every_refused_body_leaves_one_entry(database: &Database) {
    let server = start(database).await;
    let thief = caller("User 1 support");
    for (before, case) in cases().into_iter().enumerate() {
        let path = if case.status == 413 {
            "/small/users/1"
        } else {
            "/users/1"
        };
        let request = server
            .request(Method::PATCH, path, &thief)
            .header("content-type", case.content_type)
            .body(case.body.clone());
        let Answer { status, body, .. } = answer(request).await.unwrap();
        let sent = String::from_utf8_lossy(&case.body);
        let sent: String = sent.chars().take(100).collect();
        assert_eq!(status, case.status, "{sent}: {body}");
        assert!(!body.contains(SECRET), "{sent}: {body}");

        let metadata = evidence(database, before).await;
        assert_eq!(metadata["refused"], json!(case.refused), "{sent}");
        assert_eq!(metadata["refused_count"], case.refused.len(), "{sent}");
        assert_eq!(metadata["problem"].as_str(), case.problem, "{sent}");
        let length = metadata["length"].as_u64();
        match case.problem {
            Some(_) if case.status != 413 => assert_eq!(length, Some(case.body.len() as u64)),
            Some(_) => assert!(length > Some(16_000)),
            None => assert_eq!(length, None),
        }
    }
}

async fn a_body_that_does_not_arrive_leaves_one_entry(database: &Database) {
    let server = start(database).await;
    let head = "PATCH /users/1 HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
                authorization: Bearer User 1 support\r\ncontent-type: application/json\r\n";
    let cases = [
        // Announced but not sent.
        "content-length: 100\r\n\r\n{\"role\":\"s3cr3t\",",
        // Invalid chunks, at once and later.
        "transfer-encoding: chunked\r\n\r\n11\r\n{\"role\":\"s3cr3t\",\r\nnot a length\r\n",
        "transfer-encoding: chunked\r\n\r\n11\r\n{\"role\":\"s3cr3t\",\r\n5\r\nab",
    ];
    for (before, rest) in cases.into_iter().enumerate() {
        let answer = server.raw(format!("{head}{rest}").as_bytes()).await;
        assert!(!answer.contains(SECRET), "{answer}");
        let metadata = evidence(database, before).await;
        assert_eq!(metadata["problem"], "it did not arrive whole", "{rest}");
        assert_eq!(metadata["refused"], json!(["role"]), "{rest}");
    }
}

async fn refused_keys_come_back_bounded(database: &Database) {
    let db = &database.db;
    prepare(db, &["john.smith"]).await;
    let server = Server::start(app(db, Router::new())).await;
    let keys = (0..100_000).map(|n| (format!("{n:0>9}"), json!(1)));
    let body = Json::Object(keys.collect());

    let answer = server
        .patch("/users/1", &caller("User 1 support"), &body)
        .await;
    assert_eq!(answer.status, 400);
    assert!(answer.body.len() < MOST, "{}", answer.body.len());
    let problem = answer.json();
    assert_eq!(problem["refused_count"], 100_000);
    assert_eq!(problem["refused"].as_array().unwrap().len(), 32);
    let detail = problem["detail"].as_str().unwrap();
    assert!(
        detail.ends_with("`000000031` and 99968 more; allowed: `username`, `phone`"),
        "{detail}"
    );
    let metadata = evidence(database, 0).await;
    assert_eq!(metadata["refused_count"], 100_000);
    assert_eq!(metadata["refused"], problem["refused"]);
}

async fn a_value_is_not_quoted_whole(database: &Database) {
    let db = &database.db;
    prepare(db, &["john.smith"]).await;
    let server = Server::start(app(db, Router::new())).await;
    let long = "x".repeat(100_000);
    let bodies = [
        json!(long),
        json!({ "logins": long }),
        json!({ "logins": { long.clone(): 1 } }),
        json!({ "logins": [long] }),
    ];
    for body in bodies {
        let answer = server
            .patch("/admin/users/1", &caller("Admin 7 jane.doe"), &body)
            .await;
        assert_eq!(answer.status, 400);
        assert!(answer.body.len() < 1000, "{}", answer.body.len());
        assert!(
            answer.json()["detail"]
                .as_str()
                .unwrap()
                .contains("expected")
        );
    }
}
