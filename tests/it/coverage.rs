//! Coverage: what the log keeps of each entity, and differences from a manifest.

mod guards;
mod loosening;
mod manifest;
mod names;
mod unaudited;

use audit_runtime::{coverage::Coverage, entities, schema::Entities};
use serde_json::Value as Json;

use crate::entities::{order, user};

fn audited() -> Entities {
    entities![user::Entity, order::Entity]
}

/// The manifest of coverage, as JSON.
fn json(coverage: &Coverage) -> Json {
    serde_json::from_str(&coverage.manifest()).unwrap()
}

/// Parses a manifest.
fn accepted(manifest: &Json) -> Coverage {
    manifest.to_string().parse().unwrap()
}

/// The kind, object and weight of each difference.
fn told(today: &Coverage, accepted: &Coverage) -> Vec<(String, String, bool)> {
    let differences = today.check(accepted);
    let each = differences.iter().map(|difference| {
        let line = difference.to_string();
        assert!(!line.contains('\n'), "{line}");
        let change = serde_json::to_value(difference.change).unwrap();
        (
            change.as_str().unwrap().to_owned(),
            difference.object.clone(),
            difference.is_loosened,
        )
    });
    each.collect()
}
