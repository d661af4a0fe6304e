CREATE PROCEDURE IF NOT EXISTS `audit_guard_collect`(IN `changeset` binary(16), IN `after` bigint, IN `most` bigint, OUT `moved` bigint)
MODIFIES SQL DATA SQL SECURITY DEFINER
BEGIN
    DECLARE v_type varchar(64) CHARACTER SET utf8mb4 COLLATE {collation};
    DECLARE v_id varchar(512) CHARACTER SET utf8mb4 COLLATE {collation};
    DECLARE is_free bigint;
    DECLARE is_there boolean DEFAULT TRUE;
    DECLARE notes CURSOR FOR SELECT `entity_type`, `entity_id` FROM `audit_guard_pending`
        WHERE `n` > `after` AND (`changeset` IS NULL OR `changeset_id` = `changeset` AND `connection` = CONNECTION_ID())
        ORDER BY `n` LIMIT `most`;
    DECLARE CONTINUE HANDLER FOR NOT FOUND SET is_there = FALSE;

    SET `moved` = 0;
    OPEN notes;
    each_note: LOOP
        FETCH notes INTO v_type, v_id;
        IF NOT is_there THEN
            LEAVE each_note;
        END IF;
        /* Who has locked it is about to move it. */
        SELECT COUNT(*) INTO is_free FROM `audit_guard_pending`
        WHERE `entity_type` = v_type AND `entity_id` = v_id FOR UPDATE SKIP LOCKED;
        IF is_free > 0 THEN
            CALL `audit_guard_move`(v_type, v_id);
            SET `moved` = `moved` + 1;
        END IF;
    END LOOP each_note;
    CLOSE notes;
END
