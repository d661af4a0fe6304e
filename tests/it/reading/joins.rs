//! Join tables: rows whose key contains the keys of several parents.

use audit_runtime::{Error, prelude::*};
use sea_orm::DatabaseConnection;
use serde_json::json;

use crate::{
    backend::{Database, on_every_backend},
    entities::{context, install_unguarded, new_user, user},
    types::create_table,
};

on_every_backend!(
    the_fields_of_a_key_are_asked_for,
    a_join_table_is_named_by_its_parents,
    a_row_is_a_child_of_each_of_its_parents,
);

mod team {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "teams")]
    #[audited(entity_type = "Team", no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        #[audited(create)]
        pub code: String,
        #[audited(create, update, label)]
        pub name: String,
    }
}

mod membership {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "memberships")]
    #[audited(entity_type = "Membership", no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        #[audited(create, parent = crate::entities::user::Entity)]
        pub user_id: i32,
        #[sea_orm(primary_key, auto_increment = false)]
        #[audited(create, parent = super::team::Entity)]
        pub team: String,
        #[audited(create, update)]
        pub role: String,
    }
}

use membership::{Column, Entity};

/// Ann joins two teams, is promoted in one, and leaves the other.
async fn memberships(database: &Database) -> i32 {
    let db = &database.db;
    install_unguarded(db).await.unwrap();
    create_table(db, team::Entity).await;
    create_table(db, membership::Entity).await;
    let context = context();
    let audit = db.audited(&context);
    let ann = audit.insert(new_user("ann")).await.unwrap().id;
    for (code, name) in [("a", "core"), ("b", "docs")] {
        audit
            .insert(team::Draft::new().code(code).name(name))
            .await
            .unwrap();
        let draft = membership::Draft::new()
            .user_id(ann)
            .team(code)
            .role("guest");
        audit.insert(draft).await.unwrap();
    }
    let owner = membership::Patch::new().role("owner");
    audit.update((ann, "a".to_owned()), owner).await.unwrap();
    audit.delete::<Entity>((ann, "b".to_owned())).await.unwrap();
    ann
}

async fn told(db: &DatabaseConnection, question: History) -> Vec<String> {
    let entries = question.first_page(db, 50).await.unwrap().entries;
    entries.iter().map(ToString::to_string).collect()
}

async fn the_fields_of_a_key_are_asked_for(database: &Database) {
    let db = &database.db;
    let ann = memberships(database).await;
    let asked = async |question: History| {
        let entries = question.first_page(db, 50).await.unwrap().entries;
        let entries = entries.into_iter();
        let told = entries.map(|entry| (entry.action, entry.entity_id.unwrap_or_default()));
        told.collect::<Vec<_>>()
    };
    let entry = |action: &str, team: &str| (action.to_owned(), format!("[{ann},\"{team}\"]"));
    let all = || History::of_type::<Entity>();
    let came = asked(all().changed(Column::Team).to("b")).await;
    assert_eq!(came, [entry("CREATE", "b")]);
    let left = asked(all().changed(Column::Team).from("b")).await;
    assert_eq!(left, [entry("DELETE", "b")]);
    let both = all().changed(Column::Team).from("b").to("b");
    assert_eq!(asked(both).await, []);
    let of_ann = all()
        .changed(Column::UserId)
        .to(ann)
        .changed(Column::Role)
        .to("guest");
    assert_eq!(
        asked(of_ann).await,
        [entry("CREATE", "a"), entry("CREATE", "b")]
    );
    let any = asked(all().changed(Column::UserId)).await;
    assert_eq!(
        any,
        [
            entry("CREATE", "a"),
            entry("CREATE", "b"),
            entry("DELETE", "b")
        ]
    );
    assert_eq!(asked(all().changed(Column::UserId).to(-1)).await, []);
    let users = History::of_type::<user::Entity>()
        .changed(user::Column::Id)
        .to(ann);
    assert_eq!(asked(users).await, [("CREATE".to_owned(), ann.to_string())]);

    let of_another_type = all()
        .changed(Column::UserId)
        .to("ann")
        .first_page(db, 9)
        .await;
    assert!(
        matches!(of_another_type, Err(Error::InvalidQuery(_))),
        "{of_another_type:?}"
    );
    let of_all_types = History::all()
        .changed(Column::Team)
        .to("b")
        .first_page(db, 9)
        .await;
    assert!(
        matches!(of_all_types, Err(Error::UnservedQuery { .. })),
        "{of_all_types:?}"
    );
}

async fn a_join_table_is_named_by_its_parents(database: &Database) {
    let db = &database.db;
    let ann = memberships(database).await;
    let by = "Admin 'jane.doe'";
    let of_type = History::of_type::<Entity>();
    let by_id = told(db, of_type.clone()).await;
    assert_eq!(
        by_id[2],
        format!("{by} changed Membership of User '{ann}' in Team 'a' role from 'guest' to 'owner'")
    );
    let by_label = told(db, of_type.clone().naming_parents()).await;
    assert_eq!(
        by_label,
        [
            format!("{by} created Membership of User 'ann' in Team 'core' with role 'guest'"),
            format!("{by} created Membership of User 'ann' in Team 'docs' with role 'guest'"),
            format!(
                "{by} changed Membership of User 'ann' in Team 'core' role from 'guest' to 'owner'"
            ),
            format!("{by} deleted Membership of User 'ann' in Team 'docs', which had role 'guest'"),
        ]
    );
    // The page contains Ann, but not the teams.
    let of_family = History::of::<user::Entity>(ann).with_children::<Entity>();
    let of_family = told(db, of_family).await;
    assert_eq!(
        of_family[1],
        format!("{by} created Membership of User 'ann' in Team 'a' with role 'guest'")
    );
    let page = of_type.naming_parents().first_page(db, 1).await.unwrap();
    let in_full = format!("{:#}", page.entries[0]);
    assert!(
        in_full.contains(&format!(
            "Membership of User 'ann' ({ann}) in Team 'core' (a)"
        )),
        "{in_full}"
    );
    let json = serde_json::to_value(&page.entries[0]).unwrap();
    assert_eq!(json["entity_id"], format!("[{ann},\"a\"]"));
    assert_eq!(json["entity_key"], json!({ "user_id": ann, "team": "a" }));
    let user = History::of::<user::Entity>(ann)
        .latest(db)
        .await
        .unwrap()
        .unwrap();
    let json = serde_json::to_value(&user).unwrap();
    assert_eq!(json.get("entity_key"), None);
}

async fn a_row_is_a_child_of_each_of_its_parents(database: &Database) {
    let db = &database.db;
    let ann = memberships(database).await;
    let family = async |question: History| {
        let entries = question
            .with_children::<Entity>()
            .first_page(db, 50)
            .await
            .unwrap();
        let entries = entries.entries.into_iter();
        let types = entries.map(|entry| (entry.action, entry.entity_type.unwrap_or_default()));
        types
            .map(|(action, of)| format!("{action} {of}"))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        family(History::of::<user::Entity>(ann)).await,
        [
            "CREATE User",
            "CREATE Membership",
            "CREATE Membership",
            "UPDATE Membership",
            "DELETE Membership"
        ]
    );
    // The table no longer contains the deleted row.
    assert_eq!(
        family(History::of::<team::Entity>("b")).await,
        ["CREATE Team", "CREATE Membership", "DELETE Membership"]
    );
    let of_itself = History::of::<Entity>((ann, "a".to_owned())).with_children::<Entity>();
    let refused = of_itself.first_page(db, 9).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "invalid query: Membership is a child of User and of Team, and this is the history of a Membership"
    );
}
