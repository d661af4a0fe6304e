CREATE TABLE IF NOT EXISTS `audit_guard_mark` (
    `connection` bigint unsigned NOT NULL DEFAULT 0 PRIMARY KEY,
    `token` varchar(64) NOT NULL DEFAULT '',
    `first_note` bigint NOT NULL DEFAULT 0,
    {context},
    FULLTEXT INDEX `audit_guard_mark_token` (`token`)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE={collation}
