-- {version}
#variable_conflict use_column
<<audit>>
{written}    FOR change IN
        SELECT {old_id} AS id, {old_label} AS label, 'DELETE' AS action, {deleted} AS changes, NULL::bigint AS entry
        FROM audit_old AS "o" WHERE {old_id} COLLATE "C" NOT IN (SELECT {new_id} FROM audit_new AS "n")
        UNION ALL
        SELECT {new_id}, {new_label}, 'CREATE', {created}, NULL
        FROM audit_new AS "n" WHERE {new_id} COLLATE "C" NOT IN (SELECT {old_id} FROM audit_old AS "o")
        UNION ALL
        SELECT {new_id}, {old_label}, 'UPDATE', {difference}, (
            SELECT own.id FROM (
                SELECT l.id, l.kind, l.action, l.xmin AS x, l.cmin AS c, l.changes FROM @log@.audit_log l
                WHERE l.entity_type = {type} AND l.entity_id = {new_id} ORDER BY l.id DESC LIMIT 64
            ) own LEFT JOIN @table@ AS "u" ON {same_key}
            WHERE own.kind = 1 AND own.action = 'UPDATE' AND own.x = "u".xmin
                AND (own.c = "u".cmin OR own.c::text::bigint < "u".cmin::text::bigint AND {changed_again} AND own.changes = {difference})
            ORDER BY own.id DESC LIMIT 1)
        FROM audit_old AS "o" JOIN audit_new AS "n" ON {old_id} COLLATE "C" = {new_id} WHERE {differs}
    LOOP
        {account}
    END LOOP;
    RETURN NULL;
END
