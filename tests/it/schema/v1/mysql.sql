CREATE TABLE IF NOT EXISTS `audit_log` (
    `id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    `kind` smallint NOT NULL CHECK (`kind` IN (1, 2)),
    `format` smallint NOT NULL,
    `changeset_id` binary(16) NOT NULL,
    `tenant` varchar(64),
    `service` varchar(64),
    `entity_type` varchar(64),
    `entity_id` varchar(512),
    `entity_label` varchar(255),
    `action` varchar(64) NOT NULL,
    `outcome` varchar(16) NOT NULL,
    `actor_kind` varchar(64) NOT NULL,
    `actor_id` varchar(255) NOT NULL,
    `actor_name` varchar(255),
    `on_behalf_of` varchar(320),
    `timestamp` datetime(6) NOT NULL,
    `recorded_at` datetime(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    `ip` varchar(45),
    `user_agent` varchar(512),
    `session_id` varchar(128),
    `request_id` varchar(128),
    `trace_id` varchar(64),
    `reason` varchar(1024),
    `reverts` bigint,
    `changes` json,
    `metadata` json,
    INDEX `audit_log_entity` (`entity_type`, `entity_id`, `id`),
    INDEX `audit_log_actor` (`actor_id`, `id`),
    INDEX `audit_log_action` (`action`, `id`),
    INDEX `audit_log_timestamp` (`timestamp`),
    INDEX `audit_log_changeset` (`changeset_id`)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_bin

CREATE TRIGGER IF NOT EXISTS `audit_log_no_update` BEFORE UPDATE ON `audit_log` FOR EACH ROW
SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'audit_log is append-only: UPDATE refused'

CREATE TRIGGER IF NOT EXISTS `audit_log_no_delete` BEFORE DELETE ON `audit_log` FOR EACH ROW
SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'audit_log is append-only: DELETE refused'

CREATE TRIGGER IF NOT EXISTS `audit_log_recorded_at` BEFORE INSERT ON `audit_log` FOR EACH ROW
SET NEW.`recorded_at` = CONVERT_TZ(SYSDATE(6), @@SESSION.time_zone, '+00:00')

CREATE OR REPLACE SQL SECURITY INVOKER VIEW `audit_entries` AS
SELECT `audit_log`.`id`, `audit_log`.`kind`, `audit_log`.`format`, `audit_log`.`changeset_id`, `audit_log`.`tenant`, `audit_log`.`service`, `audit_log`.`entity_type`, `audit_log`.`entity_id`, `audit_log`.`entity_label`, `audit_log`.`action`, `audit_log`.`outcome`, `audit_log`.`actor_kind`, `audit_log`.`actor_id`, `audit_log`.`actor_name`, `audit_log`.`on_behalf_of`, `audit_log`.`timestamp`, `audit_log`.`recorded_at`, `audit_log`.`ip`, `audit_log`.`user_agent`, `audit_log`.`session_id`, `audit_log`.`request_id`, `audit_log`.`trace_id`, `audit_log`.`reason`, `audit_log`.`reverts`, `audit_log`.`changes`, `audit_log`.`metadata`,
    CASE WHEN JSON_KEYS(`changes`) IS NOT NULL THEN COALESCE((
        SELECT JSON_OBJECTAGG(`field`, JSON_EXTRACT(`changes`, CONCAT('$.', JSON_QUOTE(`field`), '.before')))
        FROM JSON_TABLE(JSON_KEYS(`changes`), '$[*]' COLUMNS (`field` varchar(255) CHARACTER SET utf8mb4 PATH '$')) AS `fields`
        WHERE JSON_CONTAINS_PATH(`changes`, 'one', CONCAT('$.', JSON_QUOTE(`field`), '.before'))
    ), JSON_OBJECT()) END AS `before`,
    CASE WHEN JSON_KEYS(`changes`) IS NOT NULL THEN COALESCE((
        SELECT JSON_OBJECTAGG(`field`, JSON_EXTRACT(`changes`, CONCAT('$.', JSON_QUOTE(`field`), '.after')))
        FROM JSON_TABLE(JSON_KEYS(`changes`), '$[*]' COLUMNS (`field` varchar(255) CHARACTER SET utf8mb4 PATH '$')) AS `fields`
        WHERE JSON_CONTAINS_PATH(`changes`, 'one', CONCAT('$.', JSON_QUOTE(`field`), '.after'))
    ), JSON_OBJECT()) END AS `after`,
    CASE WHEN JSON_KEYS(`changes`) IS NOT NULL THEN COALESCE((
        SELECT JSON_EXTRACT(JSON_OBJECTAGG(`field`, JSON_MERGE_PRESERVE(
            JSON_OBJECT('field', `field`),
            JSON_EXTRACT(`changes`, CONCAT('$.', JSON_QUOTE(`field`)))
        )), '$.*')
        FROM JSON_TABLE(JSON_KEYS(`changes`), '$[*]' COLUMNS (`field` varchar(255) CHARACTER SET utf8mb4 PATH '$')) AS `fields`
    ), JSON_ARRAY()) END AS `diff`
FROM `audit_log`

CREATE TABLE IF NOT EXISTS audit_log_version (version integer PRIMARY KEY)

INSERT IGNORE INTO audit_log_version (version) VALUES (1)
