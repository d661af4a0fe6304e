//! A page of entries.

use std::pin::Pin;

use futures_util::stream::Stream;
use serde::{Serialize, Serializer, ser::SerializeStruct};

use super::{Cursor, Entry};
use crate::Error;

/// A page of entries.
///
/// It serializes as `{"entries": [..], "next": ".."}`, with `"ended_early": true` if it reached a limit of its budget.
///
/// ```
#[doc = include_str!("../guide/example.txt")]
/// audit.update(ann.id, user::Patch::new().role("admin")).await?;
/// let history = History::of::<user::Entity>(ann.id).newest_first();
/// let first = history.first_page(&db, 1).await?;
/// let last = history.page(&db, first.next, 1).await?;
/// assert_eq!((&first.entries[0].action[..], &last.entries[0].action[..]), ("UPDATE", "CREATE"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Page {
    /// The entries, in the order of the query.
    pub entries: Vec<Entry>,
    /// The cursor of the next page; `None` if this was the last.
    pub next: Option<Cursor>,
}

impl Page {
    /// Creates a page.
    pub fn new(entries: Vec<Entry>, next: Option<Cursor>) -> Self {
        Self { entries, next }
    }

    /// Whether the page reached a limit of its [`Budget`](super::Budget): it may contain fewer entries than requested, or
    /// none, and there may be more.
    pub fn ended_early(&self) -> bool {
        self.next.is_some_and(|cursor| cursor.is_early())
    }
}

impl Serialize for Page {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let ended_early = self.ended_early();
        let mut page = serializer.serialize_struct("Page", 2 + usize::from(ended_early))?;
        page.serialize_field("entries", &self.entries)?;
        page.serialize_field("next", &self.next)?;
        if ended_early {
            page.serialize_field("ended_early", &true)?;
        }
        page.end()
    }
}

/// A stream of the entries of a [`History`](super::History).
pub type Entries<'a> = Pin<Box<dyn Stream<Item = Result<Entry, Error>> + Send + 'a>>;
