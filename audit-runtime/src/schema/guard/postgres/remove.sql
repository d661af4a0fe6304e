DO $audit_guard_remove$
DECLARE part regclass; action text; schema text;
BEGIN
    FOR part IN SELECT relid FROM pg_partition_tree(to_regclass({table_name}))
        UNION SELECT oid FROM pg_catalog.pg_class WHERE oid = to_regclass({table_name}) LOOP
        FOREACH action IN ARRAY ARRAY['insert', 'update', 'delete', 'truncate'] LOOP
            EXECUTE format('DROP TRIGGER IF EXISTS audit_guard_%s ON %s', action, part);
        END LOOP;
    END LOOP;
    SELECT quote_ident(nspname) INTO schema
    FROM pg_catalog.pg_class JOIN pg_catalog.pg_namespace ON pg_namespace.oid = relnamespace
    WHERE pg_class.oid = to_regclass({table_name});
    IF FOUND THEN
        {functions}
    END IF;
END $audit_guard_remove$
