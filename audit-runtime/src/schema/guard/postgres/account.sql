IF change.entry IS NULL THEN
            PERFORM @log@.audit_guard_unaudited({is_enforced}, is_later, mark, {type}, change.id,
                change.label, change.action, change.changes);
        ELSIF is_noting THEN
            INSERT INTO @log@.audit_guard_pending (is_enforced, entity_type, entity_id, action, last_entry, entry)
            VALUES ({is_enforced}, {type}, change.id, change.action, 0, change.entry);
        END IF;
