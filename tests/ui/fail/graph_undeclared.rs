//! A graph is saved of an entity that says so.

use audit_runtime::{Error, Writer};

mod user {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "users")]
    #[audited(others = update, no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
    }
}

async fn save<W: Writer>(audit: &W) -> Result<(), Error> {
    audit.unrestricted().save_graph(user::ActiveModel::builder()).await?;
    Ok(())
}

fn main() {}
