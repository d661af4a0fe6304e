//! Compares today's coverage with the accepted manifest.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    difference::{Change, Difference},
    manifest::{Entity, Manifest},
    names::{accepted_names, gone},
};
use crate::audited::FieldPolicy;

type Names<'a> = BTreeMap<&'a str, &'a str>;

pub(super) fn compare(today: &Manifest, accepted: &Manifest) -> Vec<Difference> {
    let mut found = Vec::new();
    let of = |name: &str| Some(&today.entities.get(name)?.former_names);
    let names = accepted_names(&today.entities, &accepted.entities, of);
    for (name, entity) in &today.entities {
        let known = names.get(name.as_str());
        match known.and_then(|was| Some((*was, accepted.entities.get(*was)?))) {
            Some((was, known)) => {
                if was != name {
                    let what = format!("was {was}");
                    found.push(Difference::new(Change::EntityRenamed, name, what));
                } else if entity.table != known.table {
                    let what = format!("was of table {}, and is of {}", known.table, entity.table);
                    found.push(Difference::new(Change::TableChanged, name, what));
                }
                former(
                    name,
                    was,
                    &known.former_names,
                    &entity.former_names,
                    &mut found,
                );
                Pair {
                    name,
                    entity,
                    known,
                }
                .compare(&mut found);
            }
            None => {
                let what = "is new";
                found.push(Difference::new(Change::EntityAppeared, name, what));
            }
        }
    }
    for name in gone(&accepted.entities, &names) {
        let what = "is no longer audited";
        found.push(Difference::new(Change::EntityLost, name, what));
    }
    unknown_guards(today, accepted, &names, &mut found);
    unaudited(today, accepted, &mut found);
    found
}

/// An entity today, and as it was accepted.
struct Pair<'a> {
    name: &'a str,
    entity: &'a Entity,
    known: &'a Entity,
}

impl Pair<'_> {
    fn compare(&self, found: &mut Vec<Difference>) {
        let of = |name: &str| self.entity.former_fields.get(name);
        let names = accepted_names(&self.entity.fields, &self.known.fields, of);
        self.fields(&names, found);
        self.erasable(&names, found);
        self.allowlists(&names, found);
        match (self.known.reason_required, self.entity.reason_required) {
            (true, false) => {
                let what = "no longer needs a reason for a write";
                found.push(Difference::new(Change::ReasonDropped, self.name, what));
            }
            (false, true) => {
                let what = "needs a reason for a write";
                found.push(Difference::new(Change::ReasonAdded, self.name, what));
            }
            (true, true) | (false, false) => {}
        }
        if let (Some(known), Some(guard)) = (self.known.guard, self.entity.guard)
            && known != guard
        {
            let change = match guard < known {
                true => Change::GuardWeakened,
                false => Change::GuardStrengthened,
            };
            let what = format!("had the guard {known}, and has {guard}");
            found.push(Difference::new(change, self.name, what));
        }
    }

    fn fields(&self, names: &Names<'_>, found: &mut Vec<Difference>) {
        let none = BTreeSet::new();
        for (field, policy) in &self.entity.fields {
            let object = self.object(field);
            let known = names.get(field.as_str());
            match known.and_then(|was| Some((*was, *self.known.fields.get(*was)?))) {
                Some((was, known)) => {
                    if was != field {
                        let what = format!("was {was}");
                        found.push(Difference::new(Change::FieldRenamed, &object, what));
                    }
                    let known_names = self.known.former_fields.get(was).unwrap_or(&none);
                    let today = self.entity.former_fields.get(field).unwrap_or(&none);
                    former(&object, was, known_names, today, found);
                    if let Some(change) = of_policy(known, *policy) {
                        let what = format!("was {known} and is {policy}");
                        found.push(Difference::new(change, &object, what));
                    }
                }
                None => {
                    let what = format!("is new, as {policy}");
                    found.push(Difference::new(Change::FieldAppeared, &object, what));
                }
            }
        }
        for field in gone(&self.known.fields, names) {
            let what = "is gone";
            found.push(Difference::new(
                Change::FieldLost,
                &self.object(field),
                what,
            ));
        }
    }

    fn erasable(&self, names: &Names<'_>, found: &mut Vec<Difference>) {
        let accepted = |field: &str| names.get(field).copied().unwrap_or(field).to_owned();
        let (known, today) = (&self.known.erasable, &self.entity.erasable);
        for field in today
            .iter()
            .filter(|field| !known.contains(&accepted(field)))
        {
            let (object, what) = (self.object(field), "is erasable");
            found.push(Difference::new(Change::ErasureWidened, &object, what));
        }
        let today: BTreeSet<_> = today.iter().map(|field| accepted(field)).collect();
        for field in known.difference(&today) {
            let (object, what) = (self.object(field), "is no longer erasable");
            found.push(Difference::new(Change::ErasureNarrowed, &object, what));
        }
    }

    fn allowlists(&self, names: &Names<'_>, found: &mut Vec<Difference>) {
        let (known, today) = (&self.known.allowlists, &self.entity.allowlists);
        let accepted = |field: &str| names.get(field).copied().unwrap_or(field).to_owned();
        for (allowlist, fields) in today {
            let object = self.object(allowlist);
            let Some(known) = known.get(allowlist) else {
                let fields: Vec<_> = fields.iter().map(String::as_str).collect();
                let what = format!("is new, and sets {}", fields.join(", "));
                found.push(Difference::new(Change::AllowlistWidened, &object, what));
                continue;
            };
            for field in fields
                .iter()
                .filter(|field| !known.contains(&accepted(field)))
            {
                let what = format!("sets {field}");
                found.push(Difference::new(Change::AllowlistWidened, &object, what));
            }
            let today: BTreeSet<_> = fields.iter().map(|field| accepted(field)).collect();
            for field in known.difference(&today) {
                let what = format!("no longer sets {field}");
                found.push(Difference::new(Change::AllowlistNarrowed, &object, what));
            }
        }
        for allowlist in known.keys().filter(|name| !today.contains_key(*name)) {
            let object = self.object(allowlist);
            found.push(Difference::new(
                Change::AllowlistNarrowed,
                &object,
                "is gone",
            ));
        }
    }

    fn object(&self, part: &str) -> String {
        format!("{}.{part}", self.name)
    }
}

/// Compares the former names of an entity or field whose accepted name is `was`.
fn former(
    object: &str,
    was: &str,
    known: &BTreeSet<String>,
    today: &BTreeSet<String>,
    found: &mut Vec<Difference>,
) {
    for name in known.difference(today) {
        let what = format!("is no longer known as {name}");
        found.push(Difference::new(Change::FormerNameLost, object, what));
    }
    for name in today.difference(known).filter(|name| *name != was) {
        let what = format!("was {name} as well");
        found.push(Difference::new(Change::FormerNameAdded, object, what));
    }
}

/// The kind of change from one policy of a field to another; `None` if they are equal.
fn of_policy(known: FieldPolicy, today: FieldPolicy) -> Option<Change> {
    if known == today {
        return None;
    }
    if known == FieldPolicy::Key || today == FieldPolicy::Key {
        return Some(Change::KeyChanged);
    }
    let kept = |policy| match policy {
        FieldPolicy::Skip => 0,
        FieldPolicy::Redact => 1,
        FieldPolicy::Record | FieldPolicy::Key => 2,
    };
    match kept(today) < kept(known) {
        true => Some(Change::EvidenceLost),
        false => Some(Change::SecrecyLost),
    }
}

/// Reports all unknown guards as one difference, because a build without a database knows none.
fn unknown_guards(
    today: &Manifest,
    accepted: &Manifest,
    names: &Names<'_>,
    found: &mut Vec<Difference>,
) {
    let is_known = |name: &str| accepted.entities.get(name)?.guard;
    let unknown = names.iter().filter(|(name, was)| {
        let guard = today.entities.get(**name).and_then(|entity| entity.guard);
        guard.is_none() && is_known(was).is_some()
    });
    let unknown: Vec<_> = unknown.map(|(name, _)| *name).collect();
    if !unknown.is_empty() {
        let what = "has a guard in the manifest, and here it is not known";
        found.push(Difference::new(
            Change::GuardUnknown,
            &unknown.join(", "),
            what,
        ));
    }
}

fn unaudited(today: &Manifest, accepted: &Manifest, found: &mut Vec<Difference>) {
    let none = BTreeSet::new();
    let known = accepted.unaudited.as_ref();
    let Some(today) = &today.unaudited else {
        if known.is_some() {
            let what = "are known in the manifest, and not in this build";
            let object = "entities without audit";
            found.push(Difference::new(Change::UnauditedUnknown, object, what));
        }
        return;
    };
    let known = known.unwrap_or(&none);
    for module in today.difference(known) {
        let what = "has an entity that is not audited";
        found.push(Difference::new(Change::UnauditedAppeared, module, what));
    }
    for module in known.difference(today) {
        let what = "has no entity without audit any more";
        found.push(Difference::new(Change::UnauditedGone, module, what));
    }
}
