//! The tests live in `it/` and `ui/`.
