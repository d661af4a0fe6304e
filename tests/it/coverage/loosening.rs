//! Differences that count as loosened.

mod properties;

use audit_runtime::coverage::Coverage;
use serde_json::{Value as Json, json};

use self::properties::one;
use super::{accepted, audited, json, told};

/// An edit of the manifest, and the kind, object and weight of the difference that it causes.
type Case = (fn(&mut Json), &'static str, &'static str, bool);

#[test]
fn each_difference_is_told() {
    let today = Coverage::of(&audited());
    let manifest = json(&today);
    let cases: [Case; 19] = [
        (
            |it| add(it, "/entities", "Job", job()),
            "ENTITY_LOST",
            "Job",
            true,
        ),
        (
            |it| remove(it, "/entities", "Order"),
            "ENTITY_APPEARED",
            "Order",
            true,
        ),
        (
            |it| add(it, "/entities/User", "table", "people".into()),
            "TABLE_CHANGED",
            "User",
            true,
        ),
        (
            |it| add(it, "/entities/User/fields", "email", "skip".into()),
            "FIELD_LOST",
            "User.email",
            true,
        ),
        (
            |it| remove(it, "/entities/User/fields", "last_seen_at"),
            "FIELD_APPEARED",
            "User.last_seen_at",
            true,
        ),
        (
            |it| add(it, "/entities/User/fields", "phone", "record".into()),
            "EVIDENCE_LOST",
            "User.phone",
            true,
        ),
        (
            |it| add(it, "/entities/User/fields", "role", "redact".into()),
            "SECRECY_LOST",
            "User.role",
            true,
        ),
        (
            |it| add(it, "/entities/User/fields", "role", "key".into()),
            "KEY_CHANGED",
            "User.role",
            true,
        ),
        (
            |it| add(it, "/entities/User", "former_names", json!(["Person"])),
            "FORMER_NAME_LOST",
            "User",
            true,
        ),
        (
            |it| {
                add(
                    it,
                    "/entities/User",
                    "former_fields",
                    json!({ "phone": ["fax"] }),
                )
            },
            "FORMER_NAME_LOST",
            "User.phone",
            true,
        ),
        (
            |it| add(it, "/entities/User", "erasable", json!(["role"])),
            "ERASURE_NARROWED",
            "User.role",
            true,
        ),
        (
            |it| {
                add(
                    it,
                    "/entities/User/allowlists",
                    "ProfilePatch",
                    json!(["phone"]),
                )
            },
            "ALLOWLIST_WIDENED",
            "User.ProfilePatch",
            true,
        ),
        (
            |it| remove(it, "/entities/User/allowlists", "AdminPatch"),
            "ALLOWLIST_WIDENED",
            "User.AdminPatch",
            true,
        ),
        (
            |it| {
                add(
                    it,
                    "/entities/Order/allowlists",
                    "Patch",
                    json!(["total", "user_id"]),
                )
            },
            "ALLOWLIST_NARROWED",
            "Order.Patch",
            false,
        ),
        (
            |it| add(it, "/entities/Order/allowlists", "Draft", json!(["total"])),
            "ALLOWLIST_NARROWED",
            "Order.Draft",
            false,
        ),
        (
            |it| add(it, "/entities/User", "reason_required", true.into()),
            "REASON_DROPPED",
            "User",
            true,
        ),
        (
            |it| remove(it, "/entities/Order", "reason_required"),
            "REASON_ADDED",
            "Order",
            false,
        ),
        (
            |it| add(it, "/entities/User", "guard", "enforce".into()),
            "GUARD_UNKNOWN",
            "User",
            false,
        ),
        (
            |it| {
                it["unaudited"]
                    .as_array_mut()
                    .unwrap()
                    .push("shop::job".into())
            },
            "UNAUDITED_GONE",
            "shop::job",
            false,
        ),
    ];
    assert_eq!(told(&today, &accepted(&manifest)), []);
    for (edit, change, object, is_loosened) in cases {
        let mut edited = manifest.clone();
        edit(&mut edited);
        let expected = (change.to_owned(), object.to_owned(), is_loosened);
        assert_eq!(told(&today, &accepted(&edited)), [expected]);
    }
}

fn job() -> Json {
    json!({ "table": "jobs", "fields": { "id": "key" } })
}

fn add(manifest: &mut Json, place: &str, key: &str, value: Json) {
    manifest.pointer_mut(place).unwrap()[key] = value;
}

fn remove(manifest: &mut Json, place: &str, key: &str) {
    let object = manifest.pointer_mut(place).unwrap();
    object.as_object_mut().unwrap().remove(key).unwrap();
}

#[test]
fn every_other_policy_is_loosened() {
    const POLICIES: [&str; 4] = ["key", "record", "redact", "skip"];
    const SAME: &str = "";
    const KEY: &str = "KEY_CHANGED";
    const LESS: &str = "EVIDENCE_LOST";
    const MORE: &str = "SECRECY_LOST";
    // Rows: the accepted policy. Columns: the present policy.
    let expected = [
        [SAME, KEY, KEY, KEY],
        [KEY, SAME, LESS, LESS],
        [KEY, MORE, SAME, LESS],
        [KEY, MORE, MORE, SAME],
    ];
    for (known, row) in POLICIES.iter().zip(expected) {
        for (today, change) in POLICIES.iter().zip(row) {
            let of = |policy| accepted(&one(json!({ "a": policy }), json!({}), None, false));
            let told = told(&of(today), &of(known));
            match change {
                "" => assert_eq!(told, []),
                change => assert_eq!(told, [(change.into(), "User.a".into(), true)]),
            }
        }
    }
}

#[test]
fn a_guard_is_weakened_or_strengthened() {
    const GUARDS: [&str; 3] = ["none", "capture", "enforce"];
    let of = |guard| accepted(&one(json!({}), json!({}), Some(guard), false));
    for (known, before) in GUARDS.iter().enumerate() {
        for (today, now) in GUARDS.iter().enumerate() {
            let change = match today.cmp(&known) {
                std::cmp::Ordering::Less => ("GUARD_WEAKENED", true),
                std::cmp::Ordering::Equal => {
                    assert_eq!(told(&of(now), &of(before)), []);
                    continue;
                }
                std::cmp::Ordering::Greater => ("GUARD_STRENGTHENED", false),
            };
            let expected = [(change.0.into(), "User".into(), change.1)];
            assert_eq!(told(&of(now), &of(before)), expected);
        }
    }
}

#[test]
fn a_difference_is_one_line_that_says_what_to_do() {
    let mut manifest = json(&Coverage::of(&audited()));
    let fields = &mut manifest["entities"]["User"]["fields"];
    fields["phone"] = "record".into();
    fields["gone\u{1b}[2K\n\u{202e}"] = "record".into();
    add(
        &mut manifest,
        "/entities/User/allowlists",
        "AdminPatch",
        json!(["logins", "role", "username", "phone"]),
    );
    let differences = Coverage::of(&audited()).check(&accepted(&manifest));
    assert!(differences.are_loosened());
    // Differences that fail the check come first.
    let expected = r"Loosened: User.phone was record and is redact: give it its policy back, so that the log keeps its values, or accept this with a new manifest
Loosened: User.gone\u{1b}[2K\u{a}\u{202e} is gone: name it in was if it was renamed, or accept this with a new manifest
Note: User.AdminPatch no longer sets phone: keep it so with a new manifest";
    assert_eq!(differences.to_string().replace('`', ""), expected);
    let json = serde_json::to_value(&differences).unwrap();
    assert_eq!(
        json["differences"][2],
        json!({
            "change": "ALLOWLIST_NARROWED",
            "is_loosened": false,
            "object": "User.AdminPatch",
            "what": "no longer sets phone",
            "advice": "keep it so with a new manifest",
        })
    );
    let same = Coverage::of(&audited()).check(&Coverage::of(&audited()));
    assert!(same.is_empty() && !same.are_loosened());
    assert_eq!(same.to_string(), "Nothing differs from the manifest.");
}
