//! The manifest, written and read.

use audit_runtime::{Error, coverage::Coverage, entities};

use super::{audited, json};
use crate::entities::{order, user};

const MANIFEST: &str = r#"{
  "version": 2,
  "entities": {
    "Order": {
      "table": "orders",
      "fields": {
        "id": "key",
        "total": "record",
        "user_id": "record"
      },
      "allowlists": {
        "Patch": [
          "total"
        ]
      },
      "reason_required": true
    },
    "User": {
      "table": "users",
      "fields": {
        "id": "key",
        "last_seen_at": "skip",
        "logins": "record",
        "password_hash": "redact",
        "phone": "redact",
        "role": "record",
        "username": "record"
      },
      "allowlists": {
        "AdminPatch": [
          "logins",
          "role",
          "username"
        ],
        "ProfilePatch": [
          "phone",
          "username"
        ],
        "SignUpDraft": [
          "phone",
          "username"
        ]
      }
    }
  }
}
"#;

#[test]
fn a_manifest_has_an_order_of_its_own() {
    let lists = [
        entities![user::Entity, order::Entity],
        entities![order::Entity, user::Entity],
    ];
    for entities in lists {
        let coverage = Coverage::of(&entities);
        assert_eq!(coverage.manifest().parse::<Coverage>().unwrap(), coverage);
        // The list of unaudited entities contains many others of these tests.
        let mut manifest = json(&coverage);
        manifest.as_object_mut().unwrap().remove("unaudited");
        let known: Coverage = manifest.to_string().parse().unwrap();
        assert_eq!(known.manifest(), MANIFEST);
        assert_eq!(serde_json::to_value(&known).unwrap(), manifest);
    }
}

#[test]
fn coverage_is_listed_for_people() {
    let list = MANIFEST.parse::<Coverage>().unwrap().to_string();
    let expected = "Order, table orders
  key: id
  record: total, user_id
  Patch sets: total
  a write needs a reason
  guard: not known

User, table users
  key: id
  record: logins, role, username
  redact: password_hash, phone
  skip: last_seen_at
  AdminPatch sets: logins, role, username
  ProfilePatch sets: phone, username
  SignUpDraft sets: phone, username
  guard: not known

Entities without audit are not known.";
    assert_eq!(list, expected);
}

#[test]
fn a_damaged_manifest_is_refused() {
    let without = |part: &str, instead: &str| MANIFEST.replacen(part, instead, 1);
    for (damaged, said) in [
        (String::new(), "EOF"),
        ("[]".to_owned(), "expected a coverage manifest"),
        (MANIFEST[..200].to_owned(), "EOF"),
        (
            format!("<<<<<<< HEAD\n{MANIFEST}"),
            "expected value at line 1",
        ),
        (without(r#""version": 2,"#, ""), "missing field `version`"),
        (
            without("2,", "1,"),
            "it has version 1, and this release reads version 2",
        ),
        (without("2,", "-1,"), "invalid value: integer `-1`"),
        (
            without(r#""redact""#, r#""redacted""#),
            "unknown variant `redacted`, expected one of `key`, `record`, `redact`, `skip` at line 24",
        ),
        (without(r#""table""#, r#""tabel""#), "unknown field `tabel`"),
        (
            without(r#""table": "orders","#, ""),
            "missing field `table`",
        ),
        (
            without(r#""id": "key","#, r#""id": "key", "id": "skip","#),
            "\"id\" is written twice at line",
        ),
        (
            without(r#""User""#, r#""Order""#),
            "\"Order\" is written twice",
        ),
        (
            without(r#""ProfilePatch""#, r#""AdminPatch""#),
            "\"AdminPatch\" is written twice",
        ),
        (
            without(
                r#""fields": {"#,
                r#""fields": { "a": "skip" }, "fields": {"#,
            ),
            "duplicate field `fields`",
        ),
        (format!("{MANIFEST}{{"), "trailing characters"),
        (without("true", r#""yes""#), "invalid type"),
        (
            without(
                r#""table": "users","#,
                r#""table": "users", "guard": "always","#,
            ),
            "unknown variant `always`, expected one of `none`, `capture`, `enforce`",
        ),
    ] {
        let error = damaged.parse::<Coverage>().unwrap_err();
        assert!(matches!(error, Error::ManifestRefused(_)), "{error:?}");
        let error = error.to_string();
        assert!(
            error.starts_with("the coverage manifest is refused: "),
            "{error}"
        );
        assert!(error.contains(said), "{said}: {error}");
    }
}

#[test]
fn what_is_not_known_is_kept() {
    let edited = MANIFEST.replacen(
        r#""table": "users","#,
        r#""table": "users", "guard": "enforce","#,
        1,
    );
    let earlier: Coverage = edited.parse().unwrap();
    let completed = MANIFEST.parse::<Coverage>().unwrap().completed_by(&earlier);
    assert_eq!(completed, earlier);
    let weaker: Coverage = edited.replace("enforce", "none").parse().unwrap();
    assert_eq!(weaker.clone().completed_by(&earlier), weaker);
    let today = Coverage::of(&audited());
    assert_ne!(today, MANIFEST.parse().unwrap());
    assert_eq!(
        today.clone().completed_by(&MANIFEST.parse().unwrap()),
        today
    );
}
