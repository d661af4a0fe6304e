//! Passwords, by Argon2id, away from the threads that serve requests.

use std::sync::LazyLock;

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use tokio::{sync::Semaphore, task::spawn_blocking};

use crate::failure::Failure;

/// A hash takes 19 MiB: whoever sends many passwords at once waits.
static SEATS: Semaphore = Semaphore::const_new(4);

/// The hash that nobody's password has, so that an unknown name takes as long as a wrong password.
static OF_NOBODY: LazyLock<String> = LazyLock::new(|| hash_now(""));

/// Refuses what is guessed too soon.
pub fn check(password: &str) -> Result<(), Failure> {
    match password.chars().count() {
        12..=200 => Ok(()),
        _ => Err(Failure::Invalid("a password has 12 to 200 characters")),
    }
}

pub async fn hash(password: String) -> String {
    blocking(move || hash_now(&password)).await
}

pub async fn is_right(password: String, hash: Option<String>) -> bool {
    blocking(move || {
        let is_known = hash.is_some();
        let hash = hash.unwrap_or_else(|| OF_NOBODY.clone());
        let Ok(hash) = PasswordHash::new(&hash) else {
            return false;
        };
        let is_equal = Argon2::default().verify_password(password.as_bytes(), &hash);
        is_known && is_equal.is_ok()
    })
    .await
}

/// What tells one password of an account from the next, and nothing of either: the salt, which every hash has of its own.
pub fn version(hash: &str) -> Option<String> {
    Some(PasswordHash::new(hash).ok()?.salt?.to_string())
}

fn hash_now(password: &str) -> String {
    let hash = Argon2::default().hash_password(password.as_bytes());
    hash.expect("the system has randomness and memory for a hash")
        .to_string()
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let _seat = SEATS.acquire().await.expect("nobody closes it");
    spawn_blocking(work).await.expect("hashing does not panic")
}
