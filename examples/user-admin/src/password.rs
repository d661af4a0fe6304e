//! Passwords: Argon2id hashes, computed outside the threads that serve requests.

use std::sync::LazyLock;

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use tokio::{sync::Semaphore, task::spawn_blocking};

use crate::failure::Failure;

/// Limits concurrent hashing, because a hash takes 19 MiB. Further callers wait.
static SEATS: Semaphore = Semaphore::const_new(4);

/// A hash for unknown names, so that checking one takes as long as checking a wrong password.
static OF_NOBODY: LazyLock<String> = LazyLock::new(|| hash_now(""));

/// Refuses passwords that are easy to guess.
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

/// Identifies a version of an account's password without revealing it: the salt, which is unique to each hash.
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
