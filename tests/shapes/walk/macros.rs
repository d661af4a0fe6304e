//! The declaration of a shape next to its entity.

/// `shape! { i32, by [Number], rows |n| .., changes |n| .. }`: the type of the key, a unique constraint, and the bodies
/// of requests. Further properties of the shape follow in braces.
macro_rules! shape {
    ($id:ty, by [$($conflict:ident),+], rows $row:expr, changes $change:expr $(, { $($rest:tt)* })?) => {
        pub struct Shape;

        impl crate::walk::Shape for Shape {
            type Id = $id;
            type Entity = Entity;
            type Draft = Draft;
            type Patch = Patch;

            fn conflict() -> Vec<Column> {
                vec![$(Column::$conflict),+]
            }

            fn row(n: i32) -> serde_json::Value {
                let row: fn(i32) -> serde_json::Value = $row;
                row(n)
            }

            fn change(n: i32) -> serde_json::Value {
                let change: fn(i32) -> serde_json::Value = $change;
                change(n)
            }

            $($($rest)*)?
        }
    };
}
pub(crate) use shape;
