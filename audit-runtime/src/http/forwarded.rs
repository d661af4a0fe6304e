//! Parses `X-Forwarded-For` and `Forwarded` from the right: the end that the nearest proxy wrote.

use std::{
    iter,
    net::{IpAddr, SocketAddr},
    str,
};

/// The header that the trusted proxies write.
///
/// Only this header is read. A proxy that writes one of the two forwards the other as the client sent it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ForwardedHeader {
    /// `X-Forwarded-For: 203.0.113.9, 10.0.0.1`
    #[default]
    XForwardedFor,
    /// `Forwarded: for=203.0.113.9, for="[2001:db8::1]:4711"` (RFC 7239)
    Forwarded,
}

impl ForwardedHeader {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::XForwardedFor => "x-forwarded-for",
            Self::Forwarded => "forwarded",
        }
    }
}

/// The hops of one header's lines, last first. A hop that names no address is `None`.
pub(super) fn hops<'a>(
    header: ForwardedHeader,
    lines: impl DoubleEndedIterator<Item = &'a [u8]>,
) -> impl Iterator<Item = Option<IpAddr>> {
    lines.rev().flat_map(move |line| {
        parts(line, b',').map(move |element| match header {
            ForwardedHeader::XForwardedFor => address(element),
            ForwardedHeader::Forwarded => address(for_parameter(element)?),
        })
    })
}

/// Splits a line at the separators outside of quotes, last part first.
///
/// Reading from the right, a quote that a client left open cannot swallow what a proxy has appended.
fn parts(line: &[u8], separator: u8) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(line);
    iter::from_fn(move || {
        let line = rest?;
        match last_outside_quotes(line, separator) {
            Some(at) => {
                rest = Some(&line[..at]);
                Some(&line[at + 1..])
            }
            None => rest.take(),
        }
    })
}

fn last_outside_quotes(line: &[u8], wanted: u8) -> Option<usize> {
    let mut quoted = false;
    for (at, &byte) in line.iter().enumerate().rev() {
        if byte == b'"' && !(quoted && is_escaped(line, at)) {
            quoted = !quoted;
        } else if byte == wanted && !quoted {
            return Some(at);
        }
    }
    None
}

fn is_escaped(line: &[u8], at: usize) -> bool {
    let backslashes = line[..at].iter().rev().take_while(|&&byte| byte == b'\\');
    backslashes.count() % 2 == 1
}

/// The value of an element's `for` parameter; `None` if there are several.
fn for_parameter(element: &[u8]) -> Option<&[u8]> {
    let mut values = pairs(element).filter_map(|pair| {
        let at = pair.iter().position(|&byte| byte == b'=')?;
        let (name, value) = (&pair[..at], &pair[at + 1..]);
        name.eq_ignore_ascii_case(b"for").then_some(value)
    });
    match (values.next()?, values.next()) {
        ([b'"', value @ .., b'"'], None) => Some(value),
        (value, None) => Some(value),
        (_, Some(_)) => None,
    }
}

/// The parameters of an element.
fn pairs(element: &[u8]) -> impl Iterator<Item = &[u8]> {
    parts(element, b';').map(<[u8]>::trim_ascii)
}

/// Parses `192.0.2.1`, `2001:db8::1` or `[2001:db8::1]`, with or without a port where that is unambiguous.
/// An IPv4-mapped IPv6 address becomes IPv4.
fn address(hop: &[u8]) -> Option<IpAddr> {
    let hop = str::from_utf8(hop).ok()?.trim_matches([' ', '\t']);
    let bracketed = || hop.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    let address = hop
        .parse()
        .ok()
        .or_else(|| hop.parse().ok().map(|address: SocketAddr| address.ip()))
        .or_else(|| bracketed().map(IpAddr::V6))?;
    Some(address.to_canonical())
}
