DO $audit_guard_install$
DECLARE
    log text := (SELECT quote_ident(nspname) FROM unnest(current_schemas(false)) WITH ORDINALITY AS path(name, place)
        JOIN pg_catalog.pg_namespace ON nspname = path.name
        JOIN pg_catalog.pg_class ON relnamespace = pg_namespace.oid
        WHERE relname = 'audit_log' AND relkind IN ('r', 'p') AND relpersistence <> 't' ORDER BY place LIMIT 1);
    audited oid := (SELECT oid FROM pg_catalog.pg_class
        WHERE oid = to_regclass({table_name}) AND relkind IN ('r', 'p') AND relpersistence <> 't');
    audited_name text;
    schema text;
    part regclass;
BEGIN
    IF log IS NULL THEN
        RAISE EXCEPTION 'there is no table audit_log: call audit_runtime::schema::install(&db) first' USING ERRCODE = 'undefined_table';
    END IF;
    IF audited IS NULL THEN
        RAISE EXCEPTION 'there is no table %: create it first', {table_name} USING ERRCODE = 'undefined_table';
    END IF;
    SELECT quote_ident(nspname), format('%I.%I', nspname, relname) INTO schema, audited_name
    FROM pg_catalog.pg_class JOIN pg_catalog.pg_namespace ON pg_namespace.oid = relnamespace WHERE pg_class.oid = audited;
    EXECUTE replace($audit_guard_text${shared}$audit_guard_text$, '@log@', log);
    EXECUTE replace(replace(replace($audit_guard_text${functions}$audit_guard_text$,
        '@log@', log), '@table@', audited_name), '@schema@', schema);
    FOR part IN SELECT relid FROM pg_partition_tree(audited) UNION SELECT audited LOOP
        EXECUTE replace(replace($audit_guard_text${triggers}$audit_guard_text$,
            '@part@', (SELECT format('%I.%I', nspname, relname) FROM pg_catalog.pg_class
                JOIN pg_catalog.pg_namespace ON pg_namespace.oid = relnamespace WHERE pg_class.oid = part)), '@schema@', schema);
    END LOOP;
END $audit_guard_install$
