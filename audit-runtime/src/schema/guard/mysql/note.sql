CREATE PROCEDURE IF NOT EXISTS `audit_guard_note`(IN `row_type` varchar(64) CHARACTER SET utf8mb4 COLLATE {collation},
    IN `row_key` longtext CHARACTER SET utf8mb4 COLLATE {collation}, IN `row_name` longtext CHARACTER SET utf8mb4 COLLATE {collation},
    IN `row_action` varchar(64) CHARACTER SET utf8mb4 COLLATE {collation}, IN `row_changes` longtext CHARACTER SET utf8mb4 COLLATE {collation})
MODIFIES SQL DATA SQL SECURITY DEFINER
BEGIN
    DECLARE row_id varchar(512) CHARACTER SET utf8mb4 COLLATE {collation} DEFAULT {capped};
    DECLARE spelled longtext CHARACTER SET utf8mb4 COLLATE {collation};
    DECLARE v_token varchar(64) CHARACTER SET utf8mb4 COLLATE {collation};
    DECLARE older, committed bigint DEFAULT 0;
    DECLARE is_met boolean DEFAULT FALSE;
    DECLARE v_changeset_id binary(16) DEFAULT UNHEX(LEFT(SHA2(CONCAT('audit_guard ', CONNECTION_ID(), ' ', NOW(6)), 256), 32));
    DECLARE v_user varchar(255) CHARACTER SET utf8mb4 COLLATE {collation} DEFAULT {user};
    DECLARE v_actor_kind varchar(64) CHARACTER SET utf8mb4 COLLATE {collation} DEFAULT 'Database';
    DECLARE v_tenant, v_service, v_trace_id varchar(64) CHARACTER SET utf8mb4 COLLATE {collation};
    DECLARE v_actor_id varchar(255) CHARACTER SET utf8mb4 COLLATE {collation} DEFAULT v_user;
    DECLARE v_actor_name varchar(255) CHARACTER SET utf8mb4 COLLATE {collation};
    DECLARE v_on_behalf_of varchar(320) CHARACTER SET utf8mb4 COLLATE {collation};
    DECLARE v_now datetime(6) DEFAULT {now};
    DECLARE v_ip varchar(45) CHARACTER SET utf8mb4 COLLATE {collation} DEFAULT {ip};
    DECLARE v_user_agent varchar(512) CHARACTER SET utf8mb4 COLLATE {collation};
    DECLARE v_session_id, v_request_id varchar(128) CHARACTER SET utf8mb4 COLLATE {collation};
    DECLARE v_reason varchar(1024) CHARACTER SET utf8mb4 COLLATE {collation};
    DECLARE v_metadata longtext CHARACTER SET utf8mb4 COLLATE {collation};
    /* Another connection has left a note after the moment that this transaction reads. */
    DECLARE CONTINUE HANDLER FOR 1062 SET is_met = TRUE;

    SET spelled = LEFT(row_name, 256);
    SET spelled = {spelled};
    IF CHAR_LENGTH(spelled) > 255 THEN
        SET spelled = CONCAT(LEFT(spelled, 254), {ellipsis});
    END IF;
    /* Without a lock: a lock on a note that is not there keeps others from theirs. */
    SELECT COUNT(*) INTO older FROM `audit_guard_pending` WHERE `entity_type` = row_type AND `entity_id` = row_id;
    IF older > 0 THEN
        CALL `audit_guard_move`(row_type, row_id);
    END IF;
    /* A full text search finds what is committed, and nothing else: a mark that it finds is of a transaction that has ended. */
    SELECT MAX(`token`) INTO v_token FROM `audit_guard_mark` WHERE `connection` = CONNECTION_ID();
    IF v_token IS NOT NULL THEN
        SELECT COUNT(*) INTO committed FROM `audit_guard_mark` WHERE MATCH (`token`) AGAINST (v_token);
        IF committed = 0 THEN
            SELECT `changeset_id`, `tenant`, `service`, `actor_kind`, `actor_id`, `actor_name`, `on_behalf_of`, `ip`, `user_agent`,
                `session_id`, `request_id`, `trace_id`, `reason`, JSON_SET(COALESCE(`metadata`, '{}'), '$.database_user', v_user)
            INTO v_changeset_id, v_tenant, v_service, v_actor_kind, v_actor_id, v_actor_name, v_on_behalf_of, v_ip, v_user_agent,
                v_session_id, v_request_id, v_trace_id, v_reason, v_metadata
            FROM `audit_guard_mark` WHERE `connection` = CONNECTION_ID();
        END IF;
    END IF;
    noted: LOOP
        SET is_met = FALSE;
        INSERT INTO `audit_guard_pending` (`entity_type`, `entity_id`, `entity_label`, `action`, `changes`, `changeset_id`,
            `tenant`, `service`, `actor_kind`, `actor_id`, `actor_name`, `on_behalf_of`, `timestamp`, `ip`, `user_agent`,
            `session_id`, `request_id`, `trace_id`, `reason`, `metadata`, `recorded_at`, `connection`)
        VALUES (row_type, row_id, spelled, row_action, row_changes, v_changeset_id, v_tenant, v_service, v_actor_kind, v_actor_id,
            v_actor_name, v_on_behalf_of, v_now, v_ip, v_user_agent, v_session_id, v_request_id, v_trace_id, v_reason, v_metadata,
            v_now, CONNECTION_ID());
        IF NOT is_met THEN
            LEAVE noted;
        END IF;
        CALL `audit_guard_move`(row_type, row_id);
    END LOOP noted;
END
