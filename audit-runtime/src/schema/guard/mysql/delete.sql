CREATE TRIGGER {trigger} AFTER DELETE ON {table} FOR EACH ROW
CALL {log}`audit_guard_note`(COALESCE({type}, {version}), {old_id}, {old_label}, 'DELETE', {deleted})
