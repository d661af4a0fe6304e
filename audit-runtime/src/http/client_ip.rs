//! The client's address: the peer's, or what trusted proxies say of it.

use std::net::IpAddr;

use ::http::{HeaderMap, HeaderValue};
use ipnet::{IpNet, Ipv4Net};

use super::forwarded::hops;
use crate::Error;

/// The header that the trusted proxies write.
///
/// One alone is read: a proxy that writes one of them hands the other on as the client sent it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ForwardedHeader {
    /// `X-Forwarded-For: 203.0.113.9, 10.0.0.1`
    #[default]
    XForwardedFor,
    /// `Forwarded: for=203.0.113.9, for="[2001:db8::1]:4711"` (RFC 7239)
    Forwarded,
}

impl ForwardedHeader {
    fn name(self) -> &'static str {
        match self {
            Self::XForwardedFor => "x-forwarded-for",
            Self::Forwarded => "forwarded",
        }
    }
}

/// The proxies whose word is taken for whom they forward for.
#[derive(Clone, Debug, Default)]
pub(super) struct TrustedProxies {
    networks: Vec<IpNet>,
    pub(super) header: ForwardedHeader,
}

impl TrustedProxies {
    pub(super) fn add(&mut self, proxy: &str) -> Result<(), Error> {
        let network = network(proxy).ok_or_else(|| Error::InvalidProxy(proxy.to_owned()))?;
        self.networks.push(network);
        Ok(())
    }

    /// The address that the nearest hop which is no trusted proxy has, by the word of the trusted ones alone.
    ///
    /// From the right: each hop was written by the one after it, so the walk ends at the first that is not trusted.
    /// It also ends at one that names no address. What lies beyond, anybody may have written.
    pub(super) fn client_ip(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let lines = headers.get_all(self.header.name()).iter();
        self.walk(peer, hops(self.header, lines.map(HeaderValue::as_bytes)))
    }

    fn walk(&self, peer: IpAddr, mut hops: impl Iterator<Item = Option<IpAddr>>) -> IpAddr {
        let mut nearest = peer.to_canonical();
        while self.trusts(nearest) {
            match hops.next() {
                Some(Some(hop)) => nearest = hop,
                Some(None) | None => break,
            }
        }
        nearest
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.networks
            .iter()
            .any(|network| network.contains(&address))
    }
}

/// An address or a network; not the network of everybody, whose word is nobody's.
fn network(text: &str) -> Option<IpNet> {
    let text = text.trim();
    let network = match text.parse() {
        Ok(address) => IpNet::from(IpAddr::to_canonical(&address)),
        Err(_) => text.parse().ok()?,
    };
    let network = match network {
        IpNet::V6(v6) => match v6.addr().to_ipv4_mapped() {
            Some(v4) => Ipv4Net::new(v4, v6.prefix_len().checked_sub(96)?)
                .ok()?
                .into(),
            None => network,
        },
        IpNet::V4(_) => network,
    };
    (network.prefix_len() > 0).then_some(network)
}
