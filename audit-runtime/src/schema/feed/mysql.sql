CREATE TABLE IF NOT EXISTS audit_feed_log (
    id smallint NOT NULL PRIMARY KEY CHECK (id = 1),
    log_id binary(16) NOT NULL
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS audit_feed (
    name varchar(64) NOT NULL PRIMARY KEY,
    position bigint NOT NULL,
    required boolean NOT NULL,
    holder varchar(64),
    held_until datetime(6),
    failures bigint NOT NULL DEFAULT 0,
    failed_at datetime(6),
    failure varchar(255)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE={collation};

CREATE TABLE IF NOT EXISTS audit_feed_rejected (
    feed varchar(64) NOT NULL,
    entry_id bigint NOT NULL,
    rejected_at datetime(6) NOT NULL,
    why varchar(255) NOT NULL,
    PRIMARY KEY (feed, entry_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE={collation};
