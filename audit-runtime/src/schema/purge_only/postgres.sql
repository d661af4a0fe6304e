DO $audit_retention_install$
DECLARE
    log text := (SELECT quote_ident(nspname) FROM unnest(current_schemas(false)) WITH ORDINALITY AS path(name, place)
        JOIN pg_catalog.pg_namespace ON nspname = path.name
        JOIN pg_catalog.pg_class ON relnamespace = pg_namespace.oid
        WHERE relname = 'audit_log' AND relkind IN ('r', 'p') AND relpersistence <> 't' ORDER BY place LIMIT 1);
BEGIN
    IF log IS NULL THEN
        RAISE EXCEPTION 'there is no table audit_log: call audit_runtime::schema::install(&db) first' USING ERRCODE = 'undefined_table';
    END IF;
    IF EXISTS (SELECT FROM pg_catalog.pg_class WHERE oid = to_regclass(log || '.audit_log') AND relkind = 'p') THEN
        RAISE EXCEPTION 'a partitioned audit_log cannot be purged: a trigger of its own would have to be on each partition' USING ERRCODE = 'feature_not_supported';
    END IF;
    EXECUTE replace($audit_retention_text$
CREATE TABLE IF NOT EXISTS @log@.audit_floor (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    policy varchar(64) COLLATE "C" NOT NULL,
    entity_type varchar(64) COLLATE "C",
    action varchar(64) COLLATE "C",
    seconds bigint NOT NULL,
    hot bigint
);
ALTER TABLE @log@.audit_floor ADD COLUMN IF NOT EXISTS hot bigint;
CREATE TABLE IF NOT EXISTS @log@.audit_hold (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    entity_type varchar(64) COLLATE "C",
    entity_id varchar(512) COLLATE "C",
    actor_kind varchar(64) COLLATE "C",
    actor_id varchar(255) COLLATE "C",
    from_time timestamptz,
    to_time timestamptz,
    entry_id bigint NOT NULL UNIQUE,
    released_by bigint UNIQUE
);
CREATE TABLE IF NOT EXISTS @log@.audit_purge (
    entry_id bigint PRIMARY KEY,
    first_id bigint NOT NULL,
    last_id bigint NOT NULL,
    entries bigint NOT NULL,
    ids_sha256 varchar(64) COLLATE "C" NOT NULL,
    CHECK (first_id <= last_id AND last_id < entry_id AND entries > 0)
);
-- The files of the archive. What is `writing` belongs to a worker until its lease ends.
CREATE TABLE IF NOT EXISTS @log@.audit_archive (
    file varchar(255) COLLATE "C" PRIMARY KEY,
    policy varchar(64) COLLATE "C" NOT NULL,
    state varchar(16) COLLATE "C" NOT NULL,
    worker varchar(36) COLLATE "C" NOT NULL,
    lease_until timestamptz NOT NULL,
    first_id bigint NOT NULL,
    last_id bigint NOT NULL,
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    entries bigint NOT NULL,
    bytes bigint NOT NULL,
    sha256 varchar(64) COLLATE "C" NOT NULL,
    purge_id bigint UNIQUE
);
-- What an erasure is about to erase, each entry until it is done.
CREATE TABLE IF NOT EXISTS @log@.audit_erase_id (id bigint PRIMARY KEY, entry_id bigint NOT NULL);

-- Whether an entry of this action was written by this very transaction, outside of any savepoint.
CREATE OR REPLACE FUNCTION @log@.audit_retention_wrote(entry_id bigint, action text) RETURNS boolean
LANGUAGE sql SET search_path = pg_catalog, @log@, pg_temp AS $body$
    SELECT EXISTS (SELECT FROM @log@.audit_log e WHERE e.id = $1 AND e.kind = 2 AND e.action = $2 AND e.xmin = pg_current_xact_id()::xid)
$body$;

CREATE OR REPLACE FUNCTION @log@.audit_retention_append_only() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END $body$;

-- A hold is placed and released by an entry of the same transaction, while no purge is under way.
CREATE OR REPLACE FUNCTION @log@.audit_hold_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, @log@, pg_temp AS $body$
DECLARE released bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('audit_hold'));
    IF TG_OP = 'INSERT' THEN
        IF NEW.released_by IS NULL AND @log@.audit_retention_wrote(NEW.entry_id, 'HOLD') THEN RETURN NEW; END IF;
    ELSIF TG_OP = 'UPDATE' THEN
        released := NEW.released_by;
        NEW.released_by := NULL;
        IF OLD.released_by IS NULL AND NEW IS NOT DISTINCT FROM OLD AND @log@.audit_retention_wrote(released, 'RELEASE') THEN
            NEW.released_by := released;
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'audit_hold: % without its entry refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END $body$;

-- A file goes forward through its states, and is destroyed by a PURGE or ERASE entry of the same transaction.
CREATE OR REPLACE FUNCTION @log@.audit_archive_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, @log@, pg_temp AS $body$
DECLARE state text; purge bigint;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state = 'writing' AND NEW.purge_id IS NULL THEN RETURN NEW; END IF;
    ELSIF TG_OP = 'UPDATE' THEN
        state := NEW.state;
        purge := NEW.purge_id;
        IF OLD.state = 'writing' AND state IN ('writing', 'verified', 'abandoned') AND purge IS NULL
            AND (NEW.file, NEW.policy) = (OLD.file, OLD.policy) THEN RETURN NEW; END IF;
        NEW.state := OLD.state;
        NEW.purge_id := OLD.purge_id;
        IF NEW IS NOT DISTINCT FROM OLD AND (
            (OLD.state, state) IN (('verified', 'purged'), ('destroying', 'destroyed')) AND purge IS NOT DISTINCT FROM OLD.purge_id
            OR OLD.state IN ('verified', 'purged') AND state = 'destroying' AND (@log@.audit_retention_wrote(purge, 'PURGE')
                OR @log@.audit_retention_wrote(purge, 'ERASE'))) THEN
            NEW.state := state;
            NEW.purge_id := purge;
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'audit_archive: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END $body$;

-- Entries leave the log if the same transaction wrote which, by a PURGE entry and a row of audit_purge.
CREATE OR REPLACE FUNCTION @log@.audit_log_purge_only() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, @log@, pg_temp AS $body$
DECLARE n bigint; first bigint; last bigint; digest text;
BEGIN
    SELECT count(*), min(id), max(id), encode(sha256(convert_to(string_agg(id::text, ',' ORDER BY id), 'UTF8')), 'hex') INTO n, first, last, digest FROM gone;
    IF n = 0 THEN RETURN NULL; END IF;
    -- At any other level a hold that was placed meanwhile is not seen.
    IF current_setting('transaction_isolation') <> 'read committed'
        OR NOT EXISTS (SELECT FROM @log@.audit_purge p
            WHERE p.xmin = pg_current_xact_id()::xid AND @log@.audit_retention_wrote(p.entry_id, 'PURGE')
            AND (p.first_id, p.last_id, p.entries, p.ids_sha256) = (first, last, n, digest))
        OR EXISTS (SELECT FROM gone WHERE kind = 2 AND action IN ('PURGE', 'ERASE', 'HOLD', 'RELEASE', 'POLICY', 'APPROVE')) THEN
        RAISE EXCEPTION 'audit_log is append-only: DELETE refused' USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('audit_hold'));
    IF EXISTS (SELECT FROM (SELECT entity_type, action, max(recorded_at) AS youngest FROM gone GROUP BY entity_type, action) g
            JOIN LATERAL (SELECT f.seconds, f.hot FROM @log@.audit_floor f
                WHERE (f.entity_type IS NULL OR f.entity_type = g.entity_type) AND (f.action IS NULL OR f.action = g.action)
                ORDER BY f.action IS NULL, f.entity_type IS NULL, f.seconds DESC LIMIT 1) f ON true
            WHERE g.youngest > clock_timestamp() - f.seconds * interval '1 second'
            -- What is in a file of the archive leaves the log earlier.
            AND (f.hot IS NULL OR g.youngest > clock_timestamp() - f.hot * interval '1 second' OR NOT EXISTS (
                SELECT FROM @log@.audit_archive a WHERE a.state = 'verified' AND first >= a.first_id AND last <= a.last_id))) THEN
        RAISE EXCEPTION 'audit_log: an entry is younger than its floor' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF EXISTS (SELECT FROM gone g JOIN @log@.audit_hold h ON @covers g@) THEN
        RAISE EXCEPTION 'audit_log: an entry is on hold' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
END $body$;

-- One side of a change without its value.
CREATE OR REPLACE FUNCTION @log@.audit_retention_erased(change jsonb, side text) RETURNS jsonb
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $body$
    SELECT CASE WHEN change -> side IS NULL OR change -> side = 'null' THEN change
        ELSE change - side || jsonb_build_object(side || '_is', 'erased') END
$body$;

-- Values are taken out of an entry if the same transaction wrote of which, by an ERASE entry and a row of audit_erase_id.
CREATE OR REPLACE FUNCTION @log@.audit_log_erase_only() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, @log@, pg_temp AS $body$
DECLARE
    erasure bigint;
    gone text[] := ARRAY['entity_label', 'actor_name', 'ip', 'user_agent', 'session_id', 'reason', 'metadata'];
    old_row jsonb := to_jsonb(OLD);
    new_row jsonb := to_jsonb(NEW);
BEGIN
    DELETE FROM @log@.audit_erase_id e WHERE e.id = OLD.id AND e.xmin = pg_current_xact_id()::xid RETURNING e.entry_id INTO erasure;
    -- At any other level a hold that was placed meanwhile is not seen.
    IF erasure IS NULL OR NOT @log@.audit_retention_wrote(erasure, 'ERASE')
        OR current_setting('transaction_isolation') <> 'read committed'
        OR OLD.kind = 2 AND OLD.action IN ('PURGE', 'ERASE', 'HOLD', 'RELEASE', 'POLICY', 'APPROVE')
        OR new_row - gone - 'changes' IS DISTINCT FROM old_row - gone - 'changes'
        OR EXISTS (SELECT FROM unnest(gone) name
            WHERE new_row -> name <> 'null' AND new_row -> name IS DISTINCT FROM old_row -> name)
        OR (NEW.changes IS NULL) <> (OLD.changes IS NULL)
        OR EXISTS (SELECT FROM jsonb_each(OLD.changes) o FULL JOIN jsonb_each(NEW.changes) n USING (key)
            WHERE n.value IS DISTINCT FROM o.value AND n.value IS DISTINCT FROM
                @log@.audit_retention_erased(@log@.audit_retention_erased(o.value, 'before'), 'after')) THEN
        RAISE EXCEPTION 'audit_log is append-only: UPDATE refused' USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('audit_hold'));
    IF EXISTS (SELECT FROM @log@.audit_hold h WHERE @covers OLD@) THEN
        RAISE EXCEPTION 'audit_log: an entry is on hold' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $body$;

CREATE OR REPLACE TRIGGER audit_purge_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON @log@.audit_purge
FOR EACH STATEMENT EXECUTE FUNCTION @log@.audit_retention_append_only();
ALTER TABLE @log@.audit_purge ENABLE ALWAYS TRIGGER audit_purge_append_only;
CREATE OR REPLACE TRIGGER audit_hold_no_truncate BEFORE TRUNCATE ON @log@.audit_hold
FOR EACH STATEMENT EXECUTE FUNCTION @log@.audit_retention_append_only();
ALTER TABLE @log@.audit_hold ENABLE ALWAYS TRIGGER audit_hold_no_truncate;
CREATE OR REPLACE TRIGGER audit_hold_change BEFORE INSERT OR UPDATE OR DELETE ON @log@.audit_hold
FOR EACH ROW EXECUTE FUNCTION @log@.audit_hold_change();
ALTER TABLE @log@.audit_hold ENABLE ALWAYS TRIGGER audit_hold_change;
CREATE OR REPLACE TRIGGER audit_archive_no_truncate BEFORE TRUNCATE ON @log@.audit_archive
FOR EACH STATEMENT EXECUTE FUNCTION @log@.audit_retention_append_only();
ALTER TABLE @log@.audit_archive ENABLE ALWAYS TRIGGER audit_archive_no_truncate;
CREATE OR REPLACE TRIGGER audit_archive_change BEFORE INSERT OR UPDATE OR DELETE ON @log@.audit_archive
FOR EACH ROW EXECUTE FUNCTION @log@.audit_archive_change();
ALTER TABLE @log@.audit_archive ENABLE ALWAYS TRIGGER audit_archive_change;
-- First the new one: there is no moment without one.
CREATE OR REPLACE TRIGGER audit_log_purge_only AFTER DELETE ON @log@.audit_log REFERENCING OLD TABLE AS gone
FOR EACH STATEMENT EXECUTE FUNCTION @log@.audit_log_purge_only();
ALTER TABLE @log@.audit_log ENABLE ALWAYS TRIGGER audit_log_purge_only;
CREATE OR REPLACE TRIGGER audit_log_append_only BEFORE UPDATE ON @log@.audit_log
FOR EACH ROW EXECUTE FUNCTION @log@.audit_log_erase_only();
ALTER TABLE @log@.audit_log ENABLE ALWAYS TRIGGER audit_log_append_only;
$audit_retention_text$, '@log@', log);
END $audit_retention_install$
