//! The triggers that make the log append-only, and the one that sets `recorded_at` on MySQL and MariaDB.

use crate::dialect::Dialect;

pub(super) fn statements(dialect: Dialect) -> Vec<String> {
    match dialect {
        Dialect::Postgres => POSTGRES.map(String::from).to_vec(),
        Dialect::MySql | Dialect::MariaDb => MYSQL.map(String::from).to_vec(),
        Dialect::Sqlite => SQLITE.map(String::from).to_vec(),
    }
}

// ALWAYS: also where `session_replication_role` is `replica`.
const POSTGRES: [&str; 5] = [
    r#"CREATE OR REPLACE FUNCTION "audit_log_append_only"() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    RAISE EXCEPTION 'audit_log is append-only: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END $$"#,
    r#"CREATE OR REPLACE TRIGGER "audit_log_append_only" BEFORE UPDATE OR DELETE ON "audit_log"
FOR EACH ROW EXECUTE FUNCTION "audit_log_append_only"()"#,
    r#"CREATE OR REPLACE TRIGGER "audit_log_no_truncate" BEFORE TRUNCATE ON "audit_log"
FOR EACH STATEMENT EXECUTE FUNCTION "audit_log_append_only"()"#,
    r#"ALTER TABLE "audit_log" ENABLE ALWAYS TRIGGER "audit_log_append_only""#,
    r#"ALTER TABLE "audit_log" ENABLE ALWAYS TRIGGER "audit_log_no_truncate""#,
];

// SYSDATE is immune to `SET timestamp`, and speaks in the session's zone.
// In the hour that such a zone repeats when its clock is set back, the other hour may be meant:
// taking another zone for a moment would know, but leave the session in it if the statement is killed there.
const MYSQL: [&str; 3] = [
    "CREATE TRIGGER IF NOT EXISTS `audit_log_no_update` BEFORE UPDATE ON `audit_log` FOR EACH ROW
SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'audit_log is append-only: UPDATE refused'",
    "CREATE TRIGGER IF NOT EXISTS `audit_log_no_delete` BEFORE DELETE ON `audit_log` FOR EACH ROW
SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'audit_log is append-only: DELETE refused'",
    "CREATE TRIGGER IF NOT EXISTS `audit_log_recorded_at` BEFORE INSERT ON `audit_log` FOR EACH ROW
SET NEW.`recorded_at` = CONVERT_TZ(SYSDATE(6), @@SESSION.time_zone, '+00:00')",
];

// INSERT OR REPLACE deletes without firing delete triggers.
const SQLITE: [&str; 3] = [
    r#"CREATE TRIGGER IF NOT EXISTS "audit_log_no_update" BEFORE UPDATE ON "audit_log"
BEGIN SELECT RAISE(ABORT, 'audit_log is append-only: UPDATE refused'); END"#,
    r#"CREATE TRIGGER IF NOT EXISTS "audit_log_no_delete" BEFORE DELETE ON "audit_log"
BEGIN SELECT RAISE(ABORT, 'audit_log is append-only: DELETE refused'); END"#,
    r#"CREATE TRIGGER IF NOT EXISTS "audit_log_no_replace" BEFORE INSERT ON "audit_log"
WHEN EXISTS (SELECT 1 FROM "audit_log" WHERE "id" = NEW."id")
BEGIN SELECT RAISE(ABORT, 'audit_log is append-only: REPLACE refused'); END"#,
];
