//! Examines the rights of accounts on the log.

mod definers;
mod mysql;

use sea_orm::{ConnectionTrait, DatabaseConnection};

use super::{
    super::{
        entities::AuditedTable,
        grants::{Roles, grants},
    },
    ask::{NONE, ask},
    report::{Code, Finding, Severity},
    tables::place,
};
use crate::{Error, dialect::Dialect};

pub(super) async fn examine<C: ConnectionTrait>(
    db: &C,
    dialect: Dialect,
    is_owner: bool,
    findings: &mut Vec<Finding>,
) -> Result<(), Error> {
    match dialect {
        Dialect::Postgres => {
            rights(db, findings).await?;
            everybody(db, findings).await?;
            if !is_owner {
                own(db, findings).await?;
            }
        }
        Dialect::MySql | Dialect::MariaDb => {
            mysql::examine(db, dialect, is_owner, findings).await?;
            definers::examine(db, findings).await?;
        }
        // It has no accounts.
        Dialect::Sqlite => {}
    }
    Ok(())
}

/// Finds rights of accounts other than the owner, beyond writing and reading entries.
async fn rights<C: ConnectionTrait>(db: &C, findings: &mut Vec<Finding>) -> Result<(), Error> {
    let found: Vec<[String; 3]> = ask(db, RIGHTS, NONE).await?;
    for [grantee, rights, from] in found {
        let right = Finding::new(
            Code::LogRights,
            Severity::Warning,
            grantee,
            format!("has the right {rights} on audit_log"),
            RIGHT,
        );
        findings.push(right.mended_by([format!("REVOKE {rights} ON audit_log FROM {from}")]));
    }
    Ok(())
}

const RIGHT: &str =
    "It can change, suppress or forge entries as far as the triggers do not refuse it";

// A right to insert into the whole table includes `id` and `recorded_at`. If retention is installed, it decides which
// entries may be deleted, and which values taken out of these columns.
const RIGHTS: &str = "WITH log AS (SELECT * FROM pg_class WHERE oid = to_regclass('audit_log')),
granted AS (
    SELECT grantee, privilege_type AS privilege FROM log, aclexplode(relacl)
    WHERE privilege_type IN ('INSERT', 'UPDATE', 'TRUNCATE', 'TRIGGER') OR privilege_type = 'DELETE'
    AND NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = log.oid AND tgname = 'audit_log_purge_only')
    UNION ALL SELECT acl.grantee, format('%s (%I)', acl.privilege_type, attname)
    FROM log JOIN pg_attribute ON attrelid = log.oid, aclexplode(attacl) AS acl
    WHERE acl.privilege_type = 'INSERT' AND attname IN ('id', 'recorded_at') OR acl.privilege_type = 'UPDATE'
    AND NOT (attname IN ('entity_label', 'actor_name', 'ip', 'user_agent', 'session_id', 'reason', 'changes', 'metadata')
        AND EXISTS (SELECT FROM pg_trigger WHERE tgrelid = log.oid AND tgname = 'audit_log_purge_only'))
)
SELECT coalesce(rolname::text, 'PUBLIC'), string_agg(privilege, ', ' ORDER BY privilege),
    CASE WHEN rolname IS NULL THEN 'PUBLIC' ELSE quote_ident(rolname) END
FROM granted LEFT JOIN pg_roles ON pg_roles.oid = grantee
WHERE grantee <> (SELECT relowner FROM log) GROUP BY rolname";

/// Finds rights of PUBLIC, and whether this account may write to all tables.
async fn everybody<C: ConnectionTrait>(db: &C, findings: &mut Vec<Finding>) -> Result<(), Error> {
    let temporary: Vec<[String; 2]> = ask(db, TEMPORARY, NONE).await?;
    for [database, mend] in temporary {
        let temporary = Finding::new(
            Code::TemporaryTables,
            Severity::Note,
            database,
            "lets everybody create temporary tables",
            "One named audit_log hides the log from its session: audited writes then fail",
        );
        findings.push(temporary.mended_by([mend]));
    }
    // Only this account: the others are a matter of the server.
    let members: Vec<[String; 2]> = ask(db, MEMBERS, NONE).await?;
    for [member, mend] in members {
        let right = Finding::new(
            Code::LogRights,
            Severity::Warning,
            member,
            "is a member of pg_write_all_data",
            "It can write to every column of the log, and to every audited table",
        );
        findings.push(right.mended_by([mend]));
    }
    Ok(())
}

const TEMPORARY: &str =
    "SELECT datname::text, format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', datname)
FROM pg_database WHERE datname = current_database() AND EXISTS (
    SELECT FROM aclexplode(coalesce(datacl, acldefault('d', datdba)))
    WHERE grantee = 0 AND privilege_type = 'TEMPORARY')";

const MEMBERS: &str =
    "SELECT rolname::text, format('REVOKE pg_write_all_data FROM %I', rolname) FROM pg_roles
WHERE rolname = current_user AND NOT rolsuper AND pg_has_role(oid, 'pg_write_all_data', 'MEMBER')";

/// Finds whether this account is a superuser or owns the log.
async fn own<C: ConnectionTrait>(db: &C, findings: &mut Vec<Finding>) -> Result<(), Error> {
    let own: Vec<[String; 4]> = ask(db, OWN_POSTGRES, NONE).await?;
    for [account, owner, is_superuser, is_owner] in own {
        let why = "It can switch off every trigger and change the log without a trace";
        if is_superuser == "true" {
            let what = "is the account of this connection, and a superuser";
            findings.push(Finding::new(
                Code::Account,
                Severity::Error,
                account,
                format!("{what}: connect the application by another, see schema::grants"),
                why,
            ));
        } else if is_owner == "true" {
            let what =
                "is the account of this connection, and owns the log or is a member of its owner";
            let mend: Vec<String> = match account == owner {
                true => {
                    let owner = format!("{account}_audit_owner");
                    let create = format!("CREATE ROLE \"{owner}\" NOLOGIN");
                    let roles = Roles::new().owner(owner).writer(&account);
                    let grants = grants(Dialect::Postgres, &roles);
                    [create].into_iter().chain(grants).collect()
                }
                false => vec![format!("REVOKE \"{owner}\" FROM \"{account}\"")],
            };
            let found = Finding::new(Code::Account, Severity::Error, account, what, why);
            findings.push(found.mended_by(mend));
        }
    }
    Ok(())
}

const OWN_POSTGRES: &str = "SELECT current_user::text, relowner::regrole::text, rolsuper::text,
    pg_has_role(current_user, relowner, 'MEMBER')::text
FROM pg_class, pg_roles WHERE pg_class.oid = to_regclass('audit_log') AND rolname = current_user";

/// Finds whether this account owns a table that has a guard.
pub(super) async fn owns(
    db: &DatabaseConnection,
    dialect: Dialect,
    table: &AuditedTable,
    findings: &mut Vec<Finding>,
) -> Result<(), Error> {
    match dialect {
        Dialect::Postgres => {}
        // Tables have no owner.
        Dialect::MySql | Dialect::MariaDb | Dialect::Sqlite => return Ok(()),
    }
    let owned: Vec<[String; 4]> = ask(db, OWNED, place(dialect, table)).await?;
    for [name, account, owner, sequences] in owned {
        let what = format!("belongs to {account}, the account of this connection");
        let owned = Finding::new(
            Code::Account,
            Severity::Warning,
            &*name,
            what,
            "Its owner can switch off its guard",
        );
        let mut mend = vec![
            format!("ALTER TABLE {name} OWNER TO {owner}"),
            format!("GRANT SELECT, INSERT, UPDATE, DELETE ON {name} TO {account}"),
        ];
        if !sequences.is_empty() {
            mend.push(format!("GRANT USAGE ON SEQUENCE {sequences} TO {account}"));
        }
        findings.push(owned.mended_by(mend));
    }
    Ok(())
}

// An account that also owns the log has a finding there.
const OWNED: &str = "SELECT audited.oid::regclass::text, quote_ident(current_user), quote_ident(pg_get_userbyid(log.relowner)),
    (SELECT string_agg(objid::regclass::text, ', ') FROM pg_depend JOIN pg_class AS sequence ON sequence.oid = objid
        WHERE refobjid = audited.oid AND deptype IN ('a', 'i') AND sequence.relkind = 'S')
FROM pg_class AS audited, pg_class AS log
WHERE audited.oid = to_regclass($1) AND log.oid = to_regclass('audit_log')
AND pg_has_role(current_user, audited.relowner, 'MEMBER') AND NOT pg_has_role(current_user, log.relowner, 'MEMBER')";
