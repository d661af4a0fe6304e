CREATE TRIGGER IF NOT EXISTS `audit_guard_mark_stays` BEFORE UPDATE ON `audit_guard_mark` FOR EACH ROW
SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'a mark is set and taken away, and does not change'
