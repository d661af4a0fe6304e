CREATE TRIGGER main.audit_guard_settle AFTER INSERT ON audit_log
WHEN NEW.kind = 1 AND EXISTS (SELECT 1 FROM audit_guard_pending WHERE {row})
    AND NOT EXISTS (SELECT 1 FROM audit_guard_pending WHERE is_moving)
BEGIN
    DELETE FROM audit_guard_pending WHERE {row} AND n IS NOT {own} AND {covered};
    DELETE FROM audit_guard_pending WHERE n = {own};
END
