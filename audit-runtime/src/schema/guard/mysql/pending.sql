CREATE TABLE IF NOT EXISTS `audit_guard_pending` (
    `n` bigint NOT NULL AUTO_INCREMENT,
    `entity_type` varchar(64) NOT NULL,
    `entity_id` varchar(512) NOT NULL,
    `entity_label` varchar(255),
    `action` varchar(64) NOT NULL,
    `changes` longtext NOT NULL,
    {context},
    `recorded_at` datetime(6) NOT NULL,
    `connection` bigint unsigned NOT NULL,
    PRIMARY KEY (`entity_type`, `entity_id`),
    INDEX `audit_guard_pending_n` (`n`)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE={collation}
