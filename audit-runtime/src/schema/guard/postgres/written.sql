DECLARE how_many bigint; first_id text; mark @log@.audit_log; x xid; c cid; entry record; change record; is_later boolean; is_noting boolean;
BEGIN
    SELECT (SELECT count(*) FROM audit_new), {new_id}, "u".xmin, "u".cmin INTO audit.how_many, audit.first_id, audit.x, audit.c
    FROM (SELECT * FROM audit_new LIMIT 1) AS "n" LEFT JOIN @table@ AS "u" ON {same_key};
    IF NOT FOUND THEN RETURN NULL; END IF;
    is_later := coalesce(current_setting('audit_guard.later', true), '') = 'on';
    SELECT l.kind, l.action, l.xmin AS x, l.cmin AS c, l.changeset_id INTO audit.entry FROM @log@.audit_log l
    WHERE l.entity_type = {type} AND l.entity_id = audit.first_id ORDER BY l.id DESC LIMIT 1;
    is_noting := is_later OR EXISTS (SELECT FROM @log@.audit_guard_pending);
    IF NOT is_noting AND entry.kind = 1 AND entry.action = '{action}' AND entry.x = audit.x AND entry.c = audit.c THEN
        IF how_many = 1 THEN RETURN NULL; END IF;
        PERFORM FROM (
            WITH l AS MATERIALIZED (SELECT l.entity_type, l.entity_id, l.action, l.xmin AS x, l.cmin AS c
                FROM @log@.audit_log l WHERE l.changeset_id = audit.entry.changeset_id)
            SELECT {new_id} COLLATE "C" FROM audit_new AS "n"
            EXCEPT SELECT l.entity_id FROM l
            WHERE l.x = audit.x AND l.c = audit.c AND l.entity_type = {type} AND l.action = '{action}') rest;
        IF NOT FOUND THEN RETURN NULL; END IF;
    END IF;
    mark := @log@.audit_guard_mark();
