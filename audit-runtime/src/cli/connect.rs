//! Opens the database connection. Messages contain only the server and the database of its URL.

use std::time::Duration;

use sea_orm::{ConnectOptions, Database, DatabaseConnection};

use super::failure::Failure;

pub(super) async fn connect(url: Option<&str>) -> Result<DatabaseConnection, Failure> {
    let url = url.ok_or_else(|| {
        Failure::wrong_arguments("which database? Give its --url, or set DATABASE_URL")
    })?;
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(2)
        .acquire_timeout(PATIENCE)
        .sqlx_logging(false);
    let connection = Database::connect(options).await;
    connection.map_err(|error| {
        let error = without(&error.to_string(), url);
        Failure::unreachable(format!("{} is not reachable: {error}", place(url)))
    })
}

/// The time limit of the connection. A person waits for a server that is starting.
const PATIENCE: Duration = Duration::from_secs(10);

/// The scheme, the server and the database of a URL.
pub(super) fn place(url: &str) -> String {
    let (scheme, rest) = url.split_once(':').unwrap_or(("", url));
    let rest = rest.strip_prefix("//").unwrap_or(rest);
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let rest = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
    if scheme.is_empty() {
        "the database".to_owned()
    } else {
        format!("{scheme}://{rest}")
    }
}

/// Removes the secrets of the URL from a message.
fn without(message: &str, url: &str) -> String {
    let rest = url.split_once("//").map_or(url, |(_, rest)| rest);
    let user = rest.rsplit_once('@').map_or("", |(user, _)| user);
    let password = user.split_once(':').map_or("", |(_, password)| password);
    let query = rest.split_once('?').map_or("", |(_, query)| query);
    [url, user, password, query]
        .into_iter()
        .filter(|secret| !secret.is_empty())
        .fold(message.to_owned(), |message, secret| {
            message.replace(secret, "…")
        })
}

#[cfg(test)]
mod tests {
    use super::{place, without};

    #[test]
    fn a_place_has_no_secrets() {
        for (url, expected) in [
            (
                "postgres://me:s3cret@db:5432/shop?sslmode=x",
                "postgres://db:5432/shop",
            ),
            ("mysql://me:p@ss/word@db/shop", "mysql://db/shop"),
            ("sqlite:shop.db?mode=rwc", "sqlite://shop.db"),
            ("sqlite::memory:", "sqlite://:memory:"),
            ("s3cret", "the database"),
        ] {
            assert_eq!(place(url), expected);
        }
    }

    #[test]
    fn a_message_loses_what_is_secret() {
        let url = "postgres://me:s3cret@db/shop?password=hidden";
        let message = "cannot log in with s3cret, nor with password=hidden, nor at postgres://me:s3cret@db/shop?password=hidden";
        let told = without(message, url);
        assert!(
            !told.contains("s3cret") && !told.contains("hidden"),
            "{told}"
        );
    }
}
