-- {version}
#variable_conflict use_column
<<audit>>
{written}    FOR change IN
        SELECT {new_id} AS id, {new_label} AS label, 'CREATE' AS action, {created} AS changes, (
            SELECT own.id FROM (
                SELECT l.id, l.kind, l.action, l.xmin AS x, l.cmin AS c, l.changes FROM @log@.audit_log l
                WHERE l.entity_type = {type} AND l.entity_id = {new_id} ORDER BY l.id DESC LIMIT 64
            ) own LEFT JOIN @table@ AS "u" ON {same_key}
            WHERE own.kind = 1 AND own.action = 'CREATE' AND own.x = "u".xmin
                AND (own.c = "u".cmin OR own.c::text::bigint < "u".cmin::text::bigint AND {changed_again} AND own.changes = {created})
            ORDER BY own.id DESC LIMIT 1) AS entry
        FROM audit_new AS "n"
    LOOP
        {account}
    END LOOP;
    RETURN NULL;
END
