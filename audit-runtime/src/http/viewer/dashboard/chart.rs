//! A chart of numbers over time: stacked columns of the outcomes.

use maud::{Markup, html};

use super::tally::{Counts, Row};

/// The width of a column with its gap, and the height of the highest, in units of the chart.
const STEP: usize = 10;
const HEIGHT: usize = 100;

/// The minimum height of a number that is not 0, so that one refusal among thousands is visible.
const LEAST: usize = 4;

/// The chart. A table next to it has its numbers.
pub(super) fn chart(row: &Row, label: &str) -> Markup {
    let columns = row.columns.iter();
    let most = columns.map(|counts| counts.all()).max().unwrap_or_default();
    let columns = row
        .columns
        .iter()
        .map(|counts| stacked(*counts, most.max(1)));
    let columns: Vec<_> = columns.collect();
    let tops = columns.iter().flatten().map(|(_, _, top)| *top);
    let height = tops.max().unwrap_or_default().max(HEIGHT);
    html! {
        svg.chart role="img" aria-label=(label) viewBox={ "0 0 " (columns.len() * STEP) " " (height) }
            preserveAspectRatio="none" {
            @for (index, parts) in columns.iter().enumerate() {
                @for (class, bottom, top) in parts {
                    rect class=(class) x=(index * STEP + 1) y=(height - top) width=(STEP - 2) height=(top - bottom) {}
                }
            }
        }
    }
}

/// The parts of a column, from the bottom up: class, bottom and top.
fn stacked(counts: Counts, most: usize) -> Vec<(&'static str, usize, usize)> {
    let parts = [
        ("failure", counts.failure),
        ("denied", counts.denied),
        ("success", counts.all() - counts.failure - counts.denied),
    ];
    let mut bottom = 0;
    let parts = parts.into_iter().filter(|(_, count)| *count > 0);
    parts
        .map(|(class, count)| {
            let from = bottom;
            bottom += (count * HEIGHT / most).max(LEAST);
            (class, from, bottom)
        })
        .collect()
}
