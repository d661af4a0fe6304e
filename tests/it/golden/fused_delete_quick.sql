WITH "audit: changed" ("id", "label", "changes") AS (
  DELETE
  FROM "users"
  WHERE "users"."id" = ($17)
  RETURNING "users"."id"::text,
  CASE
  WHEN char_length("users"."username"::text) > 255 OR "users"."username"::text ~ '[\u0001-\u001f\u007f-\u009f]|\\u[{]' THEN current_setting('audit.this_is_repeated_in_full')
  ELSE "users"."username"::text END, jsonb_build_object('username', jsonb_build_object('before', "users"."username"), 'role', jsonb_build_object('before', "users"."role"), 'logins', jsonb_build_object('before', "users"."logins"), 'phone',
    CASE
    WHEN "users"."phone" IS NULL THEN jsonb_build_object('before', NULL)
    ELSE jsonb_build_object('before_is', 'redacted') END, 'password_hash',
    CASE
    WHEN "users"."password_hash" IS NULL THEN jsonb_build_object('before', NULL)
    ELSE jsonb_build_object('before_is', 'redacted') END)) , "audit: logged" ("one") AS (
  INSERT INTO "audit_log" ("kind", "format", "entity_type", "action", "outcome", "entity_id", "entity_label", "changes", "changeset_id", "tenant", "service", "actor_kind", "actor_id", "actor_name", "on_behalf_of", "timestamp", "ip", "user_agent", "session_id", "request_id", "trace_id", "reason", "reverts", "metadata")
  SELECT 1, 1, 'User', 'DELETE', 'SUCCESS', "audit: changed"."id", "audit: changed"."label", "audit: changed"."changes", $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16
  FROM "audit: changed"
  WHERE TRUE
  RETURNING 1)
SELECT
CASE
WHEN (
  SELECT count(*)
  FROM "audit: changed"
  WHERE TRUE) = 0 AND EXISTS(
  SELECT 1
  FROM "users"
  WHERE "users"."id" = ($17)) THEN current_setting('audit.a_row_was_not_deleted')::bigint
ELSE
CASE
WHEN (
  SELECT count(*)
  FROM "audit: changed"
  WHERE TRUE) <> (
  SELECT count(*)
  FROM "audit: logged"
  WHERE TRUE) THEN current_setting('audit.an_entry_was_not_written')::bigint
WHEN NOT EXISTS (
  SELECT 1
  FROM pg_catalog.pg_class
  WHERE oid = to_regclass('audit_log') AND relkind IN ('r', 'p') AND relpersistence <> 't' AND (NOT relhasrules OR NOT EXISTS (
      SELECT 1
      FROM pg_catalog.pg_rewrite
      WHERE ev_class = pg_class.oid AND is_instead))) THEN current_setting('audit.the_log_is_hidden')::bigint
ELSE (
  SELECT count(*)
  FROM "audit: changed"
  WHERE TRUE) END END AS "count"
