//! Parses `#[audited(..)]` and `#[sea_orm(..)]`. Nothing here returns an error: an option that cannot be parsed is
//! reported and skipped, so that one mistake does not hide another.

mod sea_orm;
mod serde;
mod touch;

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::{
    Attribute, Ident, LitStr, Meta, Path, Result, Token,
    ext::IdentExt,
    parenthesized,
    parse::{Parse, ParseStream},
    token::Paren,
};

pub use self::{
    sea_orm::{Relation, SeaOrm},
    serde::{SerdeField, SerdeStruct},
    touch::{Touch, Touched},
};
use crate::diagnostics::{self, Diagnostics};
use crate::keys::{FIELD_KEYS, STRUCT_KEYS};

/// `#[audited(..)]` on the struct.
#[derive(Default)]
pub struct StructAttributes {
    pub entity_type: Option<LitStr>,
    /// The entity that this struct lists the columns of, in a file of its own.
    pub entity: Option<Path>,
    /// Whether there is an `entity` that is no path to one: then nothing is generated.
    pub is_of_nothing: bool,
    /// Former entity types, latest first.
    pub was: Option<Vec<LitStr>>,
    pub no_hooks: Option<Span>,
    pub locked: Option<Span>,
    pub reason: Option<Span>,
    pub graph: Option<Span>,
    pub others: Option<Others>,
    pub runtime: Option<Path>,
}

/// `#[audited(..)]` on a field.
#[derive(Default)]
pub struct FieldAttributes {
    /// The attribute itself, if there is one.
    pub written: Option<Attribute>,
    pub policies: Vec<(Policy, Span)>,
    pub erasable: Option<Span>,
    pub label: Option<Span>,
    pub touch: Option<Touch>,
    pub update: Option<Grant>,
    pub create: Option<Grant>,
    /// Latest first.
    pub was: Option<Vec<LitStr>>,
    pub parent: Option<(Span, Path)>,
}

#[derive(Clone, Copy, PartialEq)]
pub enum Policy {
    Record,
    Redact,
    Skip,
}

/// What becomes of the fields that say nothing themselves.
#[derive(Clone, Copy, PartialEq)]
pub enum Others {
    Policy(Policy),
    /// They are recorded, and in the patch without a name.
    Update,
}

/// `update`, `update(Profile, Admin)`, `create` or `create(SignUp)`.
pub struct Grant {
    pub span: Span,
    /// The names of the allowlists. Empty for the allowlist without a name.
    pub names: Vec<Ident>,
}

impl StructAttributes {
    pub fn parse(attributes: &[Attribute], diagnostics: &mut Diagnostics) -> Self {
        let mut this = Self::default();
        for_each_key(attributes, STRUCT_KEYS, diagnostics, |key, input| {
            match key.to_string().as_str() {
                // #[audited(entity_type = "User")]
                "entity_type" => {
                    let form = "`entity_type = \"User\"`";
                    set(&mut this.entity_type, key, value(key, input, form)?)
                }
                // #[audited(entity = super::_entities::user::Entity)]
                "entity" => {
                    let path = value(key, input, "`entity = super::_entities::user::Entity`")
                        .and_then(|path| diagnostics::entity_of(key, path));
                    this.is_of_nothing |= path.is_err();
                    set(&mut this.entity, key, path?)
                }
                // #[audited(was = "people")], #[audited(was("people", "persons"))]
                "was" => set(&mut this.was, key, former_names(key, input)?),
                // #[audited(no_hooks)]
                "no_hooks" => set(&mut this.no_hooks, key, bare(key, input)?),
                // #[audited(locked)]
                "locked" => set(&mut this.locked, key, bare(key, input)?),
                // #[audited(reason)]
                "reason" => set(&mut this.reason, key, bare(key, input)?),
                // #[audited(graph)]
                "graph" => set(&mut this.graph, key, bare(key, input)?),
                // #[audited(others = record)], #[audited(others = update)]
                "others" => {
                    let form = "`others = record`, `others = redact`, `others = skip` or `others = update`";
                    set(&mut this.others, key, value(key, input, form)?)
                }
                // #[audited(crate = ::path)]
                "crate" => {
                    let path = value(key, input, "`crate = ::audit_runtime`")?;
                    set(&mut this.runtime, key, absolute(path)?)
                }
                misplaced if FIELD_KEYS.contains(&misplaced) => {
                    Err(diagnostics::field_key_on_struct(key))
                }
                _ => Err(diagnostics::unknown_key(key, STRUCT_KEYS)),
            }
        });
        this
    }
}

impl FieldAttributes {
    pub fn parse(attributes: &[Attribute], diagnostics: &mut Diagnostics) -> Self {
        let mut this = Self {
            written: attributes
                .iter()
                .find(|attribute| is_ours(attribute))
                .cloned(),
            ..Self::default()
        };
        for_each_key(attributes, FIELD_KEYS, diagnostics, |key, input| {
            match key.to_string().as_str() {
                // #[audited(record)], #[audited(redact)], #[audited(skip)]
                name @ ("record" | "redact" | "skip") => {
                    let span = bare(key, input)?;
                    let policy = Policy::from_name(name).filter(|policy| {
                        let mut earlier = this.policies.iter();
                        earlier.all(|(earlier, _)| earlier != policy)
                    });
                    let policy = policy.ok_or_else(|| diagnostics::duplicate_key(key))?;
                    this.policies.push((policy, span));
                    Ok(())
                }
                // #[audited(erasable)]
                "erasable" => set(&mut this.erasable, key, bare(key, input)?),
                // #[audited(label)]
                "label" => set(&mut this.label, key, bare(key, input)?),
                // #[audited(touch)], #[audited(touch = create)]
                "touch" => {
                    let on = Touched::parse_after(key, input);
                    // Touched in any case, so that no policy is asked for.
                    set(&mut this.touch, key, Touch::new(key, on.as_ref().ok()))?;
                    on.map(drop)
                }
                // #[audited(update)], #[audited(update(Profile, Admin))]
                "update" => set(&mut this.update, key, grant(key, input)?),
                // #[audited(create)], #[audited(create(SignUp))]
                "create" => set(&mut this.create, key, grant(key, input)?),
                // #[audited(was = "old_name")], #[audited(was("older", "oldest"))]
                "was" => set(&mut this.was, key, former_names(key, input)?),
                // #[audited(parent = super::user::Entity)]
                "parent" => {
                    let path = value(key, input, "`parent = super::user::Entity`")?;
                    let path = diagnostics::entity_of(key, path)?;
                    set(&mut this.parent, key, (key.span(), path))
                }
                misplaced if STRUCT_KEYS.contains(&misplaced) => {
                    Err(diagnostics::struct_key_on_field(key))
                }
                _ => Err(diagnostics::unknown_key(key, FIELD_KEYS)),
            }
        });
        this
    }
}

impl Policy {
    pub fn name(self) -> &'static str {
        match self {
            Self::Record => "record",
            Self::Redact => "redact",
            Self::Skip => "skip",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        match name {
            "record" => Some(Self::Record),
            "redact" => Some(Self::Redact),
            "skip" => Some(Self::Skip),
            _ => None,
        }
    }
}

impl Parse for Others {
    fn parse(input: ParseStream) -> Result<Self> {
        let name: Ident = input.parse()?;
        if name == "update" {
            return Ok(Self::Update);
        }
        let policy = Policy::from_name(&name.to_string());
        policy
            .map(Self::Policy)
            .ok_or_else(|| syn::Error::new(name.span(), "not a policy"))
    }
}

fn is_ours(attribute: &Attribute) -> bool {
    attribute.path().is_ident("audited")
}

/// Calls `read` for every key of every `#[audited(..)]`. `read` consumes the key's value.
fn for_each_key(
    attributes: &[Attribute],
    known: &[&str],
    diagnostics: &mut Diagnostics,
    mut read: impl FnMut(&Ident, ParseStream) -> Result<()>,
) {
    for attribute in attributes.iter().filter(|attribute| is_ours(attribute)) {
        match &attribute.meta {
            Meta::List(list) if !list.tokens.is_empty() => {
                let parsed = attribute.parse_nested_meta(|meta| {
                    let outcome = match meta.path.get_ident() {
                        Some(key) => read(key, meta.input),
                        None => Err(diagnostics::unknown_key(&meta.path, known)),
                    };
                    outcome.or_else(|error| {
                        diagnostics.push(error);
                        step_over(meta.input)
                    })
                });
                if let Err(error) = parsed {
                    diagnostics.push(diagnostics::no_key(&error, known));
                }
            }
            Meta::NameValue(_) => diagnostics.push(diagnostics::not_a_list(attribute, known)),
            Meta::Path(_) | Meta::List(_) => {
                diagnostics.push(diagnostics::means_nothing(attribute, known));
            }
        }
    }
}

fn set<T>(slot: &mut Option<T>, key: &Ident, value: T) -> Result<()> {
    if slot.is_some() {
        return Err(diagnostics::duplicate_key(key));
    }
    *slot = Some(value);
    Ok(())
}

fn bare(key: &Ident, input: ParseStream) -> Result<Span> {
    if input.is_empty() || input.peek(Token![,]) {
        Ok(key.span())
    } else {
        Err(diagnostics::takes_no_value(key, input.span()))
    }
}

fn value<T: Parse>(key: &Ident, input: ParseStream, form: &str) -> Result<T> {
    if input.parse::<Option<Token![=]>>()?.is_none() {
        return Err(diagnostics::malformed(key.span(), form));
    }
    let value = input.parse();
    value.map_err(|error| diagnostics::malformed(error.span(), form))
}

/// Whether the path is `::path` or `crate::path`, which mean the same wherever the expansion is placed.
fn absolute(path: Path) -> Result<Path> {
    if path.leading_colon.is_some() || path.segments[0].ident == "crate" {
        Ok(path)
    } else {
        Err(diagnostics::relative_path(&path))
    }
}

fn grant(key: &Ident, input: ParseStream) -> Result<Grant> {
    let span = key.span();
    if !input.peek(Paren) {
        let span = bare(key, input).map_err(|_| diagnostics::not_names(key, input.span()))?;
        let names = Vec::new();
        return Ok(Grant { span, names });
    }
    let list;
    parenthesized!(list in input);
    if list.is_empty() {
        return Err(diagnostics::names_nothing(key));
    }
    let names = list.parse_terminated(Ident::parse_any, Token![,]);
    let names = names.map_err(|error| {
        // What is left in the parentheses would be an error of its own.
        let _ = list.parse::<TokenStream>();
        diagnostics::not_names(key, error.span())
    })?;
    let names = names.into_iter().collect();
    Ok(Grant { span, names })
}

fn former_names(key: &Ident, input: ParseStream) -> Result<Vec<LitStr>> {
    let form = "`was = \"old_name\"`, or `was(\"older\", \"oldest\")`";
    if !input.peek(Paren) {
        return Ok(vec![value(key, input, form)?]);
    }
    let list;
    parenthesized!(list in input);
    let names = list.parse_terminated(<LitStr as Parse>::parse, Token![,]);
    match names {
        Ok(names) if !names.is_empty() => Ok(names.into_iter().collect()),
        Ok(_) => Err(diagnostics::malformed(key.span(), form)),
        Err(error) => {
            // What is left in the parentheses would be an error of its own.
            let _ = list.parse::<TokenStream>();
            Err(diagnostics::malformed(error.span(), form))
        }
    }
}

fn step_over(input: ParseStream) -> Result<()> {
    while !input.is_empty() && !input.peek(Token![,]) {
        input.parse::<TokenTree>()?;
    }
    Ok(())
}
