//! Policies from a file.

use std::{fs, path::Path, time::Duration};

use serde::Deserialize;

use super::{failure::Failure, span::seconds};
use crate::retention::{Policy, Regime, Retention};

pub(super) fn read(path: &Path) -> Result<Retention, Failure> {
    let name = path.display();
    let text = fs::read_to_string(path)
        .map_err(|error| Failure::wrong_arguments(format!("{name}: {error}")))?;
    let file: File = toml::from_str(&text)
        .map_err(|error| Failure::wrong_arguments(format!("{name}: {error}")))?;
    let policies = file.policy.into_iter().map(Declared::policy);
    Ok(Retention::new(policies)?)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    policy: Vec<Declared>,
}

/// A policy in the file, with the names of the methods of [`Policy`].
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Declared {
    name: String,
    document: String,
    #[serde(default)]
    types: Vec<String>,
    #[serde(default)]
    actions: Vec<String>,
    #[cfg(feature = "archive")]
    #[serde(default, deserialize_with = "age")]
    hot: Option<Duration>,
    #[serde(default, deserialize_with = "age")]
    keep: Option<Duration>,
    #[serde(default, deserialize_with = "age")]
    destroy_after: Option<Duration>,
    #[serde(default)]
    regime: Option<DeclaredRegime>,
    #[serde(default)]
    approved_by_two: bool,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum DeclaredRegime {
    PciDss,
    Hipaa,
    Sox,
}

impl Declared {
    fn policy(self) -> Policy {
        let mut policy = Policy::new(self.name)
            .document(self.document)
            .types(self.types)
            .actions(self.actions);
        #[cfg(feature = "archive")]
        if let Some(age) = self.hot {
            policy = policy.hot(age);
        }
        if let Some(age) = self.keep {
            policy = policy.keep(age);
        }
        if let Some(age) = self.destroy_after {
            policy = policy.destroy_after(age);
        }
        if let Some(regime) = self.regime {
            policy = policy.regime(match regime {
                DeclaredRegime::PciDss => Regime::PciDss,
                DeclaredRegime::Hipaa => Regime::Hipaa,
                DeclaredRegime::Sox => Regime::Sox,
            });
        }
        if self.approved_by_two {
            policy = policy.approved_by_two();
        }
        policy
    }
}

fn age<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let age = seconds(&text).and_then(|seconds| u64::try_from(seconds).ok());
    age.map(|seconds| Some(Duration::from_secs(seconds)))
        .ok_or_else(|| serde::de::Error::custom(format!("{text:?} is no age: write 365d or 12h")))
}

#[cfg(test)]
mod tests {
    use super::{Declared, File};
    use crate::retention::{DAY, Policy, Regime, Retention};

    #[test]
    fn a_file_has_the_words_of_the_code() {
        let file: File = toml::from_str(
            r#"
            [[policy]]
            name = "cards"
            document = "SEC-12 v3"
            types = ["Card", "Payment"]
            actions = ["UPDATE"]
            keep = "400d"
            destroy_after = "730d"
            regime = "pci-dss"
            approved_by_two = true

            [[policy]]
            name = "others"
            document = "SEC-12 v3"
            "#,
        )
        .unwrap();
        let policies: Vec<_> = file.policy.into_iter().map(Declared::policy).collect();
        let cards = Policy::new("cards")
            .document("SEC-12 v3")
            .types(["Card", "Payment"])
            .actions(["UPDATE"])
            .keep(400 * DAY)
            .destroy_after(730 * DAY)
            .regime(Regime::PciDss)
            .approved_by_two();
        assert_eq!(
            policies,
            [cards, Policy::new("others").document("SEC-12 v3")]
        );
        assert!(Retention::new(policies).is_ok());
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (line, said) in [
            ("keep = '1y'", r#""1y" is no age: write 365d or 12h"#),
            ("kepe = '1d'", "unknown field `kepe`"),
            (
                "regime = 'gdpr'",
                "unknown variant `gdpr`, expected one of `pci-dss`, `hipaa`, `sox`",
            ),
        ] {
            let text = format!("[[policy]]\nname = 'a'\ndocument = 'b'\n{line}");
            let error = toml::from_str::<File>(&text).err().unwrap().to_string();
            assert!(error.contains(said) && error.contains("line 4"), "{error}");
        }
    }
}
