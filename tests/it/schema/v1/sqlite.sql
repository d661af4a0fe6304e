CREATE TABLE IF NOT EXISTS "audit_log" (
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
)

CREATE INDEX IF NOT EXISTS "audit_log_entity" ON "audit_log" ("entity_type", "entity_id", "id")

CREATE INDEX IF NOT EXISTS "audit_log_actor" ON "audit_log" ("actor_id", "id")

CREATE INDEX IF NOT EXISTS "audit_log_action" ON "audit_log" ("action", "id")

CREATE INDEX IF NOT EXISTS "audit_log_timestamp" ON "audit_log" ("timestamp")

CREATE INDEX IF NOT EXISTS "audit_log_changeset" ON "audit_log" ("changeset_id")

CREATE TRIGGER IF NOT EXISTS "audit_log_no_update" BEFORE UPDATE ON "audit_log"
BEGIN SELECT RAISE(ABORT, 'audit_log is append-only: UPDATE refused'); END

CREATE TRIGGER IF NOT EXISTS "audit_log_no_delete" BEFORE DELETE ON "audit_log"
BEGIN SELECT RAISE(ABORT, 'audit_log is append-only: DELETE refused'); END

CREATE TRIGGER IF NOT EXISTS "audit_log_no_replace" BEFORE INSERT ON "audit_log"
WHEN EXISTS (SELECT 1 FROM "audit_log" WHERE "id" = NEW."id")
BEGIN SELECT RAISE(ABORT, 'audit_log is append-only: REPLACE refused'); END

CREATE VIEW IF NOT EXISTS "audit_entries" AS
SELECT "audit_log"."id", "audit_log"."kind", "audit_log"."format", "audit_log"."changeset_id", "audit_log"."tenant", "audit_log"."service", "audit_log"."entity_type", "audit_log"."entity_id", "audit_log"."entity_label", "audit_log"."action", "audit_log"."outcome", "audit_log"."actor_kind", "audit_log"."actor_id", "audit_log"."actor_name", "audit_log"."on_behalf_of", "audit_log"."timestamp", "audit_log"."recorded_at", "audit_log"."ip", "audit_log"."user_agent", "audit_log"."session_id", "audit_log"."request_id", "audit_log"."trace_id", "audit_log"."reason", "audit_log"."reverts", "audit_log"."changes", "audit_log"."metadata",
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
FROM "audit_log"

CREATE TABLE IF NOT EXISTS audit_log_version (version integer PRIMARY KEY)

INSERT INTO audit_log_version (version) VALUES (1) ON CONFLICT DO NOTHING
