CREATE TRIGGER {trigger} AFTER INSERT ON {table} FOR EACH ROW
CALL {log}`audit_guard_note`(COALESCE({type}, {version}), {new_id}, {new_label}, 'CREATE', {created})
