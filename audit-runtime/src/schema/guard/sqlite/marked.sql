CREATE TRIGGER main.audit_guard_marked AFTER INSERT ON audit_guard_mark
BEGIN
    INSERT INTO audit_log (kind, format, action, outcome, timestamp, {columns})
    VALUES (2, {format}, 'RAW_SQL', 'SUCCESS', {now}, {context});
END
