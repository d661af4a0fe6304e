//! The client's address in the log, whatever headers a client sends.

mod peer;

use std::net::{IpAddr, SocketAddr};

use ::http::{HeaderValue, Request, request::Parts};
use audit_runtime::http::{AuditLayer, ForwardedHeader};
use proptest::prelude::*;

const PEER: &str = "10.0.0.1";

/// Trusts 10.0.0.0/8 and 2001:db8:1::/48.
fn layer(header: ForwardedHeader) -> AuditLayer {
    AuditLayer::new()
        .trusted_proxies(["10.0.0.0/8", "2001:db8:1::/48"])
        .unwrap()
        .forwarded_header(header)
}

fn request(peer: &str, header: &str, lines: &[&[u8]]) -> Parts {
    let mut request = Request::new(());
    let peer: IpAddr = peer.parse().unwrap();
    request.extensions_mut().insert(SocketAddr::new(peer, 4711));
    for line in lines {
        let line = HeaderValue::from_bytes(line).unwrap();
        request.headers_mut().append(
            http::HeaderName::from_bytes(header.as_bytes()).unwrap(),
            line,
        );
    }
    request.into_parts().0
}

fn ip(layer: &AuditLayer, request: &Parts) -> Option<String> {
    layer.source(request).ip.map(|ip| ip.to_string())
}

#[test]
fn x_forwarded_for_is_read_from_the_right_up_to_the_first_untrusted_hop() {
    let cases: &[(&str, &[&str], &str)] = &[
        // honest
        (PEER, &["203.0.113.9"], "203.0.113.9"),
        (PEER, &["203.0.113.9, 10.0.0.2"], "203.0.113.9"),
        (PEER, &["203.0.113.9", "10.0.0.2"], "203.0.113.9"),
        (PEER, &["2001:db8::9, 2001:db8:1::2"], "2001:db8::9"),
        (PEER, &[], PEER),
        (PEER, &["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        // an untrusted peer
        ("198.51.100.7", &["203.0.113.9"], "198.51.100.7"),
        ("198.51.100.7", &["203.0.113.9, 10.0.0.2"], "198.51.100.7"),
        ("192.168.0.1", &["203.0.113.9"], "192.168.0.1"),
        // forged by the client, to the left of what the proxy wrote
        (PEER, &["1.2.3.4, 203.0.113.9"], "203.0.113.9"),
        (PEER, &["10.9.9.9, 203.0.113.9"], "203.0.113.9"),
        (
            PEER,
            &["1.2.3.4, 10.9.9.9, 203.0.113.9, 10.0.0.2"],
            "203.0.113.9",
        ),
        (PEER, &["1.2.3.4", "203.0.113.9"], "203.0.113.9"),
        (PEER, &["10.0.0.9", "203.0.113.9, 10.0.0.2"], "203.0.113.9"),
        (PEER, &["garbage, 203.0.113.9"], "203.0.113.9"),
        (PEER, &["\", 203.0.113.9"], "203.0.113.9"),
        // an element without an address ends the walk at the hop that wrote it
        (PEER, &["203.0.113.9, unknown"], PEER),
        (PEER, &["203.0.113.9, unknown, 10.0.0.2"], "10.0.0.2"),
        (PEER, &["203.0.113.9, , 10.0.0.2"], "10.0.0.2"),
        (PEER, &["203.0.113.9,"], PEER),
        (PEER, &[""], PEER),
        (PEER, &["203.0.113.9", ""], PEER),
        (PEER, &["203.0.113.9 10.0.0.2"], PEER),
        (PEER, &["203.0.113.999"], PEER),
        (PEER, &["0203.0.113.9"], PEER),
        (PEER, &["3405803785"], PEER),
        (PEER, &["localhost"], PEER),
        (PEER, &["\"203.0.113.9\""], PEER),
        (PEER, &["for=203.0.113.9"], PEER),
        (PEER, &["fe80::1%eth0"], PEER),
        (PEER, &["203.0.113.9:99999"], PEER),
        (PEER, &["203.0.113.9:"], PEER),
        // ports, brackets, blanks
        (PEER, &["203.0.113.9:4711"], "203.0.113.9"),
        (PEER, &["[2001:db8::9]"], "2001:db8::9"),
        (PEER, &["[2001:db8::9]:4711"], "2001:db8::9"),
        (PEER, &["[203.0.113.9]"], PEER),
        (PEER, &["[2001:db8::9"], PEER),
        (PEER, &["::ffff:203.0.113.9"], "203.0.113.9"),
        (PEER, &["[::ffff:203.0.113.9]:80"], "203.0.113.9"),
        (PEER, &["203.0.113.9, ::ffff:10.0.0.2"], "203.0.113.9"),
        ("::ffff:10.0.0.1", &["203.0.113.9"], "203.0.113.9"),
        ("::ffff:198.51.100.7", &["203.0.113.9"], "198.51.100.7"),
        (PEER, &["\t203.0.113.9 \t,\t 10.0.0.2\t"], "203.0.113.9"),
    ];
    let layer = layer(ForwardedHeader::XForwardedFor);
    for (peer, lines, expected) in cases {
        let bytes: Vec<_> = lines.iter().map(|line| line.as_bytes()).collect();
        let request = request(peer, "x-forwarded-for", &bytes);
        assert_eq!(
            ip(&layer, &request).as_deref(),
            Some(*expected),
            "{lines:?} of {peer}"
        );
    }
}

#[test]
fn forwarded_is_read_as_rfc_7239_has_it() {
    let cases: &[(&[&str], &str)] = &[
        // honest
        (&["for=203.0.113.9"], "203.0.113.9"),
        (
            &["For=\"203.0.113.9:4711\";proto=https;by=10.0.0.1"],
            "203.0.113.9",
        ),
        (&["by=10.0.0.1; for=203.0.113.9"], "203.0.113.9"),
        (&["for=\"[2001:db8::9]\""], "2001:db8::9"),
        (&["for=\"[2001:db8::9]:4711\", for=10.0.0.2"], "2001:db8::9"),
        (
            &["for=203.0.113.9", "for=10.0.0.2;host=\"a,b;c\""],
            "203.0.113.9",
        ),
        // forged, to the left of what the proxy wrote
        (&["for=1.2.3.4, for=203.0.113.9"], "203.0.113.9"),
        (&["for=\"1.2.3.4, for=203.0.113.9"], "203.0.113.9"),
        (&["for=\"1.2.3.4\\, for=203.0.113.9"], "203.0.113.9"),
        (&["\\\", for=203.0.113.9;host=\"x\\\"y\""], "203.0.113.9"),
        (&["for=1.2.3.4;x=\"", "for=203.0.113.9"], "203.0.113.9"),
        // without an address
        (&["for=unknown"], PEER),
        (&["for=_hidden, for=10.0.0.2"], "10.0.0.2"),
        (&["for=\"203.0.113.9:_port\""], PEER),
        (&["proto=https"], PEER),
        (&["for=203.0.113.9;for=1.2.3.4"], PEER),
        (&["host=\"a;for=1.2.3.4\""], PEER),
        (&["for=\"203.0.113.9"], PEER),
        (&["for"], PEER),
        (&["for="], PEER),
        (&["203.0.113.9"], PEER),
        (&[", for=10.0.0.2"], "10.0.0.2"),
    ];
    let layer = layer(ForwardedHeader::Forwarded);
    for (lines, expected) in cases {
        let bytes: Vec<_> = lines.iter().map(|line| line.as_bytes()).collect();
        let request = request(PEER, "forwarded", &bytes);
        assert_eq!(
            ip(&layer, &request).as_deref(),
            Some(*expected),
            "{lines:?}"
        );
    }
}

#[test]
fn no_other_header_is_read() {
    let forwarded = layer(ForwardedHeader::Forwarded);
    let x_forwarded_for = layer(ForwardedHeader::XForwardedFor);
    let cases = [
        (&forwarded, "x-forwarded-for"),
        (&x_forwarded_for, "forwarded"),
        (&x_forwarded_for, "x-real-ip"),
        (&x_forwarded_for, "true-client-ip"),
        (&x_forwarded_for, "cf-connecting-ip"),
    ];
    for (layer, header) in cases {
        let request = request(PEER, header, &[b"for=203.0.113.9", b"203.0.113.9"]);
        assert_eq!(ip(layer, &request).as_deref(), Some(PEER), "{header}");
    }
    let request = request(PEER, "x-forwarded-for", &[b"203.0.113.9"]);
    assert_eq!(ip(&AuditLayer::new(), &request).as_deref(), Some(PEER));
}

/// A hop: a trusted address, another address, or no address.
fn hop() -> impl Strategy<Value = (String, Option<IpAddr>)> {
    let v4 = any::<[u8; 4]>().prop_map(IpAddr::from);
    let trusted = any::<[u8; 3]>().prop_map(|[a, b, c]| IpAddr::from([10, a, b, c]));
    let v6 = any::<[u8; 16]>().prop_map(|bytes| IpAddr::from(bytes).to_canonical());
    let address = prop_oneof![v4, trusted, v6].prop_map(|ip| (ip.to_string(), Some(ip)));
    let garbage = "[a-z\"\\\\;=_ ]{0,12}".prop_map(|text| (text, None));
    prop_oneof![4 => address, 1 => garbage]
}

fn is_trusted(ip: &IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(v4) => v4.octets()[0] == 10,
        IpAddr::V6(v6) => v6.segments()[..3] == [0x2001, 0xdb8, 1],
    }
}

proptest! {
    /// Any bytes of a client give an address, and an untrusted peer is that address.
    #[test]
    fn any_bytes_are_survived(
        lines in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..64), 0..4),
        peer in any::<[u8; 4]>(),
        header in prop_oneof![Just(ForwardedHeader::XForwardedFor), Just(ForwardedHeader::Forwarded)],
    ) {
        let lines: Vec<&[u8]> = lines
            .iter()
            .map(Vec::as_slice)
            .filter(|line| HeaderValue::from_bytes(line).is_ok())
            .collect();
        let name = match header {
            ForwardedHeader::Forwarded => "forwarded",
            _ => "x-forwarded-for",
        };
        let peer = IpAddr::from(peer);
        let ip = layer(header).source(&request(&peer.to_string(), name, &lines)).ip.unwrap();
        prop_assert!(ip == peer || is_trusted(&peer));
    }

    /// Only the hops that trusted proxies wrote decide the address. The client can write anything to the left of them.
    #[test]
    fn what_an_untrusted_hop_claims_is_never_the_answer(
        claimed in "[ -~]{0,40}",
        written in prop::collection::vec(hop(), 1..5),
        quoted in any::<bool>(),
    ) {
        // The first untrusted hop from the right, or the last hop before one without an address.
        let mut expected: IpAddr = PEER.parse().unwrap();
        let mut ended = false;
        for (_, hop) in written.iter().rev() {
            match hop {
                Some(ip) => expected = *ip,
                None => ended = true,
            }
            if ended || !is_trusted(&expected) {
                ended = true;
                break;
            }
        }
        // Otherwise all written hops are trusted, and the walk continues into the claimed part.
        prop_assume!(ended);

        let plain: Vec<_> = written.iter().map(|(text, _)| text.replace('"', "'")).collect();
        let line = format!("{claimed}, {}", plain.join(", "));
        let request = request(PEER, "x-forwarded-for", &[line.as_bytes()]);
        prop_assert_eq!(ip(&layer(ForwardedHeader::XForwardedFor), &request), Some(expected.to_string()));

        let elements: Vec<_> = written.iter().map(|(text, ip)| match ip {
            Some(IpAddr::V6(ip)) => format!("for=\"[{ip}]\""),
            Some(ip) if quoted => format!("for=\"{ip}\";host=\"a,\\\"b\""),
            _ => format!("for={}", text.replace(['"', '\\', ';', '='], "_")),
        }).collect();
        let line = format!("{claimed}, {}", elements.join(", "));
        let request = self::request(PEER, "forwarded", &[line.as_bytes()]);
        prop_assert_eq!(ip(&layer(ForwardedHeader::Forwarded), &request), Some(expected.to_string()));
    }
}
