//! One table in the old and the present code: an enum has lost a variant, a number has a bound, a struct has another
//! field.

use sea_orm::{
    DbErr, QueryResult, TryGetError, TryGetable, Value,
    sea_query::{ArrayType, ColumnType, Nullable, ValueType, ValueTypeErr},
};
use serde::Deserialize;

/// A number type with an upper bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct AtMost<const BOUND: i32>(pub i32);

impl<const BOUND: i32> TryFrom<i32> for AtMost<BOUND> {
    type Error = ValueTypeErr;

    fn try_from(value: i32) -> Result<Self, ValueTypeErr> {
        if value <= BOUND {
            Ok(Self(value))
        } else {
            Err(ValueTypeErr)
        }
    }
}

impl<const BOUND: i32> From<AtMost<BOUND>> for Value {
    fn from(value: AtMost<BOUND>) -> Self {
        value.0.into()
    }
}

impl<const BOUND: i32> TryGetable for AtMost<BOUND> {
    fn try_get_by<I: sea_orm::ColIdx>(row: &QueryResult, index: I) -> Result<Self, TryGetError> {
        let value = i32::try_get_by(row, index)?;
        <Self as TryFrom<i32>>::try_from(value)
            .map_err(|_| TryGetError::DbErr(DbErr::Type("it is above the bound".to_owned())))
    }
}

impl<const BOUND: i32> ValueType for AtMost<BOUND> {
    fn try_from(value: Value) -> Result<Self, ValueTypeErr> {
        TryFrom::try_from(<i32 as ValueType>::try_from(value)?)
    }

    fn type_name() -> String {
        "AtMost".to_owned()
    }

    fn array_type() -> ArrayType {
        ArrayType::Int
    }

    fn column_type() -> ColumnType {
        ColumnType::Integer
    }
}

impl<const BOUND: i32> Nullable for AtMost<BOUND> {
    fn null() -> Value {
        Value::Int(None)
    }
}

macro_rules! specimen {
    ($name:ident [$($option:ident)?] $bound:literal $detail:ident [$($retired:ident)?]) => {
        pub mod $name {
            use audit_runtime::Audited;
            use sea_orm::{FromJsonQueryResult, entity::prelude::*};
            use serde::{Deserialize, Serialize};

            pub use super::AtMost;

            #[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum, Deserialize)]
            #[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
            pub enum State {
                Living,
                $($retired,)?
            }

            #[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum, Deserialize)]
            #[sea_orm(rs_type = "i32", db_type = "Integer")]
            pub enum Level {
                #[sea_orm(num_value = 1)]
                Living,
                $(
                    #[sea_orm(num_value = 9)]
                    $retired,
                )?
            }

            #[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum, Deserialize)]
            #[sea_orm(rs_type = "String", db_type = "Enum", enum_name = "mood", rename_all = "snake_case")]
            pub enum Mood {
                Living,
                $($retired,)?
            }

            #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
            pub struct Details {
                pub $detail: i32,
            }

            #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
            #[sea_orm(table_name = "specimens")]
            $(#[audited($option)])?
            pub struct Model {
                #[sea_orm(primary_key, auto_increment = false)]
                #[audited(create)]
                pub id: i32,
                #[audited(create, update)]
                pub note: String,
                #[audited(create, update)]
                pub state: State,
                #[audited(create, update)]
                pub level: Option<Level>,
                #[audited(create, update)]
                pub mood: Mood,
                #[audited(create, update)]
                pub grade: AtMost<$bound>,
                #[audited(create, update)]
                pub details: Details,
            }

            #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
            pub enum Relation {}
        }
    };
}

specimen!(old [no_hooks] 1000 was [Retired]);
specimen!(new [no_hooks] 100 is []);
specimen!(hooked [] 100 is []);

/// An entity whose hooks report what they see.
mod seeing {
    use std::sync::{Arc, Mutex};

    use sea_orm::{ActiveValue, prelude::async_trait::async_trait};
    use sea_orm::{ConnectionTrait, DbErr, entity::ActiveModelBehavior};

    use super::hooked::ActiveModel;

    tokio::task_local! {
        pub static SEEN: Arc<Mutex<Vec<String>>>;
    }

    #[async_trait]
    impl ActiveModelBehavior for ActiveModel {
        async fn before_save<C: ConnectionTrait>(self, _: &C, _: bool) -> Result<Self, DbErr> {
            see(&self);
            Ok(self)
        }

        async fn before_delete<C: ConnectionTrait>(self, _: &C) -> Result<Self, DbErr> {
            see(&self);
            Ok(self)
        }

        async fn after_delete<C: ConnectionTrait>(self, _: &C) -> Result<Self, DbErr> {
            see(&self);
            Ok(self)
        }
    }

    fn see(row: &ActiveModel) {
        let seen = format!("{} {}", tell(&row.note), tell(&row.state));
        let _ = SEEN.try_with(|all| all.lock().unwrap().push(seen));
    }

    fn tell<T: Into<sea_orm::Value> + std::fmt::Debug>(value: &ActiveValue<T>) -> String {
        match value {
            ActiveValue::Set(value) => format!("set {value:?}"),
            ActiveValue::Unchanged(value) => format!("unchanged {value:?}"),
            ActiveValue::NotSet => "not set".to_owned(),
        }
    }
}
pub use seeing::SEEN;

macro_rules! tally {
    ($name:ident $kind:ty) => {
        pub mod $name {
            use audit_runtime::Audited;
            use sea_orm::entity::prelude::*;

            #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
            #[sea_orm(table_name = "tallies")]
            #[audited(no_hooks)]
            pub struct Model {
                #[sea_orm(primary_key, auto_increment = false)]
                #[audited(create)]
                pub id: i32,
                #[audited(create, update)]
                pub count: $kind,
            }

            #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
            pub enum Relation {}
        }
    };
}

// On PostgreSQL, a number is read only in the width of its column.
tally!(wide_tally i64);
tally!(narrow_tally i16);
