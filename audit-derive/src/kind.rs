//! The two kinds of allowlist.

use proc_macro2::Span;
use syn::{Ident, ext::IdentExt};

#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    Patch,
    Draft,
}

impl Kind {
    /// The key that adds a field.
    pub fn key(self) -> &'static str {
        match self {
            Self::Patch => "update",
            Self::Draft => "create",
        }
    }

    pub fn suffix(self) -> &'static str {
        match self {
            Self::Patch => "Patch",
            Self::Draft => "Draft",
        }
    }

    /// The names of generated functions, which no setter may have.
    pub fn reserved(self) -> [&'static str; 2] {
        match self {
            Self::Patch => ["new", "update"],
            Self::Draft => ["new", "insert"],
        }
    }

    pub fn struct_ident(self, name: Option<&Ident>, span: Span) -> Ident {
        let name = name
            .map(|name| name.unraw().to_string())
            .unwrap_or_default();
        Ident::new(&(name + self.suffix()), span)
    }
}
