//! The floors: for how long the database refuses to delete entries, whoever asks.

use std::{collections::BTreeMap, time::Duration};

use sea_orm::{
    ActiveValue::{NotSet, Set},
    ConnectionTrait, DatabaseConnection, EntityTrait,
};
use serde_json::{Map, Value as Json, json};

use super::{
    Policy,
    check::{refused, text},
    tables::floor,
    transaction::{missing, take_turn, transaction},
};
use crate::{AuditContext, Error, write::EngineEvent};

/// A type, or all; an action, or all.
type Whose = (Option<String>, Option<String>);

/// Writes the floors of the policies, where they are longer than what is installed.
pub(super) async fn write(
    policies: &[Policy],
    db: &DatabaseConnection,
    context: &AuditContext,
) -> Result<(), Error> {
    if differences(policies, &installed(db).await?)?.is_empty() {
        return Ok(());
    }
    let unit = transaction(db, context).await?;
    take_turn(&unit).await?;
    let installed = installed(&unit).await?;
    let mut metadata = Map::new();
    for (whose, (policy, seconds)) in differences(policies, &installed)? {
        let before = installed.get(&whose);
        let mut change = json!({"policy": policy, "after": seconds});
        if let Some(before) = before {
            change["before"] = before.seconds.into();
        }
        metadata.insert(name(&whose), change);
        let (entity_type, action) = whose;
        let floor = floor::ActiveModel {
            id: before.map_or(NotSet, |before| Set(before.id)),
            policy: Set(policy),
            entity_type: Set(entity_type),
            action: Set(action),
            seconds: Set(seconds),
        };
        match before {
            Some(_) => floor::Entity::update(floor)
                .exec_without_returning(&unit)
                .await
                .map(drop),
            None => floor::Entity::insert(floor)
                .exec_without_returning(&unit)
                .await
                .map(drop),
        }?;
    }
    if !metadata.is_empty() {
        let mut floors = Map::new();
        floors.insert("floors".to_owned(), Json::Object(metadata));
        let event = EngineEvent {
            action: "POLICY",
            entity: None,
            reason: None,
            metadata: floors,
        };
        unit.record_of_engine(event).await?;
    }
    unit.commit().await
}

async fn installed(db: &impl ConnectionTrait) -> Result<BTreeMap<Whose, floor::Model>, Error> {
    let floors = floor::Entity::find().all(db).await.map_err(missing)?;
    let floors = floors.into_iter();
    Ok(floors
        .map(|floor| ((floor.entity_type.clone(), floor.action.clone()), floor))
        .collect())
}

/// The floors that come or grow, each with its policy.
fn differences(
    policies: &[Policy],
    installed: &BTreeMap<Whose, floor::Model>,
) -> Result<BTreeMap<Whose, (String, i64)>, Error> {
    let mut wanted = BTreeMap::new();
    for policy in policies {
        for whose in floors_of(policy) {
            let seconds = policy.keeps().as_secs() as i64;
            wanted.insert(whose, (policy.name.clone(), seconds));
        }
    }
    for (whose, floor) in installed {
        // What has no floor of its own any more keeps the installed one, though its policy may say less.
        let now = wanted.get(whose).or_else(|| {
            let mut more_general = wanted.iter().filter(|(other, _)| overlap(other, whose));
            more_general.find_map(|(other, floor)| (rank(other) < rank(whose)).then_some(floor))
        });
        let (policy, seconds) = now.map_or((&*floor.policy, 0), |(policy, age)| (policy, *age));
        check_length(policy, seconds, whose, floor)?;
    }
    for (whose, (policy, seconds)) in &wanted {
        // A new floor takes the place of less specific ones.
        let replaced = installed.iter().filter(|(other, _)| {
            !installed.contains_key(whose) && rank(other) < rank(whose) && overlap(other, whose)
        });
        for (_, floor) in replaced {
            check_length(policy, *seconds, whose, floor)?;
        }
    }
    wanted.retain(|whose, (_, seconds)| {
        installed
            .get(whose)
            .is_none_or(|floor| floor.seconds < *seconds)
    });
    Ok(wanted)
}

fn check_length(
    policy: &str,
    seconds: i64,
    whose: &Whose,
    installed: &floor::Model,
) -> Result<(), Error> {
    if seconds >= installed.seconds {
        return Ok(());
    }
    let age = |seconds: i64| text(Duration::from_secs(seconds.unsigned_abs()));
    let problem = format!(
        "entries of {} must be kept for {} by the installed floor of policy `{}`, not for {}: \
         the owner of the log can change the table audit_floor",
        name(whose),
        age(installed.seconds),
        installed.policy,
        age(seconds),
    );
    Err(refused(policy, problem))
}

fn rank((entity_type, action): &Whose) -> u8 {
    2 * u8::from(action.is_some()) + u8::from(entity_type.is_some())
}

/// Whether there may be entries that both are for.
fn overlap(one: &Whose, other: &Whose) -> bool {
    let meet = |one: &Option<String>, other: &Option<String>| {
        one.is_none() || other.is_none() || one == other
    };
    meet(&one.0, &other.0) && meet(&one.1, &other.1)
}

fn floors_of(policy: &Policy) -> Vec<Whose> {
    let or_all = |texts: &[String]| match texts {
        [] => vec![None],
        texts => texts.iter().cloned().map(Some).collect(),
    };
    let actions = or_all(&policy.actions);
    or_all(&policy.types)
        .into_iter()
        .flat_map(|entity_type| {
            actions
                .iter()
                .map(move |action| (entity_type.clone(), action.clone()))
        })
        .collect()
}

fn name((entity_type, action): &Whose) -> String {
    format!(
        "{}/{}",
        entity_type.as_deref().unwrap_or("*"),
        action.as_deref().unwrap_or("*")
    )
}
