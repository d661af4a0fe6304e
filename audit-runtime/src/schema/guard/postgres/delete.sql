-- {version}
#variable_conflict use_column
<<audit>>
DECLARE how_many bigint; first_id text; mark @log@.audit_log; entry record; change record; is_later boolean; is_noting boolean;
BEGIN
    SELECT (SELECT count(*) FROM audit_old), {old_id} INTO audit.how_many, audit.first_id FROM audit_old AS "o" LIMIT 1;
    IF NOT FOUND THEN RETURN NULL; END IF;
    is_later := coalesce(current_setting('audit_guard.later', true), '') = 'on';
    SELECT l.kind, l.action, l.xmin AS x, l.cmin AS c, l.changeset_id, {mine} AS is_mine INTO audit.entry FROM @log@.audit_log l
    WHERE l.entity_type = {type} AND l.entity_id = audit.first_id ORDER BY l.id DESC LIMIT 1;
    is_noting := is_later OR EXISTS (SELECT FROM @log@.audit_guard_pending);
    IF NOT is_noting AND entry.kind = 1 AND entry.action = 'DELETE' AND entry.is_mine THEN
        IF how_many = 1 THEN RETURN NULL; END IF;
        PERFORM FROM (
            WITH l AS MATERIALIZED (SELECT l.entity_type, l.entity_id, l.action, l.xmin AS x, l.cmin AS c
                FROM @log@.audit_log l WHERE l.changeset_id = audit.entry.changeset_id)
            SELECT {old_id} COLLATE "C" FROM audit_old AS "o"
            EXCEPT SELECT l.entity_id FROM l
            WHERE l.x = audit.entry.x AND l.c = audit.entry.c AND l.entity_type = {type} AND l.action = 'DELETE') rest;
        IF NOT FOUND THEN RETURN NULL; END IF;
    END IF;
    mark := @log@.audit_guard_mark();
    FOR change IN
        SELECT {old_id} AS id, {old_label} AS label, 'DELETE' AS action, {deleted} AS changes, (
            SELECT own.id FROM (
                SELECT l.id, l.action, {mine} AS is_mine FROM @log@.audit_log l
                WHERE l.entity_type = {type} AND l.entity_id = {old_id} AND l.kind = 1 ORDER BY l.id DESC LIMIT 1
            ) own
            -- An entry that was there at an earlier change is not that of this one.
            WHERE own.action = 'DELETE' AND own.is_mine AND NOT EXISTS (SELECT FROM @log@.audit_guard_pending p
                WHERE p.entity_type = {type} AND p.entity_id = {old_id} AND p.last_entry >= own.id)) AS entry
        FROM audit_old AS "o"
    LOOP
        {account}
    END LOOP;
    RETURN NULL;
END
