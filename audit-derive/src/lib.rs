//! The derive macro of `audit-runtime`, which re-exports and documents it.

use proc_macro::TokenStream;

/// See `audit_runtime::Audited`.
#[proc_macro_derive(Audited, attributes(audited, sea_orm))]
pub fn audited(_input: TokenStream) -> TokenStream {
    TokenStream::new()
}
