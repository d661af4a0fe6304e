//! The floors: the ages below which the database refuses to delete entries.

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

/// The type and the action of a floor; `None` is all.
type Whose = (Option<String>, Option<String>);

/// The ages of a policy.
#[derive(Clone, Debug)]
struct Ages {
    policy: String,
    /// Younger entries stay in the log, or in the archive.
    seconds: i64,
    /// Younger entries stay in the log; `None` if only the floor applies.
    hot: Option<i64>,
}

/// Writes the floors of the policies that are longer than the installed ones.
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
    for (whose, ages) in differences(policies, &installed)? {
        let before = installed.get(&whose);
        let mut change = json!({"policy": ages.policy, "after": ages.seconds});
        if let Some(before) = before {
            change["before"] = before.seconds.into();
        }
        if let Some(hot) = ages.hot {
            change["hot"] = hot.into();
        }
        metadata.insert(name(&whose), change);
        let (entity_type, action) = whose;
        let floor = floor::ActiveModel {
            id: before.map_or(NotSet, |before| Set(before.id)),
            policy: Set(ages.policy),
            entity_type: Set(entity_type),
            action: Set(action),
            seconds: Set(ages.seconds),
            hot: Set(ages.hot),
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

/// The floors that are new or longer, or have another archive age.
fn differences(
    policies: &[Policy],
    installed: &BTreeMap<Whose, floor::Model>,
) -> Result<BTreeMap<Whose, Ages>, Error> {
    let seconds = |age: Duration| age.as_secs() as i64;
    let mut wanted = BTreeMap::new();
    for policy in policies {
        for whose in floors_of(policy) {
            let ages = Ages {
                policy: policy.name.clone(),
                seconds: seconds(policy.keeps()),
                hot: policy.hot.map(seconds),
            };
            wanted.insert(whose, ages);
        }
    }
    for (whose, floor) in installed {
        // An installed floor stays, even if no policy has it any more. A more general policy must not be shorter.
        let now = wanted.get(whose).or_else(|| {
            let mut more_general = wanted.iter().filter(|(other, _)| overlap(other, whose));
            more_general.find_map(|(other, floor)| (rank(other) < rank(whose)).then_some(floor))
        });
        let none = Ages {
            policy: floor.policy.clone(),
            seconds: 0,
            hot: None,
        };
        check_ages(now.unwrap_or(&none), whose, floor)?;
    }
    for (whose, ages) in &wanted {
        // A new floor replaces less specific ones.
        let replaced = installed.iter().filter(|(other, _)| {
            !installed.contains_key(whose) && rank(other) < rank(whose) && overlap(other, whose)
        });
        for (_, floor) in replaced {
            check_ages(ages, whose, floor)?;
        }
    }
    wanted.retain(|whose, ages| {
        installed
            .get(whose)
            .is_none_or(|floor| floor.seconds < ages.seconds || floor.hot != ages.hot)
    });
    Ok(wanted)
}

fn check_ages(ages: &Ages, whose: &Whose, installed: &floor::Model) -> Result<(), Error> {
    let (what, is, was) = match (ages.hot, installed.hot) {
        _ if ages.seconds < installed.seconds => ("kept", ages.seconds, installed.seconds),
        (Some(is), Some(was)) if is < was => ("kept in the log", is, was),
        _ => return Ok(()),
    };
    let age = |seconds: i64| text(Duration::from_secs(seconds.unsigned_abs()));
    let problem = format!(
        "entries of {} must be {what} for {} by the installed floor of policy `{}`, not for {}: \
         the owner of the log can change the table audit_floor",
        name(whose),
        age(was),
        installed.policy,
        age(is),
    );
    Err(refused(&ages.policy, problem))
}

fn rank((entity_type, action): &Whose) -> u8 {
    2 * u8::from(action.is_some()) + u8::from(entity_type.is_some())
}

/// Whether both may apply to the same entry.
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
