//! The address of the connection's peer.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use ::http::{Extensions, request::Parts};

type Find = dyn Fn(&Parts) -> Option<IpAddr> + Send + Sync;

/// The function that finds the peer's address.
#[derive(Clone)]
pub(super) struct Peer(Arc<Find>);

impl Peer {
    pub(super) fn new(find: impl Fn(&Parts) -> Option<IpAddr> + Send + Sync + 'static) -> Self {
        Self(Arc::new(find))
    }

    pub(super) fn find(&self, parts: &Parts) -> Option<IpAddr> {
        (self.0)(parts)
    }
}

impl Default for Peer {
    fn default() -> Self {
        Self::new(|parts| Some(address(&parts.extensions)?.ip()))
    }
}

#[cfg(feature = "axum")]
fn address(extensions: &Extensions) -> Option<SocketAddr> {
    use axum::extract::connect_info::{ConnectInfo, MockConnectInfo};

    let served = || Some(extensions.get::<ConnectInfo<SocketAddr>>()?.0);
    let mocked = || Some(extensions.get::<MockConnectInfo<SocketAddr>>()?.0);
    served()
        .or_else(mocked)
        .or_else(|| extensions.get().copied())
}

#[cfg(not(feature = "axum"))]
fn address(extensions: &Extensions) -> Option<SocketAddr> {
    extensions.get().copied()
}

impl fmt::Debug for Peer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Peer(..)")
    }
}
