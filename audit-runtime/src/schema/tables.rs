//! The table `audit_log` and its indexes.
//!
//! Identifying text is compared by bytes on every database: `abc`, `ABC` and `abc ` are three actors.
//!
//! Most entries are updates, and a query for all of them reads the log in the order of ids. So the index of actions has
//! no updates, if the database has partial indexes. MySQL and MariaDB do not: an index of a generated column has an
//! entry for each row as well, NULL or not, and saves 5 of 24 bytes.
//!
//! Changesets have a B-tree. With BRIN instead, an entry on PostgreSQL takes 32 bytes less, but a changeset among a
//! million entries is found 3 times as slowly. If one entry in a hundred has a random changeset id, as those of a guard
//! have, it is 500 times, because every range of pages may contain it.

use crate::dialect::Dialect;

pub(super) fn statements(dialect: Dialect) -> Vec<String> {
    match dialect {
        Dialect::Postgres => POSTGRES.map(String::from).to_vec(),
        Dialect::MySql => vec![mysql("utf8mb4_0900_bin", "json")],
        // MariaDB's `json` also refuses values nested deeper than its parser allows, and that must not make a write
        // fail.
        Dialect::MariaDb => vec![mysql("utf8mb4_nopad_bin", "longtext COLLATE utf8mb4_bin")],
        Dialect::Sqlite => SQLITE.map(String::from).to_vec(),
    }
}

// No `CHECK` on the kind, unlike on other databases: PostgreSQL parses it again for every statement.
const POSTGRES: [&str; 7] = [
    r#"CREATE TABLE IF NOT EXISTS "audit_log" (
    "id" bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    "kind" smallint NOT NULL,
    "format" smallint NOT NULL,
    "changeset_id" uuid NOT NULL,
    "tenant" varchar(64) COLLATE "C",
    "service" varchar(64) COLLATE "C",
    "entity_type" varchar(64) COLLATE "C",
    "entity_id" varchar(512) COLLATE "C",
    "entity_label" varchar(255),
    "action" varchar(64) COLLATE "C" NOT NULL,
    "outcome" varchar(16) COLLATE "C" NOT NULL,
    "actor_kind" varchar(64) COLLATE "C" NOT NULL,
    "actor_id" varchar(255) COLLATE "C" NOT NULL,
    "actor_name" varchar(255),
    "on_behalf_of" varchar(320) COLLATE "C",
    "timestamp" timestamptz NOT NULL,
    "recorded_at" timestamptz NOT NULL DEFAULT clock_timestamp(),
    "ip" varchar(45) COLLATE "C",
    "user_agent" varchar(512),
    "session_id" varchar(128) COLLATE "C",
    "request_id" varchar(128) COLLATE "C",
    "trace_id" varchar(64) COLLATE "C",
    "reason" varchar(1024),
    "reverts" bigint,
    "changes" jsonb,
    "metadata" jsonb
)"#,
    r#"CREATE INDEX IF NOT EXISTS "audit_log_entity" ON "audit_log" ("entity_type", "entity_id", "id")"#,
    r#"CREATE INDEX IF NOT EXISTS "audit_log_actor" ON "audit_log" ("actor_id", "id")"#,
    r#"CREATE INDEX IF NOT EXISTS "audit_log_action_not_update" ON "audit_log" ("action", "id") WHERE "action" <> 'UPDATE'"#,
    r#"CREATE INDEX IF NOT EXISTS "audit_log_timestamp" ON "audit_log" USING brin ("timestamp")"#,
    r#"CREATE INDEX IF NOT EXISTS "audit_log_changeset" ON "audit_log" ("changeset_id")"#,
    r#"DROP INDEX IF EXISTS "audit_log_action""#,
];

// The indexes are part of the table, because MySQL has no `CREATE INDEX IF NOT EXISTS`. A trigger overwrites the
// default of `recorded_at`.
fn mysql(collation: &str, json: &str) -> String {
    format!(
        r"CREATE TABLE IF NOT EXISTS `audit_log` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `kind` smallint NOT NULL CHECK (`kind` IN (1, 2)),
    `format` smallint NOT NULL,
    `changeset_id` binary(16) NOT NULL,
    `tenant` varchar(64),
    `service` varchar(64),
    `entity_type` varchar(64),
    `entity_id` varchar(512),
    `entity_label` varchar(255),
    `action` varchar(64) NOT NULL,
    `outcome` varchar(16) NOT NULL,
    `actor_kind` varchar(64) NOT NULL,
    `actor_id` varchar(255) NOT NULL,
    `actor_name` varchar(255),
    `on_behalf_of` varchar(320),
    `timestamp` datetime(6) NOT NULL,
    `recorded_at` datetime(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    `ip` varchar(45),
    `user_agent` varchar(512),
    `session_id` varchar(128),
    `request_id` varchar(128),
    `trace_id` varchar(64),
    `reason` varchar(1024),
    `reverts` bigint,
    `changes` {json},
    `metadata` {json},
    INDEX `audit_log_entity` (`entity_type`, `entity_id`, `id`),
    INDEX `audit_log_actor` (`actor_id`, `id`),
    INDEX `audit_log_action` (`action`, `id`),
    INDEX `audit_log_timestamp` (`timestamp`),
    INDEX `audit_log_changeset` (`changeset_id`)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE={collation}"
    )
}

// The append-only trigger treats an id below 1 as not given.
const SQLITE: [&str; 7] = [
    r#"CREATE TABLE IF NOT EXISTS "audit_log" (
    "id" integer PRIMARY KEY AUTOINCREMENT CHECK ("id" > 0),
    "kind" integer NOT NULL CHECK ("kind" IN (1, 2)),
    "format" integer NOT NULL,
    "changeset_id" blob NOT NULL,
    "tenant" text,
    "service" text,
    "entity_type" text,
    "entity_id" text,
    "entity_label" text,
    "action" text NOT NULL,
    "outcome" text NOT NULL,
    "actor_kind" text NOT NULL,
    "actor_id" text NOT NULL,
    "actor_name" text,
    "on_behalf_of" text,
    "timestamp" text NOT NULL,
    "recorded_at" text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f', 'now') || '000+00:00'),
    "ip" text,
    "user_agent" text,
    "session_id" text,
    "request_id" text,
    "trace_id" text,
    "reason" text,
    "reverts" integer,
    "changes" text,
    "metadata" text
)"#,
    r#"CREATE INDEX IF NOT EXISTS "audit_log_entity" ON "audit_log" ("entity_type", "entity_id", "id")"#,
    r#"CREATE INDEX IF NOT EXISTS "audit_log_actor" ON "audit_log" ("actor_id", "id")"#,
    r#"CREATE INDEX IF NOT EXISTS "audit_log_action_not_update" ON "audit_log" ("action", "id") WHERE "action" <> 'UPDATE'"#,
    r#"CREATE INDEX IF NOT EXISTS "audit_log_timestamp" ON "audit_log" ("timestamp")"#,
    r#"CREATE INDEX IF NOT EXISTS "audit_log_changeset" ON "audit_log" ("changeset_id")"#,
    r#"DROP INDEX IF EXISTS "audit_log_action""#,
];
