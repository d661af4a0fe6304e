//! The expansion after a mistake: impls as close to the intended ones as possible, so that code that uses the entity
//! reports no further errors.

use proc_macro2::TokenStream;

use crate::{
    attr::{Others, Policy},
    check,
    diagnostics::Diagnostics,
    expand,
    model::Entity,
};

pub fn expand(mut entity: Entity, diagnostics: Diagnostics) -> TokenStream {
    let others = Others::Policy(Policy::Record);
    entity.attributes.others.get_or_insert(others);
    let mut allowlists = entity.allowlists();
    for allowlist in &mut allowlists {
        let reserved = allowlist.kind.reserved();
        allowlist.fields.dedup_by_key(|field| &field.name);
        allowlist
            .fields
            .retain(|field| !reserved.contains(&field.name.as_str()));
    }
    allowlists.retain(|allowlist| {
        let mut faults = Diagnostics::default();
        check::allowlist(&entity, allowlist, &mut faults);
        faults.is_empty()
    });
    let mut expansion = expand::expand(&entity, &allowlists);
    expansion.extend(diagnostics.into_compile_errors());
    expansion
}
