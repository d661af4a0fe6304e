CREATE TRIGGER IF NOT EXISTS `audit_guard_marked` BEFORE INSERT ON `audit_guard_mark` FOR EACH ROW
BEGIN
    /* Of two lengths, one of which is that of a word whatever the server takes for one. */
    DECLARE random char(64) CHARACTER SET utf8mb4 DEFAULT SHA2(CONCAT(UUID(), RAND(), HEX(NEW.`changeset_id`)), 256);
    DECLARE last_note bigint DEFAULT 0;
    SELECT COALESCE(MAX(`n`), 0) INTO last_note FROM `audit_guard_pending`;
    SET NEW.`connection` = CONNECTION_ID(), NEW.`token` = CONCAT(LEFT(random, 16), ' ', RIGHT(random, 10)), NEW.`first_note` = last_note;
END
