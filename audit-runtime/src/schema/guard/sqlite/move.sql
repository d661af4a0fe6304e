INSERT INTO audit_log (kind, format, entity_type, entity_id, entity_label, action, outcome, timestamp, recorded_at, changes, {columns})
    SELECT kind, format, entity_type, entity_id, entity_label, action, outcome, timestamp, recorded_at, changes, {columns}
    FROM audit_guard_pending WHERE is_moving ORDER BY n