//! The derive's input: the entity with its fields.

use heck::ToUpperCamelCase;
use proc_macro2::Span;
use syn::{Data, DeriveInput, Fields, Ident, Path, Type, Visibility, ext::IdentExt, parse_quote};

use crate::{
    attr::{
        FieldAttributes, Grant, Others, Policy, Relation, SeaOrm, SerdeField, SerdeStruct,
        StructAttributes,
    },
    diagnostics::{self, Diagnostics},
    kind::Kind,
    secrets::looks_secret,
};

pub struct Entity {
    pub ident: Ident,
    pub vis: Visibility,
    pub attributes: StructAttributes,
    pub serde: SerdeStruct,
    /// Whether SeaORM generates an `ActiveModelEx` for it.
    pub has_graph: bool,
    pub fields: Vec<Field>,
}

pub struct Field {
    pub ident: Ident,
    pub vis: Visibility,
    pub ty: Type,
    /// The name in the log: `type` for `r#type`.
    pub name: String,
    /// The variant of `Column`.
    pub variant: Ident,
    pub role: Role,
    pub relation: Relation,
    pub attributes: FieldAttributes,
    pub serde: SerdeField,
}

#[derive(Clone, Copy, PartialEq)]
pub enum Role {
    Key,
    Column,
    Relation,
    Ignored,
}

impl Entity {
    pub fn from_syn(input: &DeriveInput, diagnostics: &mut Diagnostics) -> Option<Self> {
        let fields = match &input.data {
            Data::Struct(data) => match &data.fields {
                Fields::Named(fields) => Ok(&fields.named),
                Fields::Unnamed(_) => Err("a tuple struct"),
                Fields::Unit => Err("a unit struct"),
            },
            Data::Enum(_) => Err("an enum"),
            Data::Union(_) => Err("a union"),
        };
        let fields = match fields {
            Ok(_) if !input.generics.params.is_empty() => {
                diagnostics.push(diagnostics::generic(&input.generics));
                return None;
            }
            Ok(fields) => fields,
            Err(found) => {
                diagnostics.push(diagnostics::not_a_model(&input.ident, found));
                return None;
            }
        };
        if let Some(model) = input
            .attrs
            .iter()
            .find(|attribute| is_model_macro(attribute.path()))
        {
            diagnostics.push(diagnostics::above_model(model));
        }
        let mut entity = Self {
            ident: input.ident.clone(),
            vis: input.vis.clone(),
            attributes: StructAttributes::parse(&input.attrs, diagnostics),
            serde: SerdeStruct::parse(&input.attrs),
            has_graph: SeaOrm::parse(&input.attrs).model_ex,
            fields: fields
                .iter()
                .filter_map(|field| Field::from_syn(field, diagnostics))
                .collect(),
        };
        if entity.attributes.others == Some(Others::Update) {
            entity.fields.iter_mut().for_each(Field::update_unless_told);
        }
        Some(entity)
    }

    /// The path of the runtime crate.
    pub fn runtime(&self) -> Path {
        let default = || parse_quote!(::audit_runtime);
        self.attributes.runtime.clone().unwrap_or_else(default)
    }

    /// The fields that are stored.
    pub fn columns(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| field.is_column())
    }

    /// The policy of a field: its own, else the one that its allowlists imply, else that of `others`. A touched field
    /// is skipped.
    pub fn policy(&self, field: &Field) -> Option<Policy> {
        if field.attributes.touch.is_some() {
            return Some(Policy::Skip);
        }
        let is_recorded = field.grants().next().is_some() || field.attributes.erasable.is_some();
        let implied = || is_recorded.then_some(Policy::Record);
        field
            .explicit_policy()
            .or_else(implied)
            .or(match self.attributes.others {
                Some(Others::Policy(policy)) => Some(policy),
                Some(Others::Update) | None => None,
            })
    }

    /// The JSON keys that set the field: its name, then its aliases.
    pub fn json_keys(&self, field: &Field) -> Vec<String> {
        if field.serde.is_skipped {
            return Vec::new();
        }
        let renamed = field.serde.rename.clone();
        let key = renamed.unwrap_or_else(|| self.serde.key(&field.name));
        let mut keys = vec![key];
        keys.extend(field.serde.aliases.iter().cloned());
        keys
    }
}

impl Field {
    fn from_syn(field: &syn::Field, diagnostics: &mut Diagnostics) -> Option<Self> {
        let ident = field.ident.clone()?;
        let sea_orm = SeaOrm::parse(&field.attrs);
        Some(Self {
            name: ident.unraw().to_string(),
            variant: variant(&ident, sea_orm.enum_name.as_deref()),
            role: if is_relation(&field.ty) {
                Role::Relation
            } else if sea_orm.ignore {
                Role::Ignored
            } else if sea_orm.primary_key {
                Role::Key
            } else {
                Role::Column
            },
            attributes: FieldAttributes::parse(&field.attrs, diagnostics),
            serde: SerdeField::parse(&field.attrs),
            relation: sea_orm.relation,
            vis: field.vis.clone(),
            ty: field.ty.clone(),
            ident,
        })
    }

    /// Adds the field to the patch without a name, unless its own attributes say otherwise. A name that looks secret
    /// needs an explicit policy.
    fn update_unless_told(&mut self) {
        let attributes = &self.attributes;
        let is_told = attributes.touch.is_some()
            || self.explicit_policy().is_some()
            || self.grants().next().is_some();
        if self.role == Role::Column && !is_told && !looks_secret(&self.name) {
            self.attributes.update = Some(Grant {
                span: self.ident.span(),
                names: Vec::new(),
            });
        }
    }

    pub fn is_column(&self) -> bool {
        matches!(self.role, Role::Key | Role::Column)
    }

    pub fn explicit_policy(&self) -> Option<Policy> {
        self.attributes.policies.first().map(|(policy, _)| *policy)
    }

    pub fn grants(&self) -> impl Iterator<Item = (Kind, &Grant)> {
        let update = self
            .attributes
            .update
            .iter()
            .map(|grant| (Kind::Patch, grant));
        let create = self
            .attributes
            .create
            .iter()
            .map(|grant| (Kind::Draft, grant));
        update.chain(create)
    }

    /// The allowlists of the field, by name.
    pub fn mentions(&self) -> impl Iterator<Item = (Kind, Option<&Ident>, Span)> {
        self.grants().flat_map(|(kind, grant)| {
            let plain = grant.names.is_empty().then_some((kind, None, grant.span));
            let named = grant
                .names
                .iter()
                .map(move |name| (kind, Some(name), name.span()));
            plain.into_iter().chain(named)
        })
    }
}

/// The name that SeaORM's macros give the variant.
fn variant(ident: &Ident, enum_name: Option<&str>) -> Ident {
    let camel = ident.unraw().to_string().to_upper_camel_case();
    let name = match enum_name.unwrap_or(&camel) {
        "Self" => "Self_",
        name => name,
    };
    let mut variant = syn::parse_str(name).unwrap_or_else(|_| ident.clone());
    variant.set_span(ident.span());
    variant
}

fn is_relation(ty: &Type) -> bool {
    let Type::Path(path) = ty else { return false };
    let last = path.path.segments.last();
    last.is_some_and(|last| {
        ["HasMany", "HasOne", "BelongsTo"]
            .iter()
            .any(|name| last.ident == name)
    })
}

fn is_model_macro(path: &Path) -> bool {
    let last = path.segments.last();
    path.segments.len() > 1
        && last.is_some_and(|last| last.ident == "model" || last.ident == "compact_model")
}
