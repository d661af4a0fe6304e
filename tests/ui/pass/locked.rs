//! An entity whose writes take the locked plan.

mod ledger {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "ledgers")]
    #[audited(no_hooks, locked)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[audited(update)]
        pub amount: i64,
    }
}

fn main() {
    use audit_runtime::Audited;

    assert!(ledger::Entity::LOCKED);
}
