SELECT CONVERT(value USING utf8mb4) AS value FROM (
    SELECT 1 AS part, table_name AS name, ordinal_position AS position, CONCAT_WS(' ',
        table_name, column_name, column_type,
        IF(is_nullable = 'NO', 'NOT NULL', NULL),
        CONCAT('COLLATE ', collation_name),
        CONCAT('DEFAULT ', column_default),
        NULLIF(extra, '')
    ) AS value
    FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name LIKE 'audit%'
    UNION ALL
    SELECT 2, table_name, 0, CONCAT_WS(' ', table_name, engine, row_format, IF(table_name = 'audit_log', table_collation, NULL))
    FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name LIKE 'audit%' AND engine IS NOT NULL
    UNION ALL
    SELECT 3, index_name, seq_in_index, CONCAT_WS(' ', table_name, index_name, seq_in_index, column_name, index_type)
    FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name LIKE 'audit%'
    UNION ALL
    SELECT 4, constraint_name, 0, CONCAT_WS(' ', t.table_name, 'CHECK', check_clause)
    FROM information_schema.check_constraints JOIN information_schema.table_constraints AS t
    USING (constraint_schema, constraint_name) WHERE constraint_schema = DATABASE() AND t.table_name LIKE 'audit%'
    UNION ALL
    SELECT 5, trigger_name, 0, CONCAT_WS(' ', trigger_name, action_timing, event_manipulation, event_object_table)
    FROM information_schema.triggers WHERE trigger_schema = DATABASE()
) AS `lines` ORDER BY part, name, position
