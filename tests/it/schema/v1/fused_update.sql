WITH "audit: before" ("column 0", "column 1", "column 2", "column 3", "column 4", "column 5", "column 6", "differs") AS (
  SELECT "users"."id", "users"."username", "users"."role", "users"."logins", "users"."phone", "users"."password_hash", "users"."last_seen_at", "users"."role"::text COLLATE "C" IS DISTINCT
  FROM $18::text COLLATE "C" AS "differs"
  FROM "users"
  WHERE "users"."id" = ($17)
  FOR NO KEY UPDATE) , "audit: changed" ("column 0", "column 1", "column 2", "column 3", "column 4", "column 5", "column 6", "id", "label", "changes") AS (
  UPDATE "users"
  SET "role" = $18
  FROM "audit: before"
  WHERE "audit: before"."differs" AND "users"."id" = "audit: before"."column 0"
  RETURNING "users"."id", "users"."username", "users"."role", "users"."logins", "users"."phone", "users"."password_hash", "users"."last_seen_at", "audit: before"."column 0"::text,
  CASE
  WHEN char_length("audit: before"."column 1"::text) > 255 OR "audit: before"."column 1"::text ~ '[\u0001-\u001f\u007f-\u009f]|\\u[{]' THEN current_setting('audit.this_is_repeated_in_full')
  ELSE "audit: before"."column 1"::text END,
  CASE
  WHEN record_image_ne(ROW("audit: before"."column 0", "audit: before"."column 1", "audit: before"."column 3", "audit: before"."column 4", "audit: before"."column 5"), ROW("users"."id", "users"."username", "users"."logins", "users"."phone", "users"."password_hash")) THEN current_setting('audit.this_is_repeated_in_full')::jsonb
  ELSE
  CASE
  WHEN "audit: before"."column 2"::text COLLATE "C" IS DISTINCT
  FROM "users"."role"::text COLLATE "C" THEN jsonb_build_object('role', jsonb_build_object('before', "audit: before"."column 2", 'after', "users"."role"))
  ELSE '{}' END END) , "audit: logged" ("one") AS (
  INSERT INTO "audit_log" ("kind", "format", "entity_type", "action", "outcome", "entity_id", "entity_label", "changes", "changeset_id", "tenant", "service", "actor_kind", "actor_id", "actor_name", "on_behalf_of", "timestamp", "ip", "user_agent", "session_id", "request_id", "trace_id", "reason", "reverts", "metadata")
  SELECT 1, 1, 'User', 'UPDATE', 'SUCCESS', "audit: changed"."id", "audit: changed"."label", "audit: changed"."changes", $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16
  FROM "audit: changed"
  WHERE "audit: changed"."changes" <> '{}'
  RETURNING 1)
SELECT "audit: changed"."column 0" AS "id", "audit: changed"."column 1" AS "username", "audit: changed"."column 2" AS "role", "audit: changed"."column 3" AS "logins", "audit: changed"."column 4" AS "phone", "audit: changed"."column 5" AS "password_hash", "audit: changed"."column 6" AS "last_seen_at",
CASE
WHEN "audit: changed"."changes" = '{}' THEN true
ELSE
CASE
WHEN 1 <> (
  SELECT count(*)
  FROM "audit: logged"
  WHERE TRUE) THEN current_setting('audit.an_entry_was_not_written')::boolean
WHEN NOT EXISTS (
  SELECT 1
  FROM pg_catalog.pg_class
  WHERE oid = to_regclass('audit_log') AND relkind IN ('r', 'p') AND relpersistence <> 't' AND (NOT relhasrules OR NOT EXISTS (
      SELECT 1
      FROM pg_catalog.pg_rewrite
      WHERE ev_class = pg_class.oid AND is_instead))) THEN current_setting('audit.the_log_is_hidden')::boolean
ELSE TRUE END END AS "written"
FROM "audit: changed"
UNION ALL (
  SELECT "audit: before"."column 0" AS "id", "audit: before"."column 1" AS "username", "audit: before"."column 2" AS "role", "audit: before"."column 3" AS "logins", "audit: before"."column 4" AS "phone", "audit: before"."column 5" AS "password_hash", "audit: before"."column 6" AS "last_seen_at",
  CASE
  WHEN "audit: before"."differs" THEN current_setting('audit.a_row_was_not_updated')::boolean
  ELSE false END AS "written"
  FROM "audit: before"
  WHERE NOT EXISTS(
    SELECT 1
    FROM "audit: changed"))
