CREATE TRIGGER {trigger} AFTER INSERT ON {table} FOR EACH ROW
CALL {log}`audit_guard_note`(/* {version} */ {type}, {new_id}, {new_label}, 'CREATE', {created})
