//! The stored form of the manifest.

use std::{
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
    fmt,
    marker::PhantomData,
};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error, MapAccess, Visitor},
};

use crate::{audited::FieldPolicy, schema::GuardMode};

/// The version that this release writes, and the only one that it reads.
pub(super) const VERSION: u64 = 2;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a coverage manifest")]
pub(super) struct Manifest {
    pub(super) version: u64,
    #[serde(deserialize_with = "once")]
    pub(super) entities: BTreeMap<String, Entity>,
    /// `None` if they are not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) unaudited: Option<BTreeSet<String>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an entity of a coverage manifest")]
pub(super) struct Entity {
    pub(super) table: String,
    #[serde(deserialize_with = "once")]
    pub(super) fields: BTreeMap<String, FieldPolicy>,
    /// The fields whose values an erasure takes out of the log.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) erasable: BTreeSet<String>,
    #[serde(
        default,
        deserialize_with = "once",
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    pub(super) allowlists: BTreeMap<String, BTreeSet<String>>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) reason_required: bool,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) former_names: BTreeSet<String>,
    #[serde(
        default,
        deserialize_with = "once",
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    pub(super) former_fields: BTreeMap<String, BTreeSet<String>>,
    /// `None` if it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) guard: Option<Guard>,
}

/// The guard of a table, ordered from the weakest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Guard {
    None,
    Capture,
    Enforce,
}

impl From<Option<GuardMode>> for Guard {
    fn from(mode: Option<GuardMode>) -> Self {
        match mode {
            None => Self::None,
            Some(GuardMode::Capture) => Self::Capture,
            Some(GuardMode::Enforce) => Self::Enforce,
        }
    }
}

impl fmt::Display for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Capture => "capture",
            Self::Enforce => "enforce",
        })
    }
}

impl Manifest {
    /// Reads a manifest, or says what is wrong with it.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        /// The field that every version has.
        #[derive(Deserialize)]
        #[serde(expecting = "a coverage manifest")]
        struct Versioned {
            version: u64,
        }

        let Versioned { version } =
            serde_json::from_str(text).map_err(|error| error.to_string())?;
        if version != VERSION {
            return Err(format!(
                "it has version {version}, and this release reads version {VERSION}: \
                 check with the release that wrote it, or remove it and write it again"
            ));
        }
        serde_json::from_str(text).map_err(|error| error.to_string())
    }
}

impl fmt::Display for Manifest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let json = serde_json::to_string_pretty(self).map_err(|_| fmt::Error)?;
        writeln!(f, "{json}")
    }
}

fn is_false(value: &bool) -> bool {
    !value
}

/// Reads a map and refuses duplicate keys, which a manual merge of two branches can leave.
fn once<'de, D, T>(deserializer: D) -> Result<BTreeMap<String, T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    struct Once<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for Once<T> {
        type Value = BTreeMap<String, T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
            let mut values = BTreeMap::new();
            while let Some((key, value)) = map.next_entry()? {
                match values.entry(key) {
                    Entry::Vacant(entry) => _ = entry.insert(value),
                    Entry::Occupied(entry) => {
                        let key = entry.key();
                        return Err(M::Error::custom(format_args!("{key:?} is written twice")));
                    }
                }
            }
            Ok(values)
        }
    }

    deserializer.deserialize_map(Once(PhantomData))
}
