-- A trigger of the table's may change a row once more within the statement. The entry is of both changes, if it says
    -- more than its own note does, and this one leads from where the entry begins, or to where it ends, or both.
    (action = 'UPDATE' AND NEW.action IN ('UPDATE', 'CREATE') AND changes IS NOT NULL AND instr(changes, '"redacted"') = 0
        AND NOT EXISTS (
            SELECT 1 FROM (
                SELECT json_type(NEW.changes, path) AS is_told, json_type(own.changes, path) AS is_own,
                    json_extract(value, '$.before') AS was, json_extract(value, '$.after') AS became,
                    json_extract(NEW.changes, path || '.before') AS first, json_extract(NEW.changes, path || '.after') AS last,
                    json_extract(own.changes, path || '.before') AS own_before, json_extract(own.changes, path || '.after') AS own_after
                FROM (SELECT value, '$."' || key || '"' AS path FROM json_each(audit_guard_pending.changes)) AS field
                    LEFT JOIN audit_guard_pending AS own ON own.n = {own})
            WHERE is_told IS NULL OR NOT CASE NEW.action WHEN 'CREATE' THEN became IS last
                ELSE was IS first AND (became IS last OR is_own IS NOT NULL AND became IS own_before)
                    OR became IS last AND is_own IS NOT NULL AND was IS own_after END)
        AND EXISTS (
            SELECT field.key, side.key, side.value FROM json_each(NEW.changes) AS field, json_each(field.value) AS side
            EXCEPT SELECT field.key, side.key, side.value FROM audit_guard_pending AS own, json_each(own.changes) AS field,
                json_each(field.value) AS side WHERE own.n = {own}))