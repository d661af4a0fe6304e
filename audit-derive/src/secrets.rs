//! Detects names that look secret.

use heck::ToSnakeCase;

/// Whether a name looks secret. Only whole words count, in singular or plural: not `pinned`, `hashtag` or `tokenizer`.
pub fn looks_secret(field: &str) -> bool {
    let name = field.to_snake_case();
    let words = name
        .split('_')
        .map(|word| word.trim_end_matches(char::is_numeric));
    let name = format!("_{}_", words.collect::<Vec<_>>().join("_"));
    SECRETS.iter().any(|secret| {
        name.contains(&format!("_{secret}_")) || name.contains(&format!("_{secret}s_"))
    })
}

const SECRETS: &[&str] = &[
    "access_key",
    "api_key",
    "apikey",
    "auth_key",
    "card_number",
    "credential",
    "cvc",
    "cvv",
    "encryption_key",
    "hash",
    "iban",
    "jwt",
    "mnemonic",
    "otp",
    "passcode",
    "passkey",
    "passphrase",
    "passwd",
    "password",
    "pin",
    "private_key",
    "pwd",
    "recovery_code",
    "salt",
    "secret",
    "security_code",
    "seed_phrase",
    "signing_key",
    "ssn",
    "token",
    "totp",
];

#[cfg(test)]
mod tests {
    use super::looks_secret;

    #[test]
    fn secrets_are_whole_words() {
        for secret in [
            "password",
            "password_hash",
            "user_password2",
            "api_key",
            "apiKey",
            "reset_token",
            "card_number",
            "pin",
            "pin_code",
            "sha256_hash",
            "stripe_secret_key",
            "otp",
            "api_keys",
            "privateKey",
            "iban",
            "reset_tokens_2",
        ] {
            assert!(looks_secret(secret), "{secret}");
        }
        for plain in [
            "pinned",
            "hashtag",
            "tokenizer",
            "key",
            "api",
            "card",
            "number",
            "number_card",
            "secretary",
            "asphalt",
            "salted",
            "passport",
            "private",
            "spin",
            "optional",
            "shipping",
            "private_keyboard",
            "discard_number",
        ] {
            assert!(!looks_secret(plain), "{plain}");
        }
    }
}
