//! The view `audit_entries`: the log with `before`, `after` and `diff` computed from `changes`.
//!
//! Each column is a separate subquery, so that a reader pays only for the selected ones. A foreign row, whose `changes`
//! are not an object of objects, must not break the view for the others.

use sea_orm::{Iden, Iterable};

use crate::{audit_log, dialect::Dialect};

pub(super) fn statement(dialect: Dialect) -> String {
    let (template, quote) = match dialect {
        Dialect::Postgres => (POSTGRES, '"'),
        Dialect::MySql | Dialect::MariaDb => (MYSQL, '`'),
        Dialect::Sqlite => (SQLITE, '"'),
    };
    // Columns are listed by name, so that a column added to the log does not change the view.
    let columns = audit_log::Column::iter().map(|column| {
        let column = column.to_string();
        format!("{quote}audit_log{quote}.{quote}{column}{quote}")
    });
    template.replace("{columns}", &columns.collect::<Vec<_>>().join(", "))
}

const POSTGRES: &str = r#"CREATE OR REPLACE VIEW "audit_entries" AS
SELECT {columns},
    CASE WHEN jsonb_typeof("changes") = 'object' THEN (
        SELECT coalesce(jsonb_object_agg("key", "value" -> 'before'), '{}')
        FROM jsonb_each("changes") WHERE "value" -> 'before' IS NOT NULL
    ) END AS "before",
    CASE WHEN jsonb_typeof("changes") = 'object' THEN (
        SELECT coalesce(jsonb_object_agg("key", "value" -> 'after'), '{}')
        FROM jsonb_each("changes") WHERE "value" -> 'after' IS NOT NULL
    ) END AS "after",
    CASE WHEN jsonb_typeof("changes") = 'object' THEN (
        SELECT coalesce(jsonb_agg(jsonb_build_object('field', "key") || "value" ORDER BY "key" COLLATE "C"), '[]')
        FROM jsonb_each("changes") WHERE jsonb_typeof("value") = 'object'
    ) END AS "diff"
FROM "audit_log""#;

// INVOKER, because a view that runs as its definer fails for everybody after that account was dropped. JSON_ARRAYAGG is
// truncated at `group_concat_max_len` on MariaDB and cannot be ordered on MySQL. The values of an object have the
// object's order: on MariaDB as stored, which is by field; MySQL has its own.
const MYSQL: &str = r#"CREATE OR REPLACE SQL SECURITY INVOKER VIEW `audit_entries` AS
SELECT {columns},
    CASE WHEN JSON_KEYS(`changes`) IS NOT NULL THEN COALESCE((
        SELECT JSON_OBJECTAGG(`field`, JSON_EXTRACT(`changes`, CONCAT('$.', JSON_QUOTE(`field`), '.before')))
        FROM JSON_TABLE(JSON_KEYS(`changes`), '$[*]' COLUMNS (`field` varchar(255) CHARACTER SET utf8mb4 PATH '$')) AS `fields`
        WHERE JSON_CONTAINS_PATH(`changes`, 'one', CONCAT('$.', JSON_QUOTE(`field`), '.before'))
    ), JSON_OBJECT()) END AS `before`,
    CASE WHEN JSON_KEYS(`changes`) IS NOT NULL THEN COALESCE((
        SELECT JSON_OBJECTAGG(`field`, JSON_EXTRACT(`changes`, CONCAT('$.', JSON_QUOTE(`field`), '.after')))
        FROM JSON_TABLE(JSON_KEYS(`changes`), '$[*]' COLUMNS (`field` varchar(255) CHARACTER SET utf8mb4 PATH '$')) AS `fields`
        WHERE JSON_CONTAINS_PATH(`changes`, 'one', CONCAT('$.', JSON_QUOTE(`field`), '.after'))
    ), JSON_OBJECT()) END AS `after`,
    CASE WHEN JSON_KEYS(`changes`) IS NOT NULL THEN COALESCE((
        SELECT JSON_EXTRACT(JSON_OBJECTAGG(`field`, JSON_MERGE_PRESERVE(
            JSON_OBJECT('field', `field`),
            JSON_EXTRACT(`changes`, CONCAT('$.', JSON_QUOTE(`field`)))
        )), '$.*')
        FROM JSON_TABLE(JSON_KEYS(`changes`), '$[*]' COLUMNS (`field` varchar(255) CHARACTER SET utf8mb4 PATH '$')) AS `fields`
    ), JSON_ARRAY()) END AS `diff`
FROM `audit_log`"#;

// `->` fails on text that is not JSON, so the type is checked first.
const SQLITE: &str = r#"CREATE VIEW IF NOT EXISTS "audit_entries" AS
SELECT {columns},
    CASE WHEN json_valid("changes") AND json_type("changes") = 'object' THEN (
        SELECT json_group_object("key", json("value" -> 'before'))
        FROM json_each("changes") WHERE CASE "type" WHEN 'object' THEN "value" -> 'before' END IS NOT NULL
    ) END AS "before",
    CASE WHEN json_valid("changes") AND json_type("changes") = 'object' THEN (
        SELECT json_group_object("key", json("value" -> 'after'))
        FROM json_each("changes") WHERE CASE "type" WHEN 'object' THEN "value" -> 'after' END IS NOT NULL
    ) END AS "after",
    CASE WHEN json_valid("changes") AND json_type("changes") = 'object' THEN (
        SELECT json_group_array(json_set("value", '$.field', "key"))
        FROM (SELECT "key", "value" FROM json_each("changes") WHERE "type" = 'object' ORDER BY "key")
    ) END AS "diff"
FROM "audit_log""#;
