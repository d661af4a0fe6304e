CREATE FUNCTION log_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    context jsonb := current_setting('audit.context')::jsonb;
    old_row jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
    new_row jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END;
    changed jsonb;
BEGIN
    CASE TG_OP
        WHEN 'UPDATE' THEN
            SELECT jsonb_object_agg(key, jsonb_build_object('before', b.value, 'after', a.value))
            INTO changed
            FROM jsonb_each(old_row) b JOIN jsonb_each(new_row) a USING (key)
            WHERE b.value <> a.value;
            IF changed IS NULL THEN
                RETURN NULL;
            END IF;
        WHEN 'INSERT' THEN
            SELECT jsonb_object_agg(key, jsonb_build_object('after', value))
            INTO changed
            FROM jsonb_each(new_row - 'id');
        ELSE
            SELECT jsonb_object_agg(key, jsonb_build_object('before', value))
            INTO changed
            FROM jsonb_each(old_row - 'id');
    END CASE;
    INSERT INTO audit_log (
        kind, format, changeset_id, entity_type, entity_id, entity_label, action, outcome,
        actor_kind, actor_id, actor_name, timestamp, ip, user_agent, session_id, request_id, reason, changes
    ) VALUES (
        1, 1, (context ->> 'changeset_id')::uuid,
        'User', coalesce(old_row, new_row) ->> 'id', coalesce(old_row, new_row) ->> 'username',
        CASE TG_OP WHEN 'INSERT' THEN 'CREATE' ELSE TG_OP END, 'SUCCESS',
        context ->> 'actor_kind', context ->> 'actor_id', context ->> 'actor_name', now(),
        context ->> 'ip', context ->> 'user_agent', context ->> 'session_id', context ->> 'request_id',
        context ->> 'reason', changed
    );
    RETURN NULL;
END
$$;

CREATE TRIGGER log_change AFTER INSERT OR UPDATE OR DELETE ON users FOR EACH ROW EXECUTE FUNCTION log_change();
