//! The argument types of the setters of patches and drafts.

/// The argument of a field's setter: a `T`, or a value that converts to it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be set on a field of `{T}`",
    label = "not a `{T}`",
    note = "pass the value itself, without `Set`"
)]
pub trait IntoField<T> {
    /// Converts to the value of the field.
    fn into_field(self) -> T;
}

#[diagnostic::do_not_recommend]
impl<T, V: Into<T>> IntoField<T> for V {
    fn into_field(self) -> T {
        self.into()
    }
}

/// The argument of a nullable field's setter: a `T`, an `Option<T>`, or `&str` for a `String`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be set on a nullable field of `{T}`",
    label = "neither a `{T}` nor an `Option<{T}>`",
    note = "pass the value itself without `Set`, or `None` for NULL",
    note = "an `Option` of a reference is made an owned one: `value.map(ToOwned::to_owned)`"
)]
pub trait IntoNullable<T> {
    /// Converts to the value of the field. `None` is NULL.
    fn into_nullable(self) -> Option<T>;
}

impl<T> IntoNullable<T> for T {
    fn into_nullable(self) -> Option<T> {
        Some(self)
    }
}

impl<T> IntoNullable<T> for Option<T> {
    fn into_nullable(self) -> Option<T> {
        self
    }
}

impl IntoNullable<String> for &str {
    fn into_nullable(self) -> Option<String> {
        Some(self.to_owned())
    }
}

impl IntoNullable<String> for &String {
    fn into_nullable(self) -> Option<String> {
        Some(self.clone())
    }
}
