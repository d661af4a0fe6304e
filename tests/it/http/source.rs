//! The source of a request, from its headers.

use ::http::{HeaderValue, Request, request::Parts};
use audit_runtime::http::AuditLayer;
use proptest::prelude::*;

fn request(headers: &[(&'static str, &str)]) -> Parts {
    let mut request = Request::new(());
    for (name, value) in headers {
        let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
        request.headers_mut().append(*name, value);
    }
    request.into_parts().0
}

#[test]
fn a_user_agent_is_capped_and_cleaned() {
    let long = "x".repeat(4096);
    let cases = [
        ("Mozilla/5.0 (X11)", Some("Mozilla/5.0 (X11)")),
        ("tab\tbed", Some("tab bed")),
        (
            "caf\u{e9} \u{85}\u{9b}31m",
            Some("caf\u{e9} \\u{85}\\u{9b}31m"),
        ),
        ("", None),
        ("  ", None),
    ];
    for (value, expected) in cases {
        let source = AuditLayer::new().source(&request(&[("user-agent", value)]));
        assert_eq!(source.user_agent.as_deref(), expected, "{value:?}");
    }
    let source = AuditLayer::new().source(&request(&[("user-agent", &long)]));
    assert_eq!(source.user_agent.unwrap().chars().count(), 512);
    assert_eq!(AuditLayer::new().source(&request(&[])).user_agent, None);
}

#[test]
fn a_request_id_is_taken_when_it_is_sane() {
    let long = "x".repeat(101);
    let sane = [
        "7",
        "0198a7b2-7e00-7000-8000-000000000000",
        "a_b.c:d/e+f=",
        &long[..100],
    ];
    for id in sane {
        let source = AuditLayer::new().source(&request(&[("x-request-id", id)]));
        assert_eq!(source.request_id.as_deref(), Some(id));
    }
    for id in ["", " ", "a b", "<script>", "a\tb", "\u{e9}", &long] {
        let source = AuditLayer::new().source(&request(&[("x-request-id", id)]));
        let made = source.request_id.unwrap();
        assert_ne!(made, id);
        assert!(made.parse::<uuid::Uuid>().is_ok());
    }
    let two = request(&[("x-request-id", "a"), ("x-request-id", "b")]);
    let made = AuditLayer::new().source(&two).request_id.unwrap();
    assert!(made.parse::<uuid::Uuid>().is_ok());
}

#[test]
fn a_trace_is_taken_from_a_valid_traceparent() {
    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const SPAN: &str = "00f067aa0ba902b7";
    let valid = [
        format!("00-{TRACE}-{SPAN}-01"),
        format!("00-{TRACE}-{SPAN}-00"),
        format!("cc-{TRACE}-{SPAN}-01-what-will-be"),
    ];
    for value in &valid {
        let source = AuditLayer::new().source(&request(&[("traceparent", value)]));
        assert_eq!(source.trace_id.as_deref(), Some(TRACE), "{value}");
    }
    let zeros = "0".repeat(32);
    let invalid = [
        String::new(),
        TRACE.to_owned(),
        format!("ff-{TRACE}-{SPAN}-01"),
        format!("00-{TRACE}-{SPAN}-01-more"),
        format!("00-{TRACE}-{SPAN}"),
        format!("00-{zeros}-{SPAN}-01"),
        format!("00-{TRACE}-{}-01", &zeros[..16]),
        format!("00-{}-{SPAN}-01", TRACE.to_uppercase()),
        format!("00-{}-{SPAN}-01", &TRACE[1..]),
        format!("00-{TRACE}-{SPAN}-0g"),
    ];
    for value in &invalid {
        let source = AuditLayer::new().source(&request(&[("traceparent", value)]));
        assert_eq!(source.trace_id, None, "{value}");
    }
    let two = request(&[("traceparent", &valid[0]), ("traceparent", &valid[1])]);
    assert_eq!(AuditLayer::new().source(&two).trace_id, None);
}

proptest! {
    #[test]
    fn any_headers_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let Ok(value) = HeaderValue::from_bytes(&bytes) else { return Ok(()) };
        let mut request = Request::new(());
        for name in ["user-agent", "x-request-id", "traceparent"] {
            request.headers_mut().insert(name, value.clone());
        }
        let source = AuditLayer::new().source(&request.into_parts().0);
        let agent = source.user_agent.unwrap_or_default();
        prop_assert!(agent.chars().count() <= 512 && !agent.contains(char::is_control));
        prop_assert!((1..=100).contains(&source.request_id.unwrap().len()));
    }
}
