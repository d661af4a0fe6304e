CREATE PROCEDURE IF NOT EXISTS `audit_guard_move`(IN `row_type` varchar(64) CHARACTER SET utf8mb4 COLLATE {collation},
    IN `row_id` varchar(512) CHARACTER SET utf8mb4 COLLATE {collation})
MODIFIES SQL DATA SQL SECURITY DEFINER
BEGIN
    /* By variables: the log's trigger must not find the table of notes in use. */
    DECLARE is_there boolean;
    DECLARE v_label varchar(255) CHARACTER SET utf8mb4 COLLATE {collation};
    DECLARE v_action varchar(64) CHARACTER SET utf8mb4 COLLATE {collation};
    DECLARE v_changes longtext CHARACTER SET utf8mb4 COLLATE {collation};
    DECLARE v_changeset_id binary(16);
    DECLARE v_tenant, v_service, v_actor_kind, v_trace_id varchar(64) CHARACTER SET utf8mb4 COLLATE {collation};
    DECLARE v_actor_id, v_actor_name varchar(255) CHARACTER SET utf8mb4 COLLATE {collation};
    DECLARE v_on_behalf_of varchar(320) CHARACTER SET utf8mb4 COLLATE {collation};
    DECLARE v_timestamp datetime(6);
    DECLARE v_ip varchar(45) CHARACTER SET utf8mb4 COLLATE {collation};
    DECLARE v_user_agent varchar(512) CHARACTER SET utf8mb4 COLLATE {collation};
    DECLARE v_session_id, v_request_id varchar(128) CHARACTER SET utf8mb4 COLLATE {collation};
    DECLARE v_reason varchar(1024) CHARACTER SET utf8mb4 COLLATE {collation};
    DECLARE v_metadata longtext CHARACTER SET utf8mb4 COLLATE {collation};
    DECLARE CONTINUE HANDLER FOR NOT FOUND SET is_there = FALSE;

    SET is_there = TRUE;
    SELECT `entity_label`, `action`, `changes`, `changeset_id`, `tenant`, `service`, `actor_kind`, `actor_id`, `actor_name`,
        `on_behalf_of`, `timestamp`, `ip`, `user_agent`, `session_id`, `request_id`, `trace_id`, `reason`, `metadata`
    INTO v_label, v_action, v_changes, v_changeset_id, v_tenant, v_service, v_actor_kind, v_actor_id, v_actor_name,
        v_on_behalf_of, v_timestamp, v_ip, v_user_agent, v_session_id, v_request_id, v_trace_id, v_reason, v_metadata
    FROM `audit_guard_pending` WHERE `entity_type` = row_type AND `entity_id` = row_id FOR UPDATE;
    IF is_there THEN
        DELETE FROM `audit_guard_pending` WHERE `entity_type` = row_type AND `entity_id` = row_id;
        INSERT INTO `audit_log` (`kind`, `format`, `changeset_id`, `tenant`, `service`, `entity_type`, `entity_id`,
            `entity_label`, `action`, `outcome`, `actor_kind`, `actor_id`, `actor_name`, `on_behalf_of`, `timestamp`, `ip`,
            `user_agent`, `session_id`, `request_id`, `trace_id`, `reason`, `changes`, `metadata`)
        VALUES (1, {format}, v_changeset_id, v_tenant, v_service, row_type, row_id, v_label, v_action, 'SUCCESS', v_actor_kind,
            v_actor_id, v_actor_name, v_on_behalf_of, v_timestamp, v_ip, v_user_agent, v_session_id, v_request_id, v_trace_id,
            v_reason, v_changes, v_metadata);
    END IF;
END
