CREATE TRIGGER {trigger} AFTER UPDATE ON {table} FOR EACH ROW
IF {key_differs} THEN
    CALL {log}`audit_guard_note`({type}, {old_id}, {old_label}, 'DELETE', {deleted});
    CALL {log}`audit_guard_note`({type}, {new_id}, {new_label}, 'CREATE', {created});
ELSEIF {differs} THEN
    CALL {log}`audit_guard_note`(COALESCE({type}, {version}), {new_id}, {old_label}, 'UPDATE', {changes});
END IF
