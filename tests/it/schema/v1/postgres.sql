CREATE TABLE IF NOT EXISTS "audit_log" (
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
)

CREATE INDEX IF NOT EXISTS "audit_log_entity" ON "audit_log" ("entity_type", "entity_id", "id")

CREATE INDEX IF NOT EXISTS "audit_log_actor" ON "audit_log" ("actor_id", "id")

CREATE INDEX IF NOT EXISTS "audit_log_action" ON "audit_log" ("action", "id")

CREATE INDEX IF NOT EXISTS "audit_log_timestamp" ON "audit_log" USING brin ("timestamp")

CREATE INDEX IF NOT EXISTS "audit_log_changeset" ON "audit_log" ("changeset_id")

CREATE OR REPLACE FUNCTION "audit_log_append_only"() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    RAISE EXCEPTION 'audit_log is append-only: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END $$

CREATE OR REPLACE TRIGGER "audit_log_append_only" BEFORE UPDATE OR DELETE ON "audit_log"
FOR EACH ROW EXECUTE FUNCTION "audit_log_append_only"()

CREATE OR REPLACE TRIGGER "audit_log_no_truncate" BEFORE TRUNCATE ON "audit_log"
FOR EACH STATEMENT EXECUTE FUNCTION "audit_log_append_only"()

ALTER TABLE "audit_log" ENABLE ALWAYS TRIGGER "audit_log_append_only"

ALTER TABLE "audit_log" ENABLE ALWAYS TRIGGER "audit_log_no_truncate"

CREATE OR REPLACE VIEW "audit_entries" AS
SELECT "audit_log"."id", "audit_log"."kind", "audit_log"."format", "audit_log"."changeset_id", "audit_log"."tenant", "audit_log"."service", "audit_log"."entity_type", "audit_log"."entity_id", "audit_log"."entity_label", "audit_log"."action", "audit_log"."outcome", "audit_log"."actor_kind", "audit_log"."actor_id", "audit_log"."actor_name", "audit_log"."on_behalf_of", "audit_log"."timestamp", "audit_log"."recorded_at", "audit_log"."ip", "audit_log"."user_agent", "audit_log"."session_id", "audit_log"."request_id", "audit_log"."trace_id", "audit_log"."reason", "audit_log"."reverts", "audit_log"."changes", "audit_log"."metadata",
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
FROM "audit_log"

CREATE TABLE IF NOT EXISTS audit_log_version (version integer PRIMARY KEY)

INSERT INTO audit_log_version (version) VALUES (1) ON CONFLICT DO NOTHING
