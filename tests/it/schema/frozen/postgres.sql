SELECT value FROM (
    SELECT 1 AS part, attrelid::regclass::text AS name, attnum AS position, concat_ws(' ',
        attrelid::regclass, attname, format_type(atttypid, atttypmod),
        CASE WHEN attnotnull THEN 'NOT NULL' END,
        CASE WHEN attidentity <> '' THEN concat('IDENTITY ', attidentity) END,
        'COLLATE ' || (SELECT collname FROM pg_collation WHERE oid = attcollation),
        'DEFAULT ' || pg_get_expr(adbin, adrelid)
    ) AS value
    FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    WHERE attrelid IN (to_regclass('audit_log'), to_regclass('audit_entries'), to_regclass('audit_log_version'))
    AND attnum > 0
    UNION ALL
    SELECT 2, conname, 0, concat_ws(' ', conrelid::regclass, pg_get_constraintdef(oid))
    FROM pg_constraint WHERE contype <> 'n' AND conrelid IN (to_regclass('audit_log'), to_regclass('audit_log_version'))
    UNION ALL
    SELECT 3, indexname, 0, indexdef FROM pg_indexes WHERE tablename IN ('audit_log', 'audit_log_version')
    UNION ALL
    SELECT 4, tgname, 0, concat_ws(' ', 'ENABLED', tgenabled, pg_get_triggerdef(oid))
    FROM pg_trigger WHERE tgrelid = to_regclass('audit_log')
    UNION ALL
    SELECT 5, proname, 0, concat_ws(' ', 'FUNCTION', proname, proconfig)
    FROM pg_proc WHERE pronamespace = current_schema()::regnamespace
) AS lines ORDER BY part, name COLLATE "C", position
