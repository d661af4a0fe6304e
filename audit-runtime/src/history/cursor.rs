//! The cursor of keyset pagination.

use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::Error;

/// The end of a page. Opaque, short, safe in a URL, and valid only for the query that returned it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cursor {
    id: i64,
    query: [u8; 8],
}

impl Cursor {
    pub(super) fn after(id: i64, query: &str) -> Self {
        Self {
            id,
            query: fingerprint(id, query),
        }
    }

    /// The id of the last entry of the page, if the cursor belongs to this query.
    pub(super) fn id(&self, query: &str) -> Result<i64, Error> {
        if self.query == fingerprint(self.id, query) {
            Ok(self.id)
        } else {
            Err(Error::InvalidCursor)
        }
    }
}

/// A checksum of query and id, which detects an altered id.
fn fingerprint(id: i64, query: &str) -> [u8; 8] {
    let digest = Sha256::new()
        .chain_update(id.to_be_bytes())
        .chain_update(query)
        .finalize();
    std::array::from_fn(|index| digest[index])
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [self.id.to_be_bytes(), self.query].concat();
        f.write_str(&URL_SAFE_NO_PAD.encode(bytes))
    }
}

impl FromStr for Cursor {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let bytes = URL_SAFE_NO_PAD
            .decode(text)
            .map_err(|_| Error::InvalidCursor)?;
        let (id, query) = bytes.split_first_chunk().ok_or(Error::InvalidCursor)?;
        Ok(Self {
            id: i64::from_be_bytes(*id),
            query: query.try_into().map_err(|_| Error::InvalidCursor)?,
        })
    }
}

impl Serialize for Cursor {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
