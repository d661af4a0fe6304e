//! SeaORM's own attributes.

use syn::{Attribute, LitStr};

use super::keys::step_over;

/// The parts of `#[sea_orm(..)]` on a field or the struct that affect the derive.
#[derive(Default)]
pub struct SeaOrm {
    pub primary_key: bool,
    pub ignore: bool,
    pub enum_name: Option<String>,
    /// Whether a `Model` has a `ModelEx`.
    pub model_ex: bool,
    pub relation: Relation,
}

/// The options of a relation's field.
#[derive(Default)]
pub struct Relation {
    pub belongs_to: bool,
    pub has_one: bool,
    pub has_many: bool,
    pub self_ref: bool,
    /// The module of the junction.
    pub via: Option<String>,
    pub relation_enum: Option<LitStr>,
}

impl SeaOrm {
    /// Parses the known options and skips the others. SeaORM reports mistakes.
    pub fn parse(attributes: &[Attribute]) -> Self {
        let mut this = Self::default();
        for attribute in attributes {
            if !attribute.path().is_ident("sea_orm") {
                continue;
            }
            let _ = attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("primary_key") {
                    this.primary_key = true;
                } else if meta.path.is_ident("model_ex") {
                    this.model_ex = true;
                } else if meta.path.is_ident("ignore") {
                    this.ignore = true;
                } else if meta.path.is_ident("enum_name") {
                    this.enum_name = Some(meta.value()?.parse::<LitStr>()?.value());
                } else if meta.path.is_ident("belongs_to") {
                    this.relation.belongs_to = true;
                } else if meta.path.is_ident("has_one") {
                    this.relation.has_one = true;
                } else if meta.path.is_ident("has_many") {
                    this.relation.has_many = true;
                } else if meta.path.is_ident("self_ref") {
                    this.relation.self_ref = true;
                } else if meta.path.is_ident("relation_enum") {
                    this.relation.relation_enum = Some(meta.value()?.parse()?);
                } else if meta.path.is_ident("via") {
                    let via = meta.value()?.parse::<LitStr>()?.value();
                    let module = via.split("::").next().unwrap_or_default();
                    this.relation.via = Some(module.trim().to_owned());
                }
                step_over(meta.input)
            });
        }
        this
    }
}
