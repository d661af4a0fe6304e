//! The client's address: the peer's, or the one that trusted proxies report.

use std::net::IpAddr;

use ::http::{HeaderMap, HeaderValue};
use ipnet::{IpNet, Ipv4Net};

use super::forwarded::{ForwardedHeader, hops};
use crate::Error;

/// The proxies whose forwarding header is trusted.
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

    /// The address of the last untrusted hop, reading the header from the right.
    ///
    /// Each hop was written by the one after it, so the walk ends at the first hop that is not trusted or names no
    /// address. A client can forge everything to the left of it.
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

/// Parses an address or a network. A network of all addresses (`/0`) is rejected.
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
