CREATE TABLE IF NOT EXISTS audit_feed_log (
    id integer PRIMARY KEY CHECK (id = 1),
    log_id blob NOT NULL
);

CREATE TABLE IF NOT EXISTS audit_feed (
    name text PRIMARY KEY NOT NULL,
    position integer NOT NULL,
    required boolean NOT NULL,
    holder text,
    held_until text,
    failures integer NOT NULL DEFAULT 0,
    failed_at text,
    failure text
);

CREATE TABLE IF NOT EXISTS audit_feed_rejected (
    feed text NOT NULL,
    entry_id integer NOT NULL,
    rejected_at text NOT NULL,
    why text NOT NULL,
    PRIMARY KEY (feed, entry_id)
);
