    INSERT INTO audit_guard_pending (entity_type, entity_id, whole_id, entity_label, action, changes, timestamp, recorded_at, mark, never, {columns})
    SELECT {type}, CASE WHEN is_long THEN rtrim(substr(start, 1, instr(start || char(65533), char(65533)) - 1), '…') ELSE id END,
        CASE WHEN is_long THEN id END, {label}, {action}, {changes}, now, now, m.n, {never}, {context}
    FROM (SELECT id, substr(id, 1, 446) AS start, {now} AS now,
            length(id) >= 512 OR instr(CAST(id AS BLOB), x'00') > 0 AS is_long
        FROM (SELECT {id} AS id))
        LEFT JOIN audit_guard_mark AS m ON m.n = (SELECT max(n) FROM audit_guard_mark);
