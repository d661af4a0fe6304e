//! Rights through roles, and rights of all accounts.

use audit_runtime::schema::doctor::Code;

use super::super::{codes, run_all};
use super::{by_application, by_owner, connect, writer};
use crate::{
    backend::{Database, Server, on_mysql_and_mariadb},
    grants::name,
};

on_mysql_and_mariadb!(
    rights_through_roles_are_found,
    rights_of_everybody_are_found
);

/// A right of a role, or of a nested role, active or not.
async fn rights_through_roles_are_found(database: &Database) {
    let (shop, account) = (name(database), writer(database).await);
    let [role, nested] = ["role", "nested"].map(|kind| format!("{kind}_{account}"));
    for statement in [
        format!("CREATE ROLE {role}"),
        format!("CREATE ROLE {nested}"),
        format!("GRANT {nested} TO {role}"),
    ] {
        database.execute(&statement).await;
    }
    let is_mysql = database.server() == Server::MySql;
    let log = format!("{shop}.audit_log");
    for (holder, right) in [
        (&role, format!("UPDATE (action) ON {log}")),
        (&role, format!("DROP ON {shop}.*")),
        (&role, format!("ALL ON {shop}.*")),
        (&nested, format!("DELETE ON {log}")),
        (&nested, format!("INSERT (id, recorded_at) ON {log}")),
        (&nested, format!("UPDATE ON {shop}.*")),
        (&nested, format!("ALL ON {log}")),
    ] {
        for is_default in [false, true] {
            database
                .execute(&format!("GRANT {role} TO {account}"))
                .await;
            let (default, to) = (
                if is_default { &*role } else { "NONE" },
                if is_mysql { "TO" } else { "FOR" },
            );
            let default = format!("SET DEFAULT ROLE {default} {to} {account}");
            database.execute(&default).await;
            database
                .execute(&format!("GRANT {right} TO {holder}"))
                .await;
            // A session keeps the rights that it began with.
            let app = connect(database, &account).await;
            let report = by_application().examine(&app).await.unwrap();
            if is_mysql || is_default {
                let findings = report.findings().iter();
                let seen = findings.filter(|found| found.code != Code::Unseen);
                let [found] = *seen.collect::<Vec<_>>() else {
                    panic!("{right}: {report}")
                };
                assert_eq!(found.code, Code::LogRights, "{right}: {report}");
                assert!(
                    found.what.starts_with("gives this account the right"),
                    "{found}"
                );
                let named = if is_mysql { &role } else { holder };
                assert!(found.object.contains(&**named), "{right}: {found}");
                run_all(&database.db, &found.mend.join(";;")).await;
                let report = by_application().examine(&app).await.unwrap();
                assert!(report.is_healthy(), "{right}: {report}");
            } else {
                // MariaDB does not show the right.
                assert_eq!(codes(&report), [Code::Unseen], "{right}: {report}");
                let mut findings = report.findings().iter();
                assert!(
                    findings.any(|found| found.object.contains(&*role)),
                    "{report}"
                );
            }
            // If the repair revoked the role, the role still has the right.
            let report = by_owner().examine(&database.db).await.unwrap();
            let is_mended = is_default && !is_mysql;
            let expected: &[_] = if is_mended { &[] } else { &[Code::LogRights] };
            assert_eq!(codes(&report), expected, "{right}: {report}");
            for found in report.findings() {
                assert!(found.object.contains(&**holder), "{right}: {found}");
                run_all(&database.db, &found.mend.join(";;")).await;
            }
            super::super::nothing_is_found(&by_owner(), &database.db, &right).await;
            app.close().await.unwrap();
        }
    }
    database.execute(&format!("DROP USER {account}")).await;
    database
        .execute(&format!("DROP ROLE {role}, {nested}"))
        .await;
}

/// A right through a role that MySQL's `mandatory_roles` gives to every account, or through MariaDB's PUBLIC.
async fn rights_of_everybody_are_found(database: &Database) {
    let account = writer(database).await;
    let app = connect(database, &account).await;
    let everybody = match database.server() {
        Server::MySql => format!("mandatory_{account}"),
        _ => "PUBLIC".to_owned(),
    };
    let grant = format!(
        "GRANT DELETE ON {}.audit_log TO {everybody}",
        name(database)
    );
    let report = if database.server() == Server::MySql {
        // The setting is global, so one test at a time changes it.
        let server = database
            .connect(|options| {
                options.max_connections(1);
            })
            .await;
        run_all(
            &server,
            &format!(
                "CREATE ROLE {everybody};; {grant};; DO GET_LOCK('audit_test_mandatory_roles', 120);;
                 SET @before = @@GLOBAL.mandatory_roles;;
                 SET GLOBAL mandatory_roles = '{everybody}'"
            ),
        )
        .await;
        let report = by_application().examine(&app).await;
        run_all(
            &server,
            &format!(
                "SET GLOBAL mandatory_roles = @before;; DO RELEASE_LOCK('audit_test_mandatory_roles');;
                 DROP ROLE {everybody}"
            ),
        )
        .await;
        report.unwrap()
    } else {
        database.execute(&grant).await;
        let report = by_application().examine(&app).await;
        let by_owner = by_owner().examine(&database.db).await;
        let revoke = grant.replace("GRANT", "REVOKE").replace(" TO ", " FROM ");
        database.execute(&revoke).await;
        let by_owner = by_owner.unwrap();
        assert_eq!(codes(&by_owner), [Code::LogRights], "{by_owner}");
        assert_eq!(by_owner.findings()[0].object, "PUBLIC");
        report.unwrap()
    };
    database.execute(&format!("DROP USER {account}")).await;
    assert_eq!(codes(&report), [Code::LogRights, Code::Unseen], "{report}");
    let found = &report.findings()[0];
    assert!(found.object.contains(&everybody), "{found}");
    match database.server() {
        Server::MySql => {
            assert!(found.what.starts_with("is mandatory"), "{found}");
            assert!(found.mend.is_empty(), "{found}");
        }
        _ => assert_eq!(found.mend.len(), 1, "{found}"),
    }
}
