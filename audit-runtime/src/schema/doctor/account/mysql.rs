//! The rights of accounts and roles on MySQL and MariaDB.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{ConnectionTrait, Iden};

use super::{
    super::{
        super::{
            privilege::{self, Grant, quoted},
            purge_only::ERASED,
        },
        ask::{NONE, ask, if_readable, readable},
        report::{Code, Finding, Severity},
    },
    RIGHT,
};
use crate::{Error, dialect::Dialect};

pub(super) async fn examine<C: ConnectionTrait>(
    db: &C,
    dialect: Dialect,
    is_owner: bool,
    findings: &mut Vec<Finding>,
) -> Result<(), Error> {
    let log = Log::of(db).await?;
    if is_owner {
        return log.others(db, dialect, findings).await;
    }
    match dialect {
        Dialect::MySql => log.own_on_mysql(db, findings).await,
        Dialect::MariaDb => log.own_on_mariadb(db, findings).await,
        // Not examined here.
        Dialect::Postgres | Dialect::Sqlite => Ok(()),
    }
}

/// The log, and the account of the connection.
struct Log {
    database: String,
    /// If retention is installed, it decides which entries may be deleted.
    has_retention: bool,
    account: String,
}

impl Log {
    async fn of<C: ConnectionTrait>(db: &C) -> Result<Self, Error> {
        let retention: Vec<[String; 1]> = ask(db, RETENTION, NONE).await?;
        let account: Vec<[String; 1]> =
            ask(db, "SELECT CAST(CURRENT_USER() AS char)", NONE).await?;
        let account = account
            .iter()
            .find_map(|[account]| account.rsplit_once('@'));
        let (user, host) = account.unwrap_or_default();
        Ok(Self {
            database: privilege::database(db).await?.unwrap_or_default(),
            has_retention: !retention.is_empty(),
            account: account_of(user, host),
        })
    }

    /// The rights in a `SHOW GRANTS` that endanger the log.
    async fn shown<C: ConnectionTrait>(&self, db: &C, show: &str) -> Result<Vec<Grant>, Error> {
        let grants = privilege::shown(db, show, &self.database, "audit_log").await?;
        Ok(self.endangering(grants))
    }

    fn endangering(&self, mut grants: Vec<Grant>) -> Vec<Grant> {
        for Grant { rights, place, .. } in &mut grants {
            if rights.iter().any(|right| right == "ALL PRIVILEGES") {
                *rights = all_on(place);
            }
            let is_on_table = !place.ends_with('*');
            rights.retain(|right| match &**right {
                "DELETE" => !(is_on_table && self.has_retention),
                "INSERT (id)" | "INSERT (recorded_at)" => true,
                right if is_on_table && self.has_retention && is_of_erasure(right) => false,
                right => {
                    let rights = ON_A_TABLE.iter().chain(&ON_A_DATABASE).chain(&ON_A_SERVER);
                    right.starts_with("UPDATE (") || rights.copied().any(|one| one == right)
                }
            });
            rights.sort_unstable();
        }
        grants.retain(|grant| !grant.rights.is_empty());
        grants
    }

    /// MySQL shows an account the rights that each of its roles adds, including nested roles.
    async fn own_on_mysql<C: ConnectionTrait>(
        &self,
        db: &C,
        findings: &mut Vec<Finding>,
    ) -> Result<(), Error> {
        let account = &self.account;
        let show = format!("SHOW GRANTS FOR {account}");
        let own = self.shown(db, &show).await?;
        let roles: Vec<[String; 2]> = ask(db, ROLES_ON_MYSQL, NONE).await?;
        for [role, is_mandatory] in roles {
            let added = self.shown(db, &format!("{show} USING {role}")).await;
            let mut added = readable(added)?.unwrap_or_default();
            for grant in &mut added {
                let own = own.iter().filter(|own| own.place == grant.place);
                let own: BTreeSet<_> = own.flat_map(|own| &own.rights).collect();
                grant.rights.retain(|right| !own.contains(right));
            }
            added.retain(|grant| !grant.rights.is_empty());
            if added.is_empty() {
                continue;
            }
            let (gives, mend) = match &*is_mandatory {
                "YES" => ("is mandatory for all accounts, and gives this one", None),
                _ => (GIVES, Some(format!("REVOKE {role} FROM {account}"))),
            };
            findings.push(finding(&role, gives, &added).mended_by(mend));
        }
        findings.extend(by_grantee(own).map(|(whose, grants)| has(&whose, HAS, &grants)));
        Ok(())
    }

    /// MariaDB shows an account the rights of its active role, including nested roles, and of PUBLIC.
    async fn own_on_mariadb<C: ConnectionTrait>(
        &self,
        db: &C,
        findings: &mut Vec<Finding>,
    ) -> Result<(), Error> {
        let mut grants = self.shown(db, "SHOW GRANTS").await?;
        let roles: Vec<[String; 1]> = ask(db, INACTIVE_ON_MARIADB, NONE).await?;
        for [role] in roles {
            let role = quoted(&role);
            let shown = self.shown(db, &format!("SHOW GRANTS FOR {role}")).await;
            match readable(shown)? {
                Some(shown) => grants.extend(shown),
                None => findings.push(Finding::new(
                    Code::Unseen,
                    Severity::Note,
                    role,
                    "is a role that this account can assume, and whose rights it cannot see",
                    "Examine once more by the account that installs the log: Doctor::by_owner",
                )),
            }
        }
        findings.extend(by_grantee(grants).map(|(whose, grants)| {
            let has_or_gives = if whose == self.account { HAS } else { GIVES };
            has(&whose, has_or_gives, &grants)
        }));
        Ok(())
    }

    /// Finds rights of other accounts. Rights on the whole server are left out: they are for its administrators.
    async fn others<C: ConnectionTrait>(
        &self,
        db: &C,
        dialect: Dialect,
        findings: &mut Vec<Finding>,
    ) -> Result<(), Error> {
        let listed: Vec<[String; 4]> = if_readable(ask(db, OTHERS, NONE).await)?;
        let mut grants = Vec::new();
        let mut roles = BTreeSet::new();
        for [user, host, right, place] in listed {
            let is_role = match dialect {
                // A right that is listed for a role may be one of its roles.
                Dialect::MariaDb => host.is_empty(),
                // A role is an account with which nobody connects.
                Dialect::MySql | Dialect::Postgres | Dialect::Sqlite => false,
            };
            if is_role {
                roles.insert(match &*user {
                    "PUBLIC" => user,
                    _ => quoted(&user),
                });
                continue;
            }
            grants.push(Grant {
                rights: vec![right],
                place,
                grantee: account_of(&user, &host),
            });
        }
        let mut grants = self.endangering(grants);
        for role in roles {
            let show = format!("SHOW GRANTS FOR {role}");
            let mut shown = readable(self.shown(db, &show).await)?.unwrap_or_default();
            shown.retain(|grant| grant.grantee == role && grant.place != "*.*");
            grants.extend(shown);
        }
        grants.retain(|grant| grant.grantee != self.account);
        findings.extend(by_grantee(grants).map(|(whose, grants)| has(&whose, HAS, &grants)));
        Ok(())
    }
}

/// Whether it is a right to update a column that an erasure changes.
fn is_of_erasure(right: &str) -> bool {
    let column = right
        .strip_prefix("UPDATE (")
        .and_then(|right| right.strip_suffix(')'));
    column.is_some_and(|name| ERASED.iter().any(|column| column.to_string() == name))
}

const HAS: &str = "has";
const GIVES: &str = "gives this account";

const ON_A_TABLE: [&str; 5] = ["ALTER", "DELETE", "DROP", "TRIGGER", "UPDATE"];
const ON_A_DATABASE: [&str; 1] = ["CREATE TEMPORARY TABLES"];
const ON_A_SERVER: [&str; 3] = ["SUPER", "SET USER", "SET_ANY_DEFINER"];

/// The rights above in `ALL PRIVILEGES`. Only MariaDB shows it for the whole server.
fn all_on(place: &str) -> Vec<String> {
    let database: &[_] = if place.ends_with('*') {
        &ON_A_DATABASE
    } else {
        &[]
    };
    let server: &[_] = if place == "*.*" {
        &ON_A_SERVER[..2]
    } else {
        &[]
    };
    let all = ON_A_TABLE.iter().chain(database).chain(server);
    all.map(|right| (*right).to_owned()).collect()
}

fn account_of(user: &str, host: &str) -> String {
    format!("{}@{}", quoted(user), quoted(host))
}

/// The rights by grantee, one grant per place.
fn by_grantee(grants: Vec<Grant>) -> impl Iterator<Item = (String, Vec<Grant>)> {
    let mut rights = BTreeMap::<_, BTreeSet<_>>::new();
    for grant in grants {
        let key = (grant.grantee, grant.place);
        rights.entry(key).or_default().extend(grant.rights);
    }
    let mut grantees = BTreeMap::<String, Vec<_>>::new();
    for ((grantee, place), rights) in rights {
        grantees.entry(grantee.clone()).or_default().push(Grant {
            rights: rights.into_iter().collect(),
            place,
            grantee,
        });
    }
    grantees.into_iter()
}

fn has(whose: &str, has_or_gives: &str, grants: &[Grant]) -> Finding {
    let revoke = grants.iter().map(|grant| {
        let rights = grant.rights.join(", ");
        format!("REVOKE {rights} ON {} FROM {whose}", grant.place)
    });
    finding(whose, has_or_gives, grants).mended_by(revoke)
}

// The right to drop includes TRUNCATE, which fires no trigger.
fn finding(whose: &str, has_or_gives: &str, grants: &[Grant]) -> Finding {
    let rights = grants.iter().map(|grant| {
        let rights = grant.rights.join(", ");
        format!("the right {rights} on {}", grant.place)
    });
    let rights = rights.collect::<Vec<_>>().join(" and ");
    let what = format!("{has_or_gives} {rights}");
    Finding::new(Code::LogRights, Severity::Error, whose, what, RIGHT)
}

const RETENTION: &str = "SELECT '' FROM information_schema.tables
WHERE table_schema = DATABASE() AND table_name = 'audit_purge_id'";

const ROLES_ON_MYSQL: &str = "SELECT CAST(CONCAT('`', REPLACE(role_name, '`', '``'), '`@`', REPLACE(role_host, '`', '``'), '`') AS char),
    CAST(is_mandatory AS char)
FROM information_schema.applicable_roles
WHERE CAST(CONCAT(grantee, '@', grantee_host) AS binary) = CAST(CURRENT_USER() AS binary)";

const INACTIVE_ON_MARIADB: &str = "SELECT CAST(role_name AS char) FROM information_schema.applicable_roles
WHERE CAST(grantee AS binary) = CAST(CURRENT_USER() AS binary)
AND role_name NOT IN (SELECT role_name FROM information_schema.enabled_roles WHERE role_name IS NOT NULL)";

// A grantee is listed as 'user'@'host', without escapes.
const OTHERS: &str = "SELECT CAST(SUBSTR(grantee, 2, CHAR_LENGTH(grantee) - CHAR_LENGTH(SUBSTRING_INDEX(grantee, '@', -1)) - 3) AS char),
    CAST(TRIM(BOTH '''' FROM SUBSTRING_INDEX(grantee, '@', -1)) AS char), CAST(privilege_type AS char), CAST(place AS char)
FROM (
    SELECT grantee, privilege_type, CONCAT('`', table_schema, '`.*') AS place
    FROM information_schema.schema_privileges WHERE DATABASE() LIKE table_schema
    UNION ALL SELECT grantee, privilege_type, CONCAT('`', table_schema, '`.`', table_name, '`')
    FROM information_schema.table_privileges WHERE table_schema = DATABASE() AND table_name = 'audit_log'
    UNION ALL SELECT grantee, CONCAT(privilege_type, ' (', column_name, ')'), CONCAT('`', table_schema, '`.`', table_name, '`')
    FROM information_schema.column_privileges WHERE table_schema = DATABASE() AND table_name = 'audit_log'
) AS granted";
