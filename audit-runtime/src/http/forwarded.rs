//! What proxies say of whom they forward for, read from the right: the end that the nearest proxy wrote.

use std::{
    iter,
    net::{IpAddr, SocketAddr},
    str,
};

use super::ForwardedHeader;

/// The hops of one header's lines, the last first; `None` for one that names no address.
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

/// What stands between the separators, the last first.
///
/// Read from the right a quote is only ever one of a later proxy's, so that one which a client left open cannot
/// swallow what a proxy has added.
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

/// The value of an element's only `for`. Two would be two opinions.
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

/// What stands between the semicolons.
fn pairs(element: &[u8]) -> impl Iterator<Item = &[u8]> {
    parts(element, b';').map(<[u8]>::trim_ascii)
}

/// `192.0.2.1`, `2001:db8::1`, `[2001:db8::1]`, with or without a port where that is unambiguous.
/// An IPv4 address in IPv6 clothes is IPv4.
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
