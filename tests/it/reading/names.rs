//! Names of tables and fields over time, including names that another table or field has now.

mod passed_on;

use audit_runtime::{PastValue, Reason, prelude::*};
use sea_orm::{IntoActiveModel, Value};

use crate::{
    backend::{Database, on_every_backend},
    entities::{context, entries},
    types::create_table,
};

on_every_backend!(
    a_renamed_entity_keeps_its_history,
    a_field_that_took_a_name_has_its_own_past
);

macro_rules! thing {
    ($name:ident, $table:literal, [$($entity:meta),*], $($(#[$attribute:meta])* $field:ident),+) => {
        mod $name {
            use audit_runtime::Audited;
            use sea_orm::entity::prelude::*;

            #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
            #[sea_orm(table_name = $table)]
            #[audited(no_hooks)]
            $(#[$entity])*
            pub struct Model {
                #[sea_orm(primary_key, auto_increment = false)]
                pub id: i32,
                $(#[audited(update)] $(#[$attribute])* pub $field: String,)+
            }

            #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
            pub enum Relation {}
        }
    };
}

thing!(old, "things", [audited(entity_type = "Thing")], alpha, beta);
// `alpha` was renamed to `gamma`, and another column took its name.
thing!(
    taken,
    "things_2",
    [audited(entity_type = "Thing")],
    #[audited(was = "alpha")]
    gamma,
    alpha,
    beta
);
thing!(
    swapped,
    "things_3",
    [audited(entity_type = "Thing")],
    #[audited(was = "beta")]
    alpha,
    #[audited(was = "alpha")]
    beta
);
// Without an explicit entity type.
thing!(people, "people", [], alpha, beta);
thing!(
    members,
    "members",
    [audited(was("people", "persons"))],
    alpha,
    beta
);

fn known(value: &str) -> PastValue {
    PastValue::Known(value.into())
}

async fn a_renamed_entity_keeps_its_history(database: &Database) {
    let db = &database.db;
    audit_runtime::schema::install(db).await.unwrap();
    create_table(db, people::Entity).await;
    let context = context();
    let audit = db.audited(&context);
    for id in [1, 2] {
        let row = people::Model {
            id,
            alpha: "a".to_owned(),
            beta: "b".to_owned(),
        };
        audit.insert(row.into_active_model()).await.unwrap();
        audit
            .update(id, people::Patch::new().alpha("c"))
            .await
            .unwrap();
    }
    audit.delete::<people::Entity>(2).await.unwrap();
    database
        .execute("ALTER TABLE people RENAME TO members")
        .await;
    audit
        .update(1, members::Patch::new().alpha("d"))
        .await
        .unwrap();

    let ids = async |question: History| {
        let page = question.page(db, None, 100).await.unwrap();
        page.entries
            .iter()
            .map(|entry| entry.id)
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(History::of::<members::Entity>(1)).await, [1, 2, 6]);
    assert_eq!(
        ids(History::of_type::<members::Entity>()).await,
        [1, 2, 3, 4, 5, 6]
    );
    let changed = History::of_type::<members::Entity>().changed(members::Column::Alpha);
    assert_eq!(ids(changed.from("a")).await, [2, 4]);
    for (entry, alpha) in [(1, "a"), (2, "c"), (5, "c"), (6, "d")] {
        let past = members::Entity::state_at(1, entry, db)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(past.get(members::Column::Alpha), &known(alpha), "{entry}");
    }
    let timeline = members::Entity::timeline(1, members::Column::Alpha, db)
        .await
        .unwrap();
    assert_eq!(timeline.len(), 3);

    // Changes under the old name are reverted under the new one.
    let deleted = entries(db).await.remove(4);
    let restored = audit
        .restore(deleted.restoration::<members::Entity>().unwrap())
        .await
        .unwrap();
    assert_eq!((restored.id, &*restored.alpha), (2, "c"));
    let changed = entries(db).await.remove(3);
    let inverse = changed.inverse::<members::Patch>().unwrap();
    assert_eq!(audit.revert(inverse).await.unwrap().alpha, "a");

    // Another entity that takes the name is not mistaken for this one, as far as the log distinguishes them.
    create_table(db, people::Entity).await;
    let row = people::Model {
        id: 1,
        alpha: "x".to_owned(),
        beta: "y".to_owned(),
    };
    audit.insert(row.into_active_model()).await.unwrap();
    let foreign = entries(db).await.pop().unwrap();
    for moment in [
        Moment::before(&foreign),
        Moment::after(&foreign),
        Moment::After(1),
    ] {
        let past = members::Entity::state_at(1, moment, db)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            past.get(members::Column::Alpha),
            &PastValue::Unknown(Reason::NameReused),
            "{moment:?}"
        );
    }
}

async fn a_field_that_took_a_name_has_its_own_past(database: &Database) {
    let db = &database.db;
    audit_runtime::schema::install(db).await.unwrap();
    create_table(db, old::Entity).await;
    create_table(db, taken::Entity).await;
    let context = context();
    let audit = db.audited(&context);
    let row = old::Model {
        id: 1,
        alpha: "a".to_owned(),
        beta: "b".to_owned(),
    };
    audit.insert(row.into_active_model()).await.unwrap();
    audit.update(1, old::Patch::new().alpha("c")).await.unwrap();
    database
        .execute("INSERT INTO things_2 (id, gamma, alpha, beta) SELECT id, alpha, 'new', beta FROM things")
        .await;
    audit
        .update(1, taken::Patch::new().alpha("newer"))
        .await
        .unwrap();
    audit
        .update(1, taken::Patch::new().gamma("d"))
        .await
        .unwrap();
    audit.delete::<taken::Entity>(1).await.unwrap();

    use taken::Column::{Alpha, Gamma};
    let at = async |moment: Moment, column| {
        let past = taken::Entity::state_at(1, moment, db)
            .await
            .unwrap()
            .unwrap();
        past.get(column).clone()
    };
    let added = PastValue::Unknown(Reason::AddedSince);
    for (entry, gamma, alpha) in [
        (1, "a", added.clone()),
        (2, "c", added),
        (3, "c", known("newer")),
        (4, "d", known("newer")),
    ] {
        assert_eq!(
            at(Moment::After(entry), Gamma).await,
            known(gamma),
            "{entry}"
        );
        assert_eq!(at(Moment::After(entry), Alpha).await, alpha, "{entry}");
    }
    let entries = entries(db).await;
    // A change alone does not show which field it is about. A whole row does.
    assert!(entries[1].values::<taken::Entity>(Gamma).is_err());
    assert!(entries[1].inverse::<taken::Patch>().is_err());
    let created = entries[0].values::<taken::Entity>(Gamma).unwrap();
    assert_eq!(created, (None, Some(Value::from("a"))));
    assert_eq!(
        entries[0].values::<taken::Entity>(Alpha).unwrap(),
        (None, None)
    );
    let restored = audit
        .restore(entries[4].restoration::<taken::Entity>().unwrap())
        .await
        .unwrap();
    assert_eq!((&*restored.gamma, &*restored.alpha), ("d", "newer"));
}
