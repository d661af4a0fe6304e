//! The allowlists: structs to generate.

use syn::Ident;

use crate::{
    kind::Kind,
    model::{Entity, Field},
};

/// One allowlist.
pub struct Allowlist<'a> {
    pub ident: Ident,
    pub kind: Kind,
    /// The name in the parentheses, if there is one.
    pub name: Option<Ident>,
    pub fields: Vec<&'a Field>,
}

impl Entity {
    /// The allowlists, in the order in which the fields mention them.
    pub fn allowlists(&self) -> Vec<Allowlist<'_>> {
        let mut allowlists = Vec::<Allowlist>::new();
        for field in self.columns() {
            for (kind, name, span) in field.mentions() {
                let ident = kind.struct_ident(name, span);
                match allowlists.iter_mut().find(|known| known.ident == ident) {
                    Some(known) => known.fields.push(field),
                    None => allowlists.push(Allowlist {
                        ident,
                        kind,
                        name: name.cloned(),
                        fields: vec![field],
                    }),
                }
            }
        }
        allowlists
    }
}
