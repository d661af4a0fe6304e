CREATE TRIGGER IF NOT EXISTS `audit_guard_settle` AFTER INSERT ON `audit_log` FOR EACH ROW
BEGIN
    DECLARE answered bigint DEFAULT 0;
    IF NEW.`kind` = 1 THEN
        /* Without a lock: a lock on a note that is not there keeps others from theirs. */
        SELECT COUNT(*) INTO answered FROM `audit_guard_pending`
        WHERE `entity_type` = NEW.`entity_type` AND `entity_id` = NEW.`entity_id` AND `action` = NEW.`action`
            AND `connection` = CONNECTION_ID();
        IF answered > 0 THEN
            DELETE FROM `audit_guard_pending` WHERE `entity_type` = NEW.`entity_type` AND `entity_id` = NEW.`entity_id`;
        END IF;
    END IF;
END
