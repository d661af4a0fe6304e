//! The answer to a value that the database refuses.

use audit_runtime::{Error, http::Problem};
use sea_orm::{ConnectionTrait, DbBackend};

use crate::backend::{Database, on_every_backend};

on_every_backend!(a_value_that_does_not_fit_is_unprocessable);

async fn a_value_that_does_not_fit_is_unprocessable(database: &Database) {
    database
        .execute("CREATE TABLE fit (id INTEGER PRIMARY KEY, short VARCHAR(3), day DATE)")
        .await;
    let statements: &[&str] = match database.backend() {
        DbBackend::Postgres => &[
            "INSERT INTO fit (id, short) VALUES (1, 's3cr3t')",
            "INSERT INTO fit (id, day) VALUES (1, '0000-00-00')",
            "INSERT INTO fit (id) VALUES (99999999999)",
            "SELECT CAST('s3cr3t' AS integer)",
            "SELECT 1 / 0",
        ],
        DbBackend::MySql => &[
            "INSERT INTO fit (id, short) VALUES (1, 's3cr3t')",
            "INSERT INTO fit (id, day) VALUES (1, 's3cr3t')",
            "INSERT INTO fit (id) VALUES (99999999999)",
            "INSERT INTO fit (id) VALUES ('s3cr3t')",
            "INSERT INTO fit (id, short) VALUES (1, 0xff)",
        ],
        _ => &[
            "INSERT INTO fit (id) VALUES ('s3cr3t')",
            "INSERT INTO fit (id, short) VALUES (1, zeroblob(2000000000))",
        ],
    };
    for statement in statements {
        let error = database.db.execute_unprepared(statement).await;
        let error = Error::from(error.expect_err(statement));
        let text = error.to_string();
        let problem = Problem::from(error);
        assert_eq!(problem.status(), 422, "{statement}: {text}");
        assert!(!problem.to_json().to_string().contains("s3cr3t"));
    }
    // An invalid statement is a fault of the application.
    let error = database
        .db
        .execute_unprepared("SELECT * FROM nowhere")
        .await;
    assert_eq!(Problem::from(Error::from(error.unwrap_err())).status(), 500);
}
