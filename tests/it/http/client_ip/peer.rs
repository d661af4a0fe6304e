//! The peer: which one is trusted, and requests without one.

use std::net::SocketAddr;

use ::http::Request;
use audit_runtime::{
    Actor, Error,
    http::{AuditLayer, ForwardedHeader, NoContext, context_of},
};

use super::{PEER, ip, layer, request};

#[tokio::test]
async fn without_a_peer_there_is_no_context() {
    let context = async |layer: AuditLayer, peer: Option<SocketAddr>| {
        let mut parts = Request::new(()).into_parts().0;
        if let Some(peer) = peer {
            parts.extensions.insert(peer);
        }
        layer.attach(&mut parts);
        context_of(&parts).await
    };
    let layer = || AuditLayer::new().actor(|_| Some(Actor::new("Admin", 7)));
    let peer = SocketAddr::from(([10, 0, 0, 1], 4711));
    let refused = context(layer(), None).await;
    assert!(matches!(refused, Err(NoContext::NoPeer)), "{refused:?}");
    for (layer, peer, ip) in [
        (layer(), Some(peer), Some(peer.ip())),
        (layer().peer_optional(), Some(peer), Some(peer.ip())),
        (layer().peer_optional(), None, None),
        (layer().without_ip(), None, None),
    ] {
        let source = context(layer, peer).await.unwrap().source().clone();
        assert_eq!(source.ip, ip);
    }
    // A missing actor is reported first.
    let nobody = context(AuditLayer::new(), None).await;
    assert!(matches!(nobody, Err(NoContext::NoActor)), "{nobody:?}");
}

#[test]
fn without_a_peer_there_is_no_address() {
    let layer = layer(ForwardedHeader::XForwardedFor);
    let mut request = request(PEER, "x-forwarded-for", &[b"203.0.113.9"]);
    let hidden = layer.clone().without_ip();
    assert_eq!(ip(&hidden, &request), None);

    request.extensions.clear();
    assert_eq!(ip(&layer, &request), None);

    let told = layer.peer(|_| Some([10, 0, 0, 1].into()));
    assert_eq!(ip(&told, &request).as_deref(), Some("203.0.113.9"));
}

#[test]
fn a_proxy_is_an_address_or_a_network() {
    for proxy in [
        "",
        "localhost",
        "10.0.0.0/33",
        "10.0.0",
        "0.0.0.0/0",
        "::/0",
        "::ffff:0:0/96",
        "10.0.0.1:80",
    ] {
        let error = AuditLayer::new().trusted_proxies([proxy]).unwrap_err();
        assert!(matches!(error, Error::InvalidProxy(_)), "{proxy}");
        assert!(
            error
                .to_string()
                .starts_with(&format!("invalid trusted proxy {proxy:?}"))
        );
    }
    for proxy in [
        "10.0.0.1",
        "10.1.2.3/8",
        " 10.0.0.1/32 ",
        "::ffff:10.0.0.1",
        "::ffff:10.0.0.0/104",
    ] {
        let layer = AuditLayer::new().trusted_proxies([proxy]).unwrap();
        let request = request(PEER, "x-forwarded-for", &[b"203.0.113.9"]);
        assert_eq!(
            ip(&layer, &request).as_deref(),
            Some("203.0.113.9"),
            "{proxy}"
        );
    }
}
