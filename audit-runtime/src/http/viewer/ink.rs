//! The limits of rendering one page.

use std::{cell::Cell, time::Instant};

use maud::Markup;

use crate::Budget;

/// The maximum length of a value on a timeline.
const SHORT: usize = 400;

/// The maximum length of a value on the page of one entry.
pub(super) const WHOLE: usize = 100_000;

/// The maximum work of all comparisons on a page, in pairs of words of the worst case. A common prefix and suffix do
/// not count, so an edit of a few words costs almost nothing.
pub(super) const COMPARED: u64 = 4_000_000;

/// The detail of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Detail {
    /// A short form, for timelines.
    Short,
    /// The whole value, up to 100,000 characters.
    Whole,
}

/// The remaining budget of a page, and the detail of values.
///
/// Bytes and work depend only on the entries, so a page always looks the same. The time limit is a safety net.
pub(super) struct Ink {
    pub(super) detail: Detail,
    bytes: Cell<usize>,
    compared: Cell<u64>,
    start: Instant,
    deadline: Option<Instant>,
}

impl Ink {
    pub(super) fn new(budget: Budget, detail: Detail) -> Self {
        let start = Instant::now();
        Self {
            detail,
            bytes: Cell::new(budget.bytes),
            compared: Cell::new(COMPARED),
            start,
            deadline: start.checked_add(budget.time),
        }
    }

    /// The number of characters of a value that are shown.
    pub(super) fn characters(&self) -> usize {
        let most = match self.detail {
            Detail::Short => SHORT,
            Detail::Whole => WHOLE,
        };
        most.min(self.bytes.get())
    }

    /// The number of characters of a text that are compared.
    pub(super) fn compared_characters(&self) -> usize {
        WHOLE.min(self.bytes.get())
    }

    /// Whether the page is full, so that only a note is rendered.
    pub(super) fn is_used_up(&self) -> bool {
        let is_late = |deadline| Instant::now() >= deadline;
        self.bytes.get() == 0 || self.deadline.is_some_and(is_late)
    }

    /// Counts rendered text once, even if its parts are counted separately.
    pub(super) fn used_by(&self, render: impl FnOnce() -> Markup) -> Markup {
        let before = self.bytes.get();
        let markup = render();
        self.bytes.set(before.saturating_sub(markup.0.len()));
        markup
    }

    /// The deadline for comparing these texts. It is in the past if the comparison may cost more than the remaining
    /// budget. Then the whole passage between the first and the last difference counts as replaced.
    pub(super) fn deadline(&self, before: &str, after: &str) -> Option<Instant> {
        let (before, after) = differing(before, after);
        let words = |text: &str| 2 * text.split_whitespace().count() as u64 + 1;
        match self
            .compared
            .get()
            .checked_sub(words(before).saturating_mul(words(after)))
        {
            Some(left) => {
                self.compared.set(left);
                self.deadline
            }
            None => Some(self.start),
        }
    }
}

/// Both texts without their common prefix and suffix.
fn differing<'a>(before: &'a str, after: &'a str) -> (&'a str, &'a str) {
    let same = |(a, b): &(char, char)| a == b;
    let start = before.chars().zip(after.chars()).take_while(same);
    let start: usize = start.map(|(char, _)| char.len_utf8()).sum();
    let (before, after) = (&before[start..], &after[start..]);
    let end = before.chars().rev().zip(after.chars().rev());
    let end: usize = end.take_while(same).map(|(char, _)| char.len_utf8()).sum();
    (&before[..before.len() - end], &after[..after.len() - end])
}

#[cfg(test)]
mod tests {
    use super::{COMPARED, Ink, differing};
    use crate::{Budget, http::viewer::Detail};

    #[test]
    fn what_is_alike_costs_nothing() {
        assert_eq!(differing("a b c", "a x c"), ("b", "x"));
        assert_eq!(differing("aa", "aaa"), ("", "a"));
        assert_eq!(differing("ä", "ö"), ("ä", "ö"));
        assert_eq!(differing("", "a"), ("", "a"));
        assert_eq!(differing("a", "a"), ("", ""));
    }

    #[test]
    fn comparisons_of_a_page_are_bounded() {
        let ink = Ink::new(Budget::new(), Detail::Short);
        let text = |start: usize| {
            let words = (0..100_usize).map(|n| format!("{} ", (start + 7 * n) % 31));
            words.collect::<String>()
        };
        let is_compared = |_| ink.deadline(&text(1), &text(2)) != Some(ink.start);
        let compared = (0..1000).map(is_compared).take_while(|compared| *compared);
        let compared = compared.count() as u64;
        assert_eq!(compared, COMPARED / (201 * 201));
        // Equal parts are still compared.
        assert_ne!(ink.deadline("a b", "a c"), Some(ink.start));
    }
}
