//! SeaORM's own attributes.

use syn::{Attribute, LitStr};

use super::keys::step_over;

/// The parts of `#[sea_orm(..)]` on a field that affect the derive.
#[derive(Default)]
pub struct SeaOrm {
    pub primary_key: bool,
    pub ignore: bool,
    pub enum_name: Option<String>,
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
