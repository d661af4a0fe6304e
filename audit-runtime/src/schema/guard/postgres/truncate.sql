-- {version}
#variable_conflict use_column
DECLARE change record; mark @log@.audit_log := @log@.audit_guard_mark(); is_later boolean := false; is_noting boolean := false;
BEGIN
    -- Each partition that is truncated with its parent has a trigger of its own.
    FOR change IN EXECUTE format($rows$
        SELECT {old_id} AS id, {old_label} AS label, 'DELETE' AS action, {deleted} AS changes, NULL::bigint AS entry
        FROM ONLY %s AS "o"$rows$, TG_RELID::regclass)
    LOOP
        {account}
    END LOOP;
    RETURN NULL;
END
