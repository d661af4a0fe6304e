//! All messages of the derive. Each names the correct form.

mod rules;
mod syntax;
mod text;
mod touch;

use proc_macro2::TokenStream;
use syn::Error;

pub use self::{rules::*, syntax::*, touch::*};

/// Collects errors, so that all of them are reported at once.
#[derive(Default)]
pub struct Diagnostics(Vec<Error>);

impl Diagnostics {
    pub fn push(&mut self, error: Error) {
        self.0.push(error);
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn into_compile_errors(self) -> TokenStream {
        self.0.iter().map(Error::to_compile_error).collect()
    }
}

impl Extend<Error> for Diagnostics {
    fn extend<I: IntoIterator<Item = Error>>(&mut self, errors: I) {
        self.0.extend(errors);
    }
}
