//! Parses `#[audited(..)]` and `#[sea_orm(..)]`. Nothing here returns an error: an option that cannot be parsed is
//! reported and skipped, so that one mistake does not hide another.

mod keys;
mod sea_orm;
mod serde;
mod touch;
mod value;

use proc_macro2::Span;
use syn::{Attribute, LitStr, Path};

pub use self::{
    sea_orm::{Relation, SeaOrm},
    serde::{SerdeField, SerdeStruct},
    touch::{Touch, Touched},
    value::{Grant, Others, Policy},
};
use crate::diagnostics::{self, Diagnostics};
use crate::keys::{FIELD_KEYS, STRUCT_KEYS};
use keys::{bare, for_each_key, is_ours, set, value};
use value::{absolute, former_names, grant};

/// `#[audited(..)]` on the struct.
#[derive(Default)]
pub struct StructAttributes {
    pub entity_type: Option<LitStr>,
    /// The entity whose columns this struct lists, in another file.
    pub entity: Option<Path>,
    /// Whether `entity` is not a path to an entity. Then nothing is generated.
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
                    // Set even after an error, so that no policy is required.
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
