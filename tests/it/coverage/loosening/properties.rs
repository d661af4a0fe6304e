//! Random manifests.

use audit_runtime::coverage::Coverage;
use proptest::{
    collection::{btree_map, btree_set},
    prelude::*,
};
use serde_json::{Value as Json, json};

use super::super::accepted;

/// A manifest of one entity.
pub(super) fn one(fields: Json, allowlists: Json, guard: Option<&str>, reason: bool) -> Json {
    let user = json!({
        "table": "users",
        "fields": fields,
        "allowlists": allowlists,
        "guard": guard,
        "reason_required": reason,
    });
    json!({ "version": 2, "entities": { "User": user }, "unaudited": [] })
}

fn any_manifest() -> impl Strategy<Value = Coverage> {
    let name = || prop::sample::select(vec!["a", "b", "c"]);
    let fields = btree_map(
        name(),
        prop::sample::select(vec!["key", "record", "redact", "skip"]),
        0..4,
    );
    let allowlists = btree_map(name(), btree_set(name(), 0..4), 0..3);
    let erasable = btree_set(name(), 0..4);
    let guard = prop::sample::select(vec!["none", "capture", "enforce"]);
    let table = prop::sample::select(vec!["users", "people"]);
    let entity = (table, fields, erasable, allowlists, guard, any::<bool>()).prop_map(
        |(table, fields, erasable, allowlists, guard, reason)| {
            json!({
                "table": table,
                "fields": fields,
                "erasable": erasable,
                "allowlists": allowlists,
                "guard": guard,
                "reason_required": reason,
            })
        },
    );
    let entities = btree_map(name(), entity, 0..3);
    let unaudited = btree_set(name(), 0..3);
    (entities, unaudited).prop_map(|(entities, unaudited)| {
        accepted(&json!({ "version": 2, "entities": entities, "unaudited": unaudited }))
    })
}

proptest! {
    #[test]
    fn equal_coverage_alone_has_no_difference(one in any_manifest(), other in any_manifest()) {
        prop_assert!(one.check(&one).is_empty());
        prop_assert_eq!(one.check(&other).is_empty(), one == other);
        prop_assert_eq!(one.manifest().parse::<Coverage>().unwrap(), one);
    }

    #[test]
    fn what_is_no_loosening_is_one_the_other_way(one in any_manifest(), other in any_manifest()) {
        let (there, back) = (one.check(&other), other.check(&one));
        prop_assert!(one == other || there.are_loosened() || back.are_loosened());
        let notes = there.iter().filter(|difference| !difference.is_loosened).count();
        let loosened = back.iter().filter(|difference| difference.is_loosened).count();
        prop_assert!(notes == 0 || loosened > 0, "{there}\n{back}");
    }
}
