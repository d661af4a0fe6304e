use std::process::{Command, Output};

use crate::{
    backend::{Database, on_every_backend},
    service::Service,
};

on_every_backend!(a_kept_database_keeps_its_accounts);

async fn a_kept_database_keeps_its_accounts(database: &Database) {
    let first = Service::start(Some(database.url()), &[]);
    assert_eq!(first.logins.len(), 2);
    drop(first);
    let second = Service::start(Some(database.url()), &[]);
    assert_eq!(second.logins, []);
}

fn user_admin(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_user-admin"))
        .args(arguments)
        .output()
        .unwrap()
}

#[test]
fn prints_its_address_and_two_logins() {
    let service = Service::start(None, &[]);
    assert!(service.address.starts_with("http://127.0.0.1:"));
    assert_ne!(
        service.password("jane.doe"),
        Service::start(None, &[]).password("jane.doe"),
        "no password is a default"
    );
}

#[test]
fn wrong_arguments_are_told_the_usage() {
    for (arguments, problem) in [
        (&["--prot", "80"][..], "invalid option '--prot'"),
        (&["--port", "many"], "cannot parse argument \"many\""),
        (&["now"], "unexpected argument \"now\""),
    ] {
        let output = user_admin(arguments);
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{message}");
        assert!(message.contains(problem), "{message}");
        assert!(message.contains("usage: user-admin"), "{message}");
    }
}

#[test]
fn help_is_no_error() {
    let output = user_admin(&["--help"]);
    assert!(output.status.success());
    assert!(
        String::from_utf8(output.stdout)
            .unwrap()
            .starts_with("usage: user-admin")
    );
}
