//! The difference of two long texts.

use std::time::Instant;

use maud::{Markup, html};
use similar::{ChangeTag, DiffOp, DiffTag, InlineChange, TextDiff, TextDiffConfig};

use super::{Detail, ink::Ink, text::visible};

/// The number of unchanged lines around a change.
const CONTEXT: usize = 3;

/// The number of characters of a shortened unchanged passage next to a change.
const PASSAGE: usize = 60;

/// The maximum number of lines of a short diff.
const SHORT: usize = 40;

/// After the deadline, a comparison is coarser, but still correct.
fn compare(deadline: Option<Instant>) -> TextDiffConfig {
    let mut compare = TextDiff::configure();
    if let Some(deadline) = deadline {
        compare.deadline(deadline);
    }
    compare
}

/// Compares texts line by line, and marks the differences within a line.
pub(super) fn lines(before: &str, after: &str, ink: &Ink) -> Markup {
    let deadline = ink.deadline(before, after);
    let diff = compare(deadline).diff_lines(before, after);
    let line_end_differs = before.ends_with('\n') != after.ends_with('\n');
    let groups = diff.grouped_ops(CONTEXT);
    let mut shown = Vec::new();
    let mut unchanged_from = 0;
    for ops in &groups {
        let start = ops
            .first()
            .map_or(unchanged_from, |op| op.old_range().start);
        shown.push(gap(start - unchanged_from));
        unchanged_from = ops.last().map_or(start, |op| op.old_range().end);
        for op in ops {
            for change in diff.iter_inline_changes_deadline(op, deadline) {
                shown.push(line(&change, line_end_differs));
            }
        }
    }
    shown.push(gap(diff.old_len() - unchanged_from));
    let limit = match ink.detail {
        Detail::Short => SHORT,
        Detail::Whole => usize::MAX,
    };
    let left_out = shown.len().saturating_sub(limit);
    html! {
        pre.diff {
            @for line in shown.iter().take(limit) { (line) }
            @if left_out > 0 {
                span.gap { "… and " (left_out) " lines more" }
            }
        }
    }
}

fn line(change: &InlineChange<'_, str>, line_end_differs: bool) -> Markup {
    let text = html! {
        @for (is_marked, text) in change.values() {
            @let text = visible(text.strip_suffix('\n').unwrap_or(text));
            @if *is_marked { b { (text) } } @else { (text) }
        }
        @if line_end_differs && change.missing_newline() {
            span.note { " (no line end)" }
        }
    };
    match change.tag() {
        ChangeTag::Equal => html! { span.line { "  " (text) } },
        ChangeTag::Delete => html! { del.line { "− " (text) } },
        ChangeTag::Insert => html! { ins.line { "+ " (text) } },
    }
}

fn gap(lines: usize) -> Markup {
    html! {
        @match lines {
            0 => {}
            1 => span.gap { "⋯ 1 line unchanged" },
            _ => span.gap { "⋯ " (lines) " lines unchanged" },
        }
    }
}

/// Compares texts of one line, word by word.
pub(super) fn words(before: &str, after: &str, ink: &Ink) -> Markup {
    let diff = compare(ink.deadline(before, after)).diff_words(before, after);
    let last = diff.ops().len().saturating_sub(1);
    html! {
        p.words {
            @for (index, op) in diff.ops().iter().enumerate() {
                @let (went, came) = sides(&diff, op);
                @match (op.tag(), ink.detail) {
                    (DiffTag::Equal, Detail::Short) => (passage(&went, index == 0, index == last)),
                    (DiffTag::Equal, Detail::Whole) => (visible(&went)),
                    _ => {
                        @if !went.is_empty() { del { (visible(&went)) } }
                        @if !came.is_empty() { ins { (visible(&came)) } }
                    }
                }
            }
        }
    }
}

fn sides(diff: &TextDiff<'_, '_, str>, op: &DiffOp) -> (String, String) {
    let went = op.old_range().filter_map(|index| diff.old_slice(index));
    let came = op.new_range().filter_map(|index| diff.new_slice(index));
    (went.collect(), came.collect())
}

/// An unchanged passage, shortened away from changes.
fn passage(text: &str, is_first: bool, is_last: bool) -> Markup {
    let length = text.chars().count();
    if length <= 3 * PASSAGE {
        return visible(text);
    }
    let end_of_start = text.char_indices().nth(PASSAGE).map_or(0, |(at, _)| at);
    let start_of_end = text
        .char_indices()
        .nth(length - PASSAGE)
        .map_or(0, |(at, _)| at);
    html! {
        @if !is_first { (visible(&text[..end_of_start])) }
        " … "
        @if !is_last { (visible(&text[start_of_end..])) }
    }
}
