DO $audit_feed_install$
DECLARE
    log text := (SELECT quote_ident(nspname) FROM unnest(current_schemas(false)) WITH ORDINALITY AS path(name, place)
        JOIN pg_catalog.pg_namespace ON nspname = path.name
        JOIN pg_catalog.pg_class ON relnamespace = pg_namespace.oid
        WHERE relname = 'audit_log' AND relkind IN ('r', 'p') AND relpersistence <> 't' ORDER BY place LIMIT 1);
BEGIN
    IF log IS NULL THEN
        RAISE EXCEPTION 'there is no table audit_log: call audit_runtime::schema::install(&db) first' USING ERRCODE = 'undefined_table';
    END IF;
    EXECUTE replace($audit_feed_text$
CREATE TABLE IF NOT EXISTS @log@.audit_feed_log (
    id smallint PRIMARY KEY CHECK (id = 1),
    log_id uuid NOT NULL
);
CREATE TABLE IF NOT EXISTS @log@.audit_feed (
    name varchar(64) COLLATE "C" PRIMARY KEY,
    position bigint NOT NULL,
    required boolean NOT NULL,
    holder varchar(64) COLLATE "C",
    held_until timestamptz,
    failures bigint NOT NULL DEFAULT 0,
    failed_at timestamptz,
    failure varchar(255)
);
CREATE TABLE IF NOT EXISTS @log@.audit_feed_rejected (
    feed varchar(64) COLLATE "C" NOT NULL,
    entry_id bigint NOT NULL,
    rejected_at timestamptz NOT NULL,
    why varchar(255) NOT NULL,
    PRIMARY KEY (feed, entry_id)
);
$audit_feed_text$, '@log@', log);
END $audit_feed_install$
