WITH "audit: before" ("column 0") AS (
  SELECT "users"."id"
  FROM "users"
  WHERE "users"."id" = ($17) ORDER BY "users"."id" ASC
  FOR UPDATE) , "audit: changed" ("id", "label", "changes") AS (
  DELETE
  FROM "users"
  WHERE ("users"."id") IN (
    SELECT "audit: before"."column 0"
    FROM "audit: before")
  RETURNING "users"."id"::text,
  CASE
  WHEN char_length("users"."username"::text) <= 255 AND "users"."username"::text !~ '[\u0001-\u001f\u007f-\u009f]|\\u[{]' THEN "users"."username"::text
  ELSE (
    SELECT
    CASE
    WHEN char_length(audit_label.whole) <= 255 THEN audit_label.whole
    ELSE left(audit_label.whole, 254) || '…' END
    FROM (
      SELECT string_agg(
        CASE
        WHEN audit_letter.letter ~ '[\u0001-\u001f\u007f-\u009f]' THEN '\u{' || to_hex(ascii(audit_letter.letter)) || '}'
        ELSE audit_letter.letter END, '' ORDER BY audit_letter.place) AS whole
      FROM regexp_split_to_table(replace(left("users"."username"::text, 256), '\u{', '\u{5c}u{'), '') WITH ORDINALITY AS audit_letter(letter, place)) AS audit_label) END, jsonb_build_object('username', jsonb_build_object('before', "users"."username"), 'role', jsonb_build_object('before', "users"."role"), 'logins', jsonb_build_object('before', "users"."logins"), 'phone',
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
  FROM "audit: before"
  WHERE TRUE) = (
  SELECT count(*)
  FROM "audit: changed"
  WHERE TRUE) THEN
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
  WHERE TRUE) END
ELSE current_setting('audit.a_row_was_not_deleted')::bigint END AS "count"
