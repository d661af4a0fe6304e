//! The argument types of the setters of a context.

use std::{
    borrow::Cow,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6},
    sync::Arc,
};

use uuid::Uuid;

use crate::Error;

/// A text, or an `Option` of one. `None` means no value.
///
/// ```
/// use audit_runtime::{Actor, AuditContext};
///
/// let header: Option<&str> = None;
/// let context = AuditContext::new(Actor::new("User", 7))
///     .user_agent(header)
///     .request_id(uuid::Uuid::nil());
/// assert_eq!(context.source().user_agent, None);
/// assert!(context.source().request_id.is_some());
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no text for a context",
    label = "neither a text, nor a `Uuid`, nor an `Option` of one",
    note = "pass `value.to_string()`"
)]
pub trait OptionalText {
    /// Converts to the text.
    fn into_text(self) -> Option<String>;
}

macro_rules! text {
    ($($ty:ty),+) => { $(
        impl OptionalText for $ty {
            fn into_text(self) -> Option<String> {
                Some(self.to_string())
            }
        }
    )+ };
}

text!(&str, &String, Cow<'_, str>, Box<str>, Arc<str>, Uuid);

impl OptionalText for String {
    fn into_text(self) -> Option<String> {
        Some(self)
    }
}

impl<T: OptionalText> OptionalText for Option<T> {
    fn into_text(self) -> Option<String> {
        self.and_then(T::into_text)
    }
}

/// An address with or without a port, or an `Option` of one. `None` means no value.
///
/// ```
/// use audit_runtime::{Actor, AuditContext};
/// use std::net::SocketAddr;
///
/// let peer: Option<SocketAddr> = Some("203.0.113.9:50412".parse()?);
/// let context = AuditContext::new(Actor::new("User", 7)).ip(peer);
/// assert_eq!(context.source().ip, Some([203, 0, 113, 9].into()));
/// # Ok::<_, std::net::AddrParseError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no address",
    label = "neither an `IpAddr`, nor a `SocketAddr`, nor an `Option` of one",
    note = "an address that is text is parsed: `context.parse_ip(text)?`"
)]
pub trait OptionalIp {
    /// Converts to the address.
    fn into_ip(self) -> Option<IpAddr>;
}

macro_rules! ip {
    ($($ty:ty),+) => { $(
        impl OptionalIp for $ty {
            fn into_ip(self) -> Option<IpAddr> {
                Some(self.into())
            }
        }
    )+ };
}

ip!(IpAddr, Ipv4Addr, Ipv6Addr, [u8; 4], [u8; 16], [u16; 8]);

macro_rules! peer {
    ($($ty:ty),+) => { $(
        impl OptionalIp for $ty {
            fn into_ip(self) -> Option<IpAddr> {
                Some(SocketAddr::from(self).ip())
            }
        }
    )+ };
}

peer!(SocketAddr, SocketAddrV4, SocketAddrV6);

impl<T: OptionalIp> OptionalIp for Option<T> {
    fn into_ip(self) -> Option<IpAddr> {
        self.and_then(T::into_ip)
    }
}

/// Parses an address with or without a port.
pub(super) fn parse_ip(text: &str) -> Result<IpAddr, Error> {
    let trimmed = text.trim();
    let bare = trimmed
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let parsed = bare.unwrap_or(trimmed).parse();
    let parsed = parsed.or_else(|_| trimmed.parse().map(|peer: SocketAddr| peer.ip()));
    parsed.map_err(|_| Error::InvalidIp(text.chars().take(64).collect()))
}
