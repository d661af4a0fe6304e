CREATE TRIGGER main.audit_guard_earlier BEFORE INSERT ON audit_log
WHEN NEW.kind = 1 AND (SELECT count(*) FROM audit_guard_pending WHERE {row}) > 1
    AND NOT EXISTS (SELECT 1 FROM audit_guard_pending WHERE is_moving)
BEGIN
    -- What changed the row before has its entry before.
    UPDATE audit_guard_pending SET is_moving = 1
    WHERE {row} AND never IS NULL AND whole_id IS NULL AND n IS NOT {own} AND NOT {covered};
    {move};
    DELETE FROM audit_guard_pending WHERE is_moving;
END
