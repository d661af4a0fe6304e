CREATE TABLE IF NOT EXISTS audit_floor (
    id integer PRIMARY KEY AUTOINCREMENT,
    policy text NOT NULL,
    entity_type text,
    action text,
    seconds integer NOT NULL,
    hot integer
);

CREATE TABLE IF NOT EXISTS audit_hold (
    id integer PRIMARY KEY AUTOINCREMENT,
    entity_type text,
    entity_id text,
    actor_kind text,
    actor_id text,
    from_time text,
    to_time text,
    entry_id integer NOT NULL UNIQUE,
    released_by integer UNIQUE
);

-- A table that takes no rows: whoever refers to it cannot commit.
CREATE TABLE IF NOT EXISTS audit_never (id integer PRIMARY KEY CHECK (id IS NULL));

CREATE TABLE IF NOT EXISTS audit_purge (
    entry_id integer PRIMARY KEY,
    first_id integer NOT NULL,
    last_id integer NOT NULL CHECK (first_id <= last_id AND last_id < entry_id),
    entries integer NOT NULL CHECK (entries > 0),
    ids_sha256 text NOT NULL,
    deleted integer NOT NULL DEFAULT 0,
    incomplete integer DEFAULT 1 REFERENCES audit_never (id) DEFERRABLE INITIALLY DEFERRED
);

-- The files of the archive. What is `writing` belongs to a worker until its lease ends.
CREATE TABLE IF NOT EXISTS audit_archive (
    file text PRIMARY KEY NOT NULL,
    policy text NOT NULL,
    state text NOT NULL,
    worker text NOT NULL,
    lease_until text NOT NULL,
    first_id integer NOT NULL,
    last_id integer NOT NULL,
    first_at text NOT NULL,
    last_at text NOT NULL,
    entries integer NOT NULL,
    bytes integer NOT NULL,
    sha256 text NOT NULL,
    purge_id integer UNIQUE
);

-- What an erasure is about to erase, each entry until it is done.
CREATE TABLE IF NOT EXISTS audit_erase_id (
    id integer PRIMARY KEY,
    entry_id integer NOT NULL,
    incomplete integer NOT NULL DEFAULT 1 CHECK (incomplete = 1) REFERENCES audit_never (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TRIGGER IF NOT EXISTS audit_erase_id_insert BEFORE INSERT ON audit_erase_id
WHEN NOT EXISTS (SELECT 1 FROM audit_log WHERE id = NEW.entry_id AND kind = 2 AND action = 'ERASE' AND NEW.id < id)
BEGIN SELECT RAISE(ABORT, 'audit_erase_id: INSERT without its entry refused'); END;

CREATE TRIGGER IF NOT EXISTS audit_erase_id_no_update BEFORE UPDATE ON audit_erase_id
BEGIN SELECT RAISE(ABORT, 'audit_erase_id: UPDATE refused'); END;

CREATE TRIGGER IF NOT EXISTS audit_archive_insert BEFORE INSERT ON audit_archive
WHEN NEW.state <> 'writing' OR NEW.purge_id IS NOT NULL OR EXISTS (SELECT 1 FROM audit_archive WHERE file = NEW.file)
BEGIN SELECT RAISE(ABORT, 'audit_archive: INSERT refused'); END;

-- A file goes forward through its states, and is destroyed by a PURGE or ERASE entry.
CREATE TRIGGER IF NOT EXISTS audit_archive_update BEFORE UPDATE ON audit_archive
WHEN NEW.file <> OLD.file OR NEW.policy <> OLD.policy OR EXISTS (SELECT 1 FROM audit_archive WHERE purge_id = NEW.purge_id AND file <> OLD.file)
    OR NOT (
    OLD.state = 'writing' AND NEW.state IN ('writing', 'verified', 'abandoned') AND NEW.purge_id IS NULL
    OR NEW.worker = OLD.worker AND NEW.lease_until = OLD.lease_until AND NEW.first_id = OLD.first_id
        AND NEW.last_id = OLD.last_id AND NEW.first_at = OLD.first_at AND NEW.last_at = OLD.last_at
        AND NEW.entries = OLD.entries AND NEW.bytes = OLD.bytes AND NEW.sha256 = OLD.sha256 AND (
        NEW.purge_id IS OLD.purge_id AND (OLD.state = 'verified' AND NEW.state = 'purged'
            OR OLD.state = 'destroying' AND NEW.state = 'destroyed')
        OR OLD.state IN ('verified', 'purged') AND NEW.state = 'destroying'
            AND EXISTS (SELECT 1 FROM audit_log WHERE id = NEW.purge_id AND kind = 2 AND action IN ('PURGE', 'ERASE'))))
BEGIN SELECT RAISE(ABORT, 'audit_archive: UPDATE refused'); END;

CREATE TRIGGER IF NOT EXISTS audit_archive_no_delete BEFORE DELETE ON audit_archive
BEGIN SELECT RAISE(ABORT, 'audit_archive: DELETE refused'); END;

CREATE TRIGGER IF NOT EXISTS audit_hold_insert BEFORE INSERT ON audit_hold
WHEN NEW.released_by IS NOT NULL OR NOT EXISTS (SELECT 1 FROM audit_log WHERE id = NEW.entry_id AND kind = 2 AND action = 'HOLD')
    OR EXISTS (SELECT 1 FROM audit_hold WHERE id = NEW.id OR entry_id = NEW.entry_id)
BEGIN SELECT RAISE(ABORT, 'audit_hold: INSERT without its entry refused'); END;

CREATE TRIGGER IF NOT EXISTS audit_hold_update BEFORE UPDATE ON audit_hold
WHEN OLD.released_by IS NOT NULL OR NOT EXISTS (SELECT 1 FROM audit_log WHERE id = NEW.released_by AND kind = 2 AND action = 'RELEASE')
    OR EXISTS (SELECT 1 FROM audit_hold WHERE released_by = NEW.released_by)
    OR NOT (NEW.id IS OLD.id AND NEW.entity_type IS OLD.entity_type AND NEW.entity_id IS OLD.entity_id
        AND NEW.actor_kind IS OLD.actor_kind AND NEW.actor_id IS OLD.actor_id AND NEW.from_time IS OLD.from_time
        AND NEW.to_time IS OLD.to_time AND NEW.entry_id IS OLD.entry_id)
BEGIN SELECT RAISE(ABORT, 'audit_hold: UPDATE without its entry refused'); END;

CREATE TRIGGER IF NOT EXISTS audit_hold_no_delete BEFORE DELETE ON audit_hold
BEGIN SELECT RAISE(ABORT, 'audit_hold: DELETE refused'); END;

CREATE TRIGGER IF NOT EXISTS audit_purge_insert BEFORE INSERT ON audit_purge
WHEN NEW.deleted <> 0 OR NEW.incomplete IS NOT 1 OR EXISTS (SELECT 1 FROM audit_purge WHERE entry_id = NEW.entry_id)
    OR NOT EXISTS (SELECT 1 FROM audit_log WHERE id = NEW.entry_id AND kind = 2 AND action = 'PURGE')
BEGIN SELECT RAISE(ABORT, 'audit_purge: INSERT without its entry refused'); END;

-- It counts what is deleted, and no more.
CREATE TRIGGER IF NOT EXISTS audit_purge_update BEFORE UPDATE ON audit_purge
WHEN OLD.incomplete IS NULL OR NEW.deleted <> OLD.deleted + 1 OR NEW.deleted > OLD.entries
    OR NEW.incomplete IS NOT (CASE WHEN NEW.deleted < OLD.entries THEN 1 END)
    OR NOT (NEW.entry_id IS OLD.entry_id AND NEW.first_id IS OLD.first_id AND NEW.last_id IS OLD.last_id
        AND NEW.entries IS OLD.entries AND NEW.ids_sha256 IS OLD.ids_sha256)
BEGIN SELECT RAISE(ABORT, 'audit_purge is append-only: UPDATE refused'); END;

CREATE TRIGGER IF NOT EXISTS audit_purge_no_delete BEFORE DELETE ON audit_purge
BEGIN SELECT RAISE(ABORT, 'audit_purge is append-only: DELETE refused'); END;

CREATE TRIGGER IF NOT EXISTS "audit_log_purge_only" BEFORE DELETE ON "audit_log"
BEGIN
    SELECT RAISE(ABORT, 'audit_log is append-only: DELETE refused')
    WHERE OLD.kind = 2 AND OLD.action IN ('PURGE', 'ERASE', 'HOLD', 'RELEASE', 'POLICY', 'APPROVE')
        OR (SELECT count(*) FROM audit_purge WHERE incomplete = 1 AND OLD.id BETWEEN first_id AND last_id) <> 1;
    SELECT RAISE(ABORT, 'audit_log: an entry is younger than its floor')
    WHERE OLD.recorded_at > strftime('%Y-%m-%dT%H:%M:%f', 'now', (
        SELECT '-' || seconds || ' seconds' FROM audit_floor
        WHERE (entity_type IS NULL OR entity_type = OLD.entity_type) AND (action IS NULL OR action = OLD.action)
        ORDER BY action IS NULL, entity_type IS NULL, seconds DESC LIMIT 1)) || '000+00:00'
    -- What is in a file of the archive leaves the log earlier.
    AND NOT EXISTS (SELECT 1 FROM audit_archive WHERE state = 'verified' AND OLD.id BETWEEN first_id AND last_id
        AND OLD.recorded_at <= strftime('%Y-%m-%dT%H:%M:%f', 'now', (
            SELECT '-' || hot || ' seconds' FROM audit_floor
            WHERE (entity_type IS NULL OR entity_type = OLD.entity_type) AND (action IS NULL OR action = OLD.action)
            ORDER BY action IS NULL, entity_type IS NULL, seconds DESC LIMIT 1)) || '000+00:00');
    SELECT RAISE(ABORT, 'audit_log: an entry is on hold')
    WHERE EXISTS (SELECT 1 FROM audit_hold WHERE @covers OLD@);
    UPDATE audit_purge SET deleted = deleted + 1, incomplete = CASE WHEN deleted + 1 < entries THEN 1 END
    WHERE incomplete = 1 AND OLD.id BETWEEN first_id AND last_id;
END;

CREATE TRIGGER IF NOT EXISTS "audit_log_erase_only" BEFORE UPDATE ON "audit_log"
BEGIN
    SELECT RAISE(ABORT, 'audit_log is append-only: UPDATE refused')
    WHERE NOT EXISTS (SELECT 1 FROM audit_erase_id WHERE id = OLD.id)
        OR OLD.kind = 2 AND OLD.action IN ('PURGE', 'ERASE', 'HOLD', 'RELEASE', 'POLICY', 'APPROVE')
        OR NOT (
            NEW.id IS OLD.id AND NEW.kind IS OLD.kind AND NEW.format IS OLD.format AND
            NEW.changeset_id IS OLD.changeset_id AND NEW.tenant IS OLD.tenant AND NEW.service IS OLD.service AND
            NEW.entity_type IS OLD.entity_type AND NEW.entity_id IS OLD.entity_id AND NEW.action IS OLD.action AND
            NEW.outcome IS OLD.outcome AND NEW.actor_kind IS OLD.actor_kind AND NEW.actor_id IS OLD.actor_id AND
            NEW.on_behalf_of IS OLD.on_behalf_of AND NEW.timestamp IS OLD.timestamp AND
            NEW.recorded_at IS OLD.recorded_at AND NEW.request_id IS OLD.request_id AND
            NEW.trace_id IS OLD.trace_id AND NEW.reverts IS OLD.reverts)
        OR NEW.entity_label IS NOT NULL AND NEW.entity_label IS NOT OLD.entity_label
        OR NEW.actor_name IS NOT NULL AND NEW.actor_name IS NOT OLD.actor_name
        OR NEW.ip IS NOT NULL AND NEW.ip IS NOT OLD.ip
        OR NEW.user_agent IS NOT NULL AND NEW.user_agent IS NOT OLD.user_agent
        OR NEW.session_id IS NOT NULL AND NEW.session_id IS NOT OLD.session_id
        OR NEW.reason IS NOT NULL AND NEW.reason IS NOT OLD.reason
        OR NEW.metadata IS NOT NULL AND NEW.metadata IS NOT OLD.metadata
        OR (NEW.changes IS NULL) <> (OLD.changes IS NULL)
        OR (SELECT count(*) FROM json_each(NEW.changes)) <> (SELECT count(*) FROM json_each(OLD.changes))
        OR EXISTS (SELECT 1 FROM json_each(OLD.changes) o LEFT JOIN json_each(NEW.changes) n ON n.key = o.key
            WHERE n.key IS NULL OR n.value IS NOT o.value AND NOT (
            o.type = 'object' AND n.type = 'object'
            AND (SELECT count(*) FROM json_each(n.value)) = (SELECT count(DISTINCT key) FROM json_each(n.value)
                WHERE key IN ('before', 'before_is', 'after', 'after_is'))
            AND (n.value -> '$.before' IS o.value -> '$.before' AND n.value -> '$.before_is' IS o.value -> '$.before_is'
                OR n.value -> '$.before' IS NULL AND n.value ->> '$.before_is' IS 'erased' AND coalesce(o.value -> '$.before', 'null') <> 'null')
            AND (n.value -> '$.after' IS o.value -> '$.after' AND n.value -> '$.after_is' IS o.value -> '$.after_is'
                OR n.value -> '$.after' IS NULL AND n.value ->> '$.after_is' IS 'erased' AND coalesce(o.value -> '$.after', 'null') <> 'null')));
    SELECT RAISE(ABORT, 'audit_log: an entry is on hold')
    WHERE EXISTS (SELECT 1 FROM audit_hold WHERE @covers OLD@);
    DELETE FROM audit_erase_id WHERE id = OLD.id;
END;

DROP TRIGGER IF EXISTS audit_log_no_delete;

DROP TRIGGER IF EXISTS audit_log_no_update;
