CREATE TRIGGER main.audit_guard_unmarked AFTER DELETE ON audit_guard_mark
BEGIN
    UPDATE audit_guard_pending SET is_moving = 1 WHERE mark = OLD.n AND never IS NULL AND whole_id IS NULL;
    {move};
    DELETE FROM audit_guard_pending WHERE is_moving;
END
