//! serde's attributes, as far as they affect how the model is read from JSON. Patches and drafts are read in the same
//! way.

use proc_macro2::Span;
use syn::{
    Attribute, ExprPath, LitStr, Result, Token, ext::IdentExt, meta::ParseNestedMeta,
    parse_quote_spanned, token::Paren,
};

use super::keys::step_over;

/// `#[serde(..)]` on the struct.
#[derive(Default)]
pub struct SerdeStruct {
    pub rename_all: Option<LitStr>,
    /// An attribute with which the JSON is not an object with one key per field.
    pub other_form: Option<(Span, &'static str)>,
}

/// `#[serde(..)]` on a field.
#[derive(Default)]
pub struct SerdeField {
    pub rename: Option<String>,
    pub aliases: Vec<String>,
    /// The function that reads the value.
    pub read_with: Option<ExprPath>,
    /// JSON cannot set the field.
    pub is_skipped: bool,
    pub flatten: Option<Span>,
}

impl SerdeStruct {
    /// Parses the known keys and skips the others. serde reports mistakes.
    pub fn parse(attributes: &[Attribute]) -> Self {
        let mut this = Self::default();
        for_each_key(attributes, |name, meta| {
            match name {
                "rename_all" => this.rename_all = when_read(meta)?.or(this.rename_all.take()),
                "transparent" => this.other_form = Some((span(meta), "transparent")),
                "from" => this.other_form = Some((span(meta), "from")),
                "try_from" => this.other_form = Some((span(meta), "try_from")),
                "tag" => this.other_form = Some((span(meta), "tag")),
                "remote" => this.other_form = Some((span(meta), "remote")),
                _ => {}
            }
            Ok(())
        });
        this
    }

    /// A field's key, as serde names it.
    pub fn key(&self, field: &str) -> String {
        let rule = self.rename_all.as_ref().map(LitStr::value);
        match rule.as_deref() {
            Some("UPPERCASE" | "SCREAMING_SNAKE_CASE") => field.to_ascii_uppercase(),
            Some("PascalCase") => pascal(field),
            Some("camelCase") => {
                let pascal = pascal(field);
                let mut rest = pascal.chars();
                let first = rest.next().map(|first| first.to_ascii_lowercase());
                first.into_iter().chain(rest).collect()
            }
            Some("kebab-case") => field.replace('_', "-"),
            Some("SCREAMING-KEBAB-CASE") => field.to_ascii_uppercase().replace('_', "-"),
            _ => field.to_owned(),
        }
    }
}

impl SerdeField {
    /// Parses the known keys and skips the others. serde reports mistakes.
    pub fn parse(attributes: &[Attribute]) -> Self {
        let mut this = Self::default();
        for_each_key(attributes, |name, meta| {
            match name {
                "rename" => {
                    this.rename = when_read(meta)?
                        .map(|name| name.value())
                        .or(this.rename.take());
                }
                "alias" => this.aliases.push(meta.value()?.parse::<LitStr>()?.value()),
                "deserialize_with" => this.read_with = Some(path(meta)?),
                "with" => {
                    let mut function = path(meta)?;
                    let span = function.path.segments.last().map(|last| last.ident.span());
                    let name =
                        parse_quote_spanned!(span.unwrap_or(Span::call_site())=> deserialize);
                    function.path.segments.push(name);
                    this.read_with = Some(function);
                }
                "skip" | "skip_deserializing" => this.is_skipped = true,
                "flatten" => this.flatten = Some(span(meta)),
                _ => {}
            }
            Ok(())
        });
        this
    }
}

fn for_each_key(
    attributes: &[Attribute],
    mut read: impl FnMut(&str, &ParseNestedMeta) -> Result<()>,
) {
    for attribute in attributes.iter().filter(|it| it.path().is_ident("serde")) {
        let _ = attribute.parse_nested_meta(|meta| {
            if let Some(name) = meta.path.get_ident() {
                read(&name.unraw().to_string(), &meta)?;
            }
            step_over(meta.input)
        });
    }
}

/// Parses `= "both"` or `(serialize = "written", deserialize = "read")`, and returns the name for reading.
fn when_read(meta: &ParseNestedMeta) -> Result<Option<LitStr>> {
    if !meta.input.peek(Paren) {
        return meta.value()?.parse().map(Some);
    }
    let mut name = None;
    meta.parse_nested_meta(|nested| {
        if nested.path.is_ident("deserialize") {
            name = Some(nested.value()?.parse()?);
        } else if nested.input.peek(Token![=]) {
            nested.value()?.parse::<LitStr>()?;
        }
        Ok(())
    })?;
    Ok(name)
}

fn path(meta: &ParseNestedMeta) -> Result<ExprPath> {
    meta.value()?.parse::<LitStr>()?.parse()
}

fn span(meta: &ParseNestedMeta) -> Span {
    meta.path.segments[0].ident.span()
}

fn pascal(field: &str) -> String {
    let mut is_first = true;
    let mut name = String::new();
    for char in field.chars() {
        if char == '_' {
            is_first = true;
        } else if is_first {
            name.push(char.to_ascii_uppercase());
            is_first = false;
        } else {
            name.push(char);
        }
    }
    name
}
