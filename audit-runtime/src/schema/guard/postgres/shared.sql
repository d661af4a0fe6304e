CREATE UNLOGGED TABLE IF NOT EXISTS @log@.audit_guard_pending (
    n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    is_enforced boolean NOT NULL,
    entity_type text COLLATE "C" NOT NULL,
    entity_id text COLLATE "C" NOT NULL,
    entity_label text,
    action text COLLATE "C" NOT NULL,
    changes jsonb,
    -- The last entry of the row when it was changed; the one of this change comes later.
    last_entry bigint NOT NULL,
    -- The entry of this change, once it is known.
    entry bigint
);
CREATE INDEX IF NOT EXISTS audit_guard_pending_entity ON @log@.audit_guard_pending (entity_type, entity_id);

-- The mark of this transaction that what raw SQL changes is recorded as of the mark's actor, or NULL.
CREATE OR REPLACE FUNCTION @log@.audit_guard_mark() RETURNS @log@.audit_log
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $guard$
    SELECT l::@log@.audit_log FROM (
        SELECT * FROM (
            SELECT e.xmin AS x, e AS l FROM @log@.audit_log e WHERE e.action = 'RAW_SQL' ORDER BY e.id DESC LIMIT 64
        ) latest
        WHERE (l).kind = 2 AND CASE WHEN age(x) <= 0 AND (l).recorded_at >= transaction_timestamp()
            THEN pg_xact_status((pg_current_xact_id()::text::bigint - age(x))::text::xid8) = 'in progress' ELSE false END
        ORDER BY (l).id DESC LIMIT 1
    ) mine
$guard$;

-- What becomes of a change without an entry.
CREATE OR REPLACE FUNCTION @log@.audit_guard_unaudited(is_enforced boolean, comes_later boolean, mark @log@.audit_log,
    entity_type text, entity_id text, entity_label text, action text, changes jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $guard$
#variable_conflict use_variable
<<change>>
BEGIN
    IF comes_later THEN
        INSERT INTO @log@.audit_guard_pending AS p (is_enforced, entity_type, entity_id, entity_label, action, changes, last_entry)
        VALUES (is_enforced, entity_type, entity_id, entity_label, action, changes, coalesce((
            SELECT max(l.id) FROM @log@.audit_log l
            WHERE l.entity_type = audit_guard_unaudited.entity_type AND l.entity_id = audit_guard_unaudited.entity_id), 0));
    ELSIF mark.id IS NOT NULL AND changes IS NOT NULL THEN
        INSERT INTO @log@.audit_log (kind, format, changeset_id, tenant, service, entity_type, entity_id, entity_label, action,
            outcome, actor_kind, actor_id, actor_name, on_behalf_of, timestamp, ip, user_agent, session_id, request_id,
            trace_id, reason, changes, metadata)
        VALUES (1, {format}, mark.changeset_id, mark.tenant, mark.service, entity_type, entity_id, entity_label, action,
            'SUCCESS', mark.actor_kind, mark.actor_id, mark.actor_name, mark.on_behalf_of, clock_timestamp(), mark.ip,
            mark.user_agent, mark.session_id, mark.request_id, mark.trace_id, mark.reason, changes,
            coalesce(mark.metadata, '{}') || jsonb_build_object('database_user', session_user));
    ELSIF is_enforced THEN
        RAISE EXCEPTION USING ERRCODE = '{sqlstate}',
            MESSAGE = concat(action, ' of ', entity_type, ' ', entity_id, ' has no entry in audit_log'),
            CONSTRAINT = json_build_array(entity_type, entity_id, action)::text,
            HINT = 'Write by audited(..), or mark the transaction: unit.raw_sql(reason), or audit_raw_sql(kind, id, reason).';
    ELSE
        INSERT INTO @log@.audit_log (kind, format, changeset_id, entity_type, entity_id, entity_label, action, outcome,
            actor_kind, actor_id, actor_name, timestamp, ip, changes)
        VALUES (1, {format}, encode(substr(sha256(convert_to(concat('audit_guard ', pg_current_xact_id(), ' ',
            extract(epoch FROM transaction_timestamp())), 'UTF8')), 1, 16), 'hex')::uuid, entity_type, entity_id,
            entity_label, action, 'SUCCESS', 'Database', session_user, nullif(current_setting('application_name'), ''),
            clock_timestamp(), host(inet_client_addr()), changes);
    END IF;
END $guard$;

-- At the end of the transaction: each change whose entry was to come later has one, or is without.
CREATE OR REPLACE FUNCTION @log@.audit_guard_settle() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $guard$
DECLARE note record; answer bigint;
BEGIN
    -- An entry is that of the last change before it that has none.
    FOR note IN SELECT * FROM @log@.audit_guard_pending p
        WHERE p.entity_type = NEW.entity_type AND p.entity_id = NEW.entity_id AND p.entry IS NULL ORDER BY p.n DESC
    LOOP
        SELECT l.id INTO answer FROM @log@.audit_log l
        WHERE l.entity_type = note.entity_type AND l.entity_id = note.entity_id AND l.id > note.last_entry
            AND l.kind = 1 AND l.action = note.action
            AND {mine}
            AND NOT EXISTS (SELECT FROM @log@.audit_guard_pending p
                WHERE p.entity_type = l.entity_type AND p.entity_id = l.entity_id AND p.entry = l.id)
        ORDER BY l.id LIMIT 1;
        IF FOUND THEN
            UPDATE @log@.audit_guard_pending p SET entry = answer WHERE p.n = note.n;
        END IF;
    END LOOP;
    FOR note IN SELECT * FROM @log@.audit_guard_pending p
        WHERE p.entity_type = NEW.entity_type AND p.entity_id = NEW.entity_id AND p.entry IS NULL ORDER BY p.n
    LOOP
        PERFORM @log@.audit_guard_unaudited(note.is_enforced, false, @log@.audit_guard_mark(), note.entity_type,
            note.entity_id, note.entity_label, note.action, note.changes);
    END LOOP;
    DELETE FROM @log@.audit_guard_pending p WHERE p.entity_type = NEW.entity_type AND p.entity_id = NEW.entity_id;
    RETURN NULL;
END $guard$;
DROP TRIGGER IF EXISTS audit_guard_settle ON @log@.audit_guard_pending;
CREATE CONSTRAINT TRIGGER audit_guard_settle AFTER INSERT ON @log@.audit_guard_pending
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION @log@.audit_guard_settle();
ALTER TABLE @log@.audit_guard_pending ENABLE ALWAYS TRIGGER audit_guard_settle;

-- The mark, for those who write SQL by hand.
CREATE OR REPLACE FUNCTION @log@.audit_raw_sql(actor_kind text, actor_id text, reason text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $guard$
BEGIN
    IF btrim(actor_kind) = '' OR btrim(actor_id) = '' OR actor_kind IS NULL OR actor_id IS NULL THEN
        RAISE EXCEPTION 'an actor needs a kind and an id' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    INSERT INTO @log@.audit_log (kind, format, changeset_id, action, outcome, actor_kind, actor_id, timestamp, reason, metadata)
    VALUES (2, {format}, gen_random_uuid(), 'RAW_SQL', 'SUCCESS', audit_raw_sql.actor_kind, audit_raw_sql.actor_id,
        clock_timestamp(), audit_raw_sql.reason, jsonb_build_object('database_user', session_user));
END $guard$;
-- Whoever may execute a trigger function can put it on a table of their own and have it record what never was.
REVOKE EXECUTE ON FUNCTION @log@.audit_raw_sql(text, text, text), @log@.audit_guard_settle() FROM PUBLIC;
