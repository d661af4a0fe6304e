//! SeaORM's own attributes.

use syn::{Attribute, LitStr};

use super::step_over;

/// What matters to us of `#[sea_orm(..)]` on a field.
#[derive(Default)]
pub struct SeaOrm {
    pub primary_key: bool,
    pub ignore: bool,
    pub enum_name: Option<String>,
}

impl SeaOrm {
    /// Reads what we know and steps over the rest, mistakes included: SeaORM reports those.
    pub fn parse(attributes: &[Attribute]) -> Self {
        let mut this = Self::default();
        for attribute in attributes {
            if !attribute.path().is_ident("sea_orm") {
                continue;
            }
            let _ = attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("primary_key") {
                    this.primary_key = true;
                } else if meta.path.is_ident("ignore") {
                    this.ignore = true;
                } else if meta.path.is_ident("enum_name") {
                    this.enum_name = Some(meta.value()?.parse::<LitStr>()?.value());
                }
                step_over(meta.input)
            });
        }
        this
    }
}
