CREATE TABLE IF NOT EXISTS audit_floor (
    id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    policy varchar(64) NOT NULL,
    entity_type varchar(64),
    action varchar(64),
    seconds bigint NOT NULL,
    hot bigint
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE={collation};

CREATE TABLE IF NOT EXISTS audit_hold (
    id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    entity_type varchar(64),
    entity_id varchar(512),
    actor_kind varchar(64),
    actor_id varchar(255),
    from_time datetime(6),
    to_time datetime(6),
    entry_id bigint NOT NULL UNIQUE,
    released_by bigint UNIQUE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE={collation};

CREATE TABLE IF NOT EXISTS audit_purge (
    entry_id bigint NOT NULL PRIMARY KEY,
    first_id bigint NOT NULL,
    last_id bigint NOT NULL,
    entries bigint NOT NULL,
    ids_sha256 varchar(64) NOT NULL,
    CONSTRAINT audit_purge_entry FOREIGN KEY (entry_id) REFERENCES audit_log (id)
) ENGINE=InnoDB;

-- What a purge deletes, each id until it is deleted.
CREATE TABLE IF NOT EXISTS audit_purge_id (
    id bigint NOT NULL PRIMARY KEY,
    entry_id bigint NOT NULL,
    CONSTRAINT audit_purge_id_entry FOREIGN KEY (entry_id) REFERENCES audit_purge (entry_id)
) ENGINE=InnoDB;

-- What an erasure is about to erase, each entry until it is done.
CREATE TABLE IF NOT EXISTS audit_erase_id (
    id bigint NOT NULL PRIMARY KEY,
    entry_id bigint NOT NULL,
    CONSTRAINT audit_erase_id_entry FOREIGN KEY (entry_id) REFERENCES audit_log (id)
) ENGINE=InnoDB;

-- The files of the archive. What is `writing` belongs to a worker until its lease ends.
CREATE TABLE IF NOT EXISTS audit_archive (
    file varchar(255) NOT NULL PRIMARY KEY,
    policy varchar(64) NOT NULL,
    state varchar(16) NOT NULL,
    worker varchar(36) NOT NULL,
    lease_until datetime(6) NOT NULL,
    first_id bigint NOT NULL,
    last_id bigint NOT NULL,
    first_at datetime(6) NOT NULL,
    last_at datetime(6) NOT NULL,
    entries bigint NOT NULL,
    bytes bigint NOT NULL,
    sha256 varchar(64) NOT NULL,
    purge_id bigint UNIQUE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE={collation};

CREATE TRIGGER IF NOT EXISTS audit_archive_insert BEFORE INSERT ON audit_archive FOR EACH ROW
BEGIN
    IF NEW.state <> 'writing' OR NEW.purge_id IS NOT NULL THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'audit_archive: INSERT refused';
    END IF;
END;

-- A file goes forward through its states, and is destroyed by a PURGE or ERASE entry.
CREATE TRIGGER IF NOT EXISTS audit_archive_update BEFORE UPDATE ON audit_archive FOR EACH ROW
BEGIN
    DECLARE n int;
    SELECT count(*) INTO n FROM audit_log WHERE id = NEW.purge_id AND kind = 2 AND action IN ('PURGE', 'ERASE') LOCK IN SHARE MODE;
    IF NEW.file <> OLD.file OR NEW.policy <> OLD.policy OR NOT (
        OLD.state = 'writing' AND NEW.state IN ('writing', 'verified', 'abandoned') AND NEW.purge_id IS NULL
        OR NEW.worker = OLD.worker AND NEW.lease_until = OLD.lease_until AND NEW.first_id = OLD.first_id
            AND NEW.last_id = OLD.last_id AND NEW.first_at = OLD.first_at AND NEW.last_at = OLD.last_at
            AND NEW.entries = OLD.entries AND NEW.bytes = OLD.bytes AND NEW.sha256 = OLD.sha256 AND (
            NEW.purge_id <=> OLD.purge_id AND (OLD.state = 'verified' AND NEW.state = 'purged'
                OR OLD.state = 'destroying' AND NEW.state = 'destroyed')
            OR OLD.state IN ('verified', 'purged') AND NEW.state = 'destroying' AND n = 1)) THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'audit_archive: UPDATE refused';
    END IF;
END;

CREATE TRIGGER IF NOT EXISTS audit_archive_no_delete BEFORE DELETE ON audit_archive FOR EACH ROW
SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'audit_archive: DELETE refused';

-- The lock by which purges and holds take turns: its one row.
CREATE TABLE IF NOT EXISTS audit_mutex (id int NOT NULL PRIMARY KEY) ENGINE=InnoDB;

INSERT IGNORE INTO audit_mutex (id) VALUES (1);

CREATE TRIGGER IF NOT EXISTS audit_hold_insert BEFORE INSERT ON audit_hold FOR EACH ROW
BEGIN
    DECLARE n int;
    SELECT count(*) INTO n FROM audit_mutex WHERE id = 1 FOR UPDATE;
    SELECT count(*) INTO n FROM audit_log WHERE id = NEW.entry_id AND kind = 2 AND action = 'HOLD' LOCK IN SHARE MODE;
    IF n = 0 OR NEW.released_by IS NOT NULL THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'audit_hold: INSERT without its entry refused';
    END IF;
END;

CREATE TRIGGER IF NOT EXISTS audit_hold_update BEFORE UPDATE ON audit_hold FOR EACH ROW
BEGIN
    DECLARE n int;
    SELECT count(*) INTO n FROM audit_mutex WHERE id = 1 FOR UPDATE;
    SELECT count(*) INTO n FROM audit_log WHERE id = NEW.released_by AND kind = 2 AND action = 'RELEASE' LOCK IN SHARE MODE;
    IF n = 0 OR OLD.released_by IS NOT NULL OR NOT (NEW.id <=> OLD.id AND NEW.entity_type <=> OLD.entity_type
        AND NEW.entity_id <=> OLD.entity_id AND NEW.actor_kind <=> OLD.actor_kind AND NEW.actor_id <=> OLD.actor_id
        AND NEW.from_time <=> OLD.from_time AND NEW.to_time <=> OLD.to_time AND NEW.entry_id <=> OLD.entry_id) THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'audit_hold: UPDATE without its entry refused';
    END IF;
END;

CREATE TRIGGER IF NOT EXISTS audit_hold_no_delete BEFORE DELETE ON audit_hold FOR EACH ROW
SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'audit_hold: DELETE refused';

CREATE TRIGGER IF NOT EXISTS audit_purge_insert BEFORE INSERT ON audit_purge FOR EACH ROW
BEGIN
    DECLARE n int;
    SELECT count(*) INTO n FROM audit_mutex WHERE id = 1 FOR UPDATE;
    SELECT count(*) INTO n FROM audit_log WHERE id = NEW.entry_id AND kind = 2 AND action = 'PURGE' LOCK IN SHARE MODE;
    IF n = 0 OR NEW.first_id > NEW.last_id OR NEW.last_id >= NEW.entry_id OR NEW.entries < 1 THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'audit_purge: INSERT without its entry refused';
    END IF;
END;

CREATE TRIGGER IF NOT EXISTS audit_purge_no_update BEFORE UPDATE ON audit_purge FOR EACH ROW
SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'audit_purge is append-only: UPDATE refused';

CREATE TRIGGER IF NOT EXISTS audit_purge_no_delete BEFORE DELETE ON audit_purge FOR EACH ROW
SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'audit_purge is append-only: DELETE refused';

-- The range of the purge bounds its list, and so does its number of entries.
CREATE TRIGGER IF NOT EXISTS audit_purge_id_insert BEFORE INSERT ON audit_purge_id FOR EACH ROW
BEGIN
    DECLARE n int;
    SELECT count(*) INTO n FROM audit_purge WHERE entry_id = NEW.entry_id AND NEW.id BETWEEN first_id AND last_id;
    IF n = 0 THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'audit_purge_id: an id that its purge does not cover is refused';
    END IF;
END;

CREATE TRIGGER IF NOT EXISTS audit_purge_id_no_update BEFORE UPDATE ON audit_purge_id FOR EACH ROW
SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'audit_purge_id: UPDATE refused';

CREATE TRIGGER IF NOT EXISTS audit_erase_id_insert BEFORE INSERT ON audit_erase_id FOR EACH ROW
BEGIN
    DECLARE n int;
    SELECT count(*) INTO n FROM audit_mutex WHERE id = 1 FOR UPDATE;
    SELECT count(*) INTO n FROM audit_log WHERE id = NEW.entry_id AND kind = 2 AND action = 'ERASE' AND NEW.id < id LOCK IN SHARE MODE;
    IF n = 0 THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'audit_erase_id: INSERT without its entry refused';
    END IF;
END;

CREATE TRIGGER IF NOT EXISTS audit_erase_id_no_update BEFORE UPDATE ON audit_erase_id FOR EACH ROW
SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'audit_erase_id: UPDATE refused';

CREATE TRIGGER IF NOT EXISTS `audit_log_purge_only` BEFORE DELETE ON `audit_log` FOR EACH ROW
BEGIN
    DECLARE n int;
    DECLARE age bigint;
    DELETE FROM audit_purge_id WHERE id = OLD.id;
    IF ROW_COUNT() <> 1 OR OLD.kind = 2 AND OLD.action IN ('PURGE', 'ERASE', 'HOLD', 'RELEASE', 'POLICY', 'APPROVE') THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'audit_log is append-only: DELETE refused';
    END IF;
    SET age = (SELECT seconds FROM audit_floor
        WHERE (entity_type IS NULL OR entity_type = OLD.entity_type) AND (action IS NULL OR action = OLD.action)
        ORDER BY action IS NULL, entity_type IS NULL, seconds DESC LIMIT 1);
    IF OLD.recorded_at > CONVERT_TZ(SYSDATE(6), @@SESSION.time_zone, '+00:00') - INTERVAL age SECOND THEN
        SET age = (SELECT hot FROM audit_floor
            WHERE (entity_type IS NULL OR entity_type = OLD.entity_type) AND (action IS NULL OR action = OLD.action)
            ORDER BY action IS NULL, entity_type IS NULL, seconds DESC LIMIT 1);
        SELECT count(*) INTO n FROM audit_archive WHERE state = 'verified' AND OLD.id BETWEEN first_id AND last_id;
        IF n = 0 OR age IS NULL OR OLD.recorded_at > CONVERT_TZ(SYSDATE(6), @@SESSION.time_zone, '+00:00') - INTERVAL age SECOND THEN
            SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'audit_log: an entry is younger than its floor';
        END IF;
    END IF;
    SELECT count(*) INTO n FROM audit_hold WHERE @covers OLD@
        LOCK IN SHARE MODE;
    IF n > 0 THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'audit_log: an entry is on hold';
    END IF;
END;

CREATE TRIGGER IF NOT EXISTS `audit_log_erase_only` BEFORE UPDATE ON `audit_log` FOR EACH ROW
BEGIN
    DECLARE n, i, is_refused int DEFAULT 0;
    DECLARE fields, path, old_change, new_change, side_name, old_side, new_side, old_form, new_form longtext CHARACTER SET utf8mb4 COLLATE {collation};
    DELETE FROM audit_erase_id WHERE id = OLD.id;
    IF ROW_COUNT() <> 1 OR OLD.kind = 2 AND OLD.action IN ('PURGE', 'ERASE', 'HOLD', 'RELEASE', 'POLICY', 'APPROVE')
        OR NOT (
            NEW.`id` <=> OLD.`id` AND NEW.`kind` <=> OLD.`kind` AND NEW.`format` <=> OLD.`format` AND
            NEW.`changeset_id` <=> OLD.`changeset_id` AND NEW.`tenant` <=> OLD.`tenant` AND
            NEW.`service` <=> OLD.`service` AND NEW.`entity_type` <=> OLD.`entity_type` AND
            NEW.`entity_id` <=> OLD.`entity_id` AND NEW.`action` <=> OLD.`action` AND
            NEW.`outcome` <=> OLD.`outcome` AND NEW.`actor_kind` <=> OLD.`actor_kind` AND
            NEW.`actor_id` <=> OLD.`actor_id` AND NEW.`on_behalf_of` <=> OLD.`on_behalf_of` AND
            NEW.`timestamp` <=> OLD.`timestamp` AND NEW.`recorded_at` <=> OLD.`recorded_at` AND
            NEW.`request_id` <=> OLD.`request_id` AND NEW.`trace_id` <=> OLD.`trace_id` AND
            NEW.`reverts` <=> OLD.`reverts`)
        OR NEW.`entity_label` IS NOT NULL AND NOT (NEW.`entity_label` <=> OLD.`entity_label`)
        OR NEW.`actor_name` IS NOT NULL AND NOT (NEW.`actor_name` <=> OLD.`actor_name`)
        OR NEW.`ip` IS NOT NULL AND NOT (NEW.`ip` <=> OLD.`ip`)
        OR NEW.`user_agent` IS NOT NULL AND NOT (NEW.`user_agent` <=> OLD.`user_agent`)
        OR NEW.`session_id` IS NOT NULL AND NOT (NEW.`session_id` <=> OLD.`session_id`)
        OR NEW.`reason` IS NOT NULL AND NOT (NEW.`reason` <=> OLD.`reason`)
        OR NEW.`metadata` IS NOT NULL AND NOT (NEW.`metadata` <=> OLD.`metadata`)
        OR (NEW.changes IS NULL) <> (OLD.changes IS NULL)
        OR NOT (JSON_LENGTH(NEW.changes) <=> JSON_LENGTH(OLD.changes)) THEN
        SET is_refused = 1;
    END IF;
    SET fields = JSON_KEYS(OLD.changes);
    WHILE is_refused = 0 AND i < COALESCE(JSON_LENGTH(fields), 0) DO
        SET path = CONCAT('$.', JSON_EXTRACT(fields, CONCAT('$[', i, ']')));
        SET old_change = JSON_EXTRACT(OLD.changes, path), new_change = JSON_EXTRACT(NEW.changes, path), i = i + 1;
        IF NOT (new_change <=> old_change) THEN
            SET n = 0, side_name = 'before';
            WHILE side_name IS NOT NULL DO
                SET old_side = JSON_EXTRACT(old_change, CONCAT('$.', side_name)), old_form = JSON_EXTRACT(old_change, CONCAT('$.', side_name, '_is'));
                SET new_side = JSON_EXTRACT(new_change, CONCAT('$.', side_name)), new_form = JSON_EXTRACT(new_change, CONCAT('$.', side_name, '_is'));
                SET n = n + (new_side IS NOT NULL) + (new_form IS NOT NULL);
                IF NOT (new_side <=> old_side AND new_form <=> old_form
                    OR new_side IS NULL AND new_form <=> '"erased"' AND COALESCE(old_side, 'null') <> 'null') THEN
                    SET is_refused = 1;
                END IF;
                SET side_name = CASE side_name WHEN 'before' THEN 'after' END;
            END WHILE;
            IF NOT (JSON_LENGTH(new_change) <=> n) THEN
                SET is_refused = 1;
            END IF;
        END IF;
    END WHILE;
    IF is_refused = 1 THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'audit_log is append-only: UPDATE refused';
    END IF;
    SELECT count(*) INTO n FROM audit_hold WHERE @covers OLD@
        LOCK IN SHARE MODE;
    IF n > 0 THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'audit_log: an entry is on hold';
    END IF;
END;

DROP TRIGGER IF EXISTS audit_log_no_delete;

DROP TRIGGER IF EXISTS audit_log_no_update;
