CREATE TRIGGER IF NOT EXISTS `audit_guard_mark_event` AFTER INSERT ON `audit_guard_mark` FOR EACH ROW
INSERT INTO `audit_log` (`kind`, `format`, `changeset_id`, `tenant`, `service`, `action`, `outcome`, `actor_kind`, `actor_id`,
    `actor_name`, `on_behalf_of`, `timestamp`, `ip`, `user_agent`, `session_id`, `request_id`, `trace_id`, `reason`, `metadata`)
VALUES (2, {format}, NEW.`changeset_id`, NEW.`tenant`, NEW.`service`, 'RAW_SQL', 'SUCCESS', NEW.`actor_kind`, NEW.`actor_id`,
    NEW.`actor_name`, NEW.`on_behalf_of`, NEW.`timestamp`, NEW.`ip`, NEW.`user_agent`, NEW.`session_id`, NEW.`request_id`,
    NEW.`trace_id`, NEW.`reason`, NEW.`metadata`)
