//! The parameter `empty`, which names the parameters whose text is empty.

use super::{PARAMETERS, named};
use crate::http::TrailQuery;

pub(super) fn set_empty(query: &mut TrailQuery, names: &str) -> Option<()> {
    names.split(',').try_for_each(|name| {
        let parameter = named(name).filter(|parameter| parameter.takes_any_text())?;
        parameter.parse(query, "")
    })
}

pub(super) fn print_empty(query: &TrailQuery) -> Option<String> {
    let texts = PARAMETERS.iter().filter(|known| known.takes_any_text());
    let empty = texts.filter(|text| text.is_given(query) && text.print(query).is_none());
    let names: Vec<_> = empty.map(|text| text.name).collect();
    (!names.is_empty()).then(|| names.join(","))
}
