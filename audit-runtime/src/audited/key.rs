//! Conversions of arguments to the key of a row.

use sea_orm::EntityTrait;

use super::entity::KeyOf;

/// The key of a row of `E`, or a value that converts to it: `7`, `"a"` for a key of text, `(1, "a")` …
///
/// The bound is on the key. With a bound on the argument, generic code could not pass on a [`KeyOf<E>`](KeyOf).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the key of a row of `{E}`",
    label = "not a key of `{E}`",
    note = "pass the value of its primary key; of a composite one, a tuple of all parts in their order",
    note = "text is parsed and an `Option` unwrapped before; of a row, pass the key: `user.id`"
)]
pub trait IntoKey<E: EntityTrait> {
    /// Converts to the key.
    fn into_key(self) -> KeyOf<E>;
}

#[diagnostic::do_not_recommend]
impl<E: EntityTrait, K> IntoKey<E> for K
where
    KeyOf<E>: From<K>,
{
    fn into_key(self) -> KeyOf<E> {
        KeyOf::<E>::from(self)
    }
}
