CREATE TRIGGER IF NOT EXISTS `audit_guard_unmarked` AFTER DELETE ON `audit_guard_mark` FOR EACH ROW
BEGIN
    DECLARE moved bigint;
    CALL `audit_guard_collect`(OLD.`changeset_id`, OLD.`first_note`, 9223372036854775807, moved);
END
