//! Fixed SQL texts with placeholders for sea-query's expressions.

use sea_orm::sea_query::Expr;

/// Inserts expressions into a fixed text.
pub(crate) fn sql(template: &'static str, parts: impl IntoIterator<Item = Expr>) -> Expr {
    Expr::cust_with_exprs(template, parts)
}

/// A string constant in the statement. Only constants of this program may be passed.
pub(crate) fn constant(text: &'static str) -> Expr {
    Expr::Constant(text.into())
}

/// Replaces the placeholders of a text once. Placeholders in the inserted texts stay.
pub(crate) fn fill(template: &str, places: &[(&str, String)]) -> String {
    let mut filled = String::new();
    let mut rest = template;
    while let Some(at) = rest.find('{') {
        let place = places
            .iter()
            .find(|(place, _)| rest[at..].starts_with(place));
        let (text, length) = match place {
            Some((place, text)) => (text.as_str(), place.len()),
            None => ("{", 1),
        };
        filled.push_str(&rest[..at]);
        filled.push_str(text);
        rest = &rest[at + length..];
    }
    filled + rest
}

#[cfg(test)]
mod tests {
    use super::fill;

    #[test]
    fn a_text_is_filled_once() {
        let places = [("{a}", "{b}".to_owned()), ("{b}", "c".to_owned())];
        assert_eq!(fill("{ {a} {b}", &places), "{ {b} c");
    }
}
