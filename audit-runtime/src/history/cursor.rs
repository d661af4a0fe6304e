//! The cursor of keyset pagination.

use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::Error;

/// The end of a page. A cursor is opaque, short and safe in a URL. It is valid only for the query that returned it.
///
/// ```
#[doc = include_str!("../guide/example.txt")]
/// audit.update(ann.id, user::Patch::new().role("admin")).await?;
///
/// let history = History::of::<user::Entity>(ann.id);
/// let cursor = history.first_page(&db, 1).await?.next.ok_or("one page")?;
/// let from_a_url = cursor.to_string().parse()?;
/// assert_eq!(history.page(&db, Some(from_a_url), 1).await?.entries[0].action, "UPDATE");
///
/// let other = History::all().page(&db, Some(from_a_url), 1).await.unwrap_err();
/// assert!(matches!(other, Error::InvalidCursor));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cursor {
    id: i64,
    /// Whether the page ended because it reached a limit of its budget.
    is_early: bool,
    query: [u8; 8],
}

impl Cursor {
    pub(super) fn after(id: i64, query: &str) -> Self {
        Self {
            id,
            is_early: false,
            query: fingerprint(id, false, query),
        }
    }

    /// A cursor after an entry that the page has examined but may not contain.
    pub(super) fn early(id: i64, query: &str) -> Self {
        Self {
            id,
            is_early: true,
            query: fingerprint(id, true, query),
        }
    }

    pub(super) fn is_early(&self) -> bool {
        self.is_early
    }

    /// The id of the last entry that the page examined, if the cursor belongs to this query.
    pub(super) fn id(&self, query: &str) -> Result<i64, Error> {
        if self.query == fingerprint(self.id, self.is_early, query) {
            Ok(self.id)
        } else {
            Err(Error::InvalidCursor)
        }
    }
}

/// A checksum of the query and the rest of the cursor, which detects an altered one.
fn fingerprint(id: i64, is_early: bool, query: &str) -> [u8; 8] {
    let digest = Sha256::new()
        .chain_update(id.to_be_bytes())
        .chain_update(early(is_early))
        .chain_update(query)
        .finalize();
    std::array::from_fn(|index| digest[index])
}

/// The last bytes of an encoded cursor.
fn early(is_early: bool) -> &'static [u8] {
    if is_early { &[1] } else { &[] }
}

/// Hides the id.
impl fmt::Debug for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cursor").finish_non_exhaustive()
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [
            &self.id.to_be_bytes(),
            &self.query[..],
            early(self.is_early),
        ]
        .concat();
        f.write_str(&URL_SAFE_NO_PAD.encode(bytes))
    }
}

impl FromStr for Cursor {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let bytes = URL_SAFE_NO_PAD
            .decode(text)
            .map_err(|_| Error::InvalidCursor)?;
        let (id, rest) = bytes.split_first_chunk().ok_or(Error::InvalidCursor)?;
        let (query, rest) = rest.split_first_chunk().ok_or(Error::InvalidCursor)?;
        let is_early = !rest.is_empty();
        if rest != early(is_early) {
            return Err(Error::InvalidCursor);
        }
        Ok(Self {
            id: i64::from_be_bytes(*id),
            is_early,
            query: *query,
        })
    }
}

impl Serialize for Cursor {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
