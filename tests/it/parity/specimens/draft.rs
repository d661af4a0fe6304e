//! An entity whose hooks change columns, and write to the row themselves.

use audit_runtime::Audited;
use sea_orm::{ActiveValue::Set, entity::prelude::*, sea_query::ExprTrait};

use super::Specimen;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
#[sea_orm(table_name = "drafts")]
#[audited(others = record)]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    #[audited(record, label)]
    pub title: String,
    pub slug: String,
    pub saves: i32,
    #[audited(skip)]
    pub notes: Option<String>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

#[sea_orm::prelude::async_trait::async_trait]
impl ActiveModelBehavior for ActiveModel {
    async fn before_save<C: ConnectionTrait>(
        mut self,
        _db: &C,
        _insert: bool,
    ) -> Result<Self, DbErr> {
        if let Some(title) = self.title.try_as_ref() {
            self.slug = Set(title.to_lowercase());
        }
        if self.saves.try_as_ref() == Some(&99) {
            self.notes = Set(Some("many".to_owned()));
        }
        Ok(self)
    }

    async fn after_save<C: ConnectionTrait>(
        model: Model,
        db: &C,
        _insert: bool,
    ) -> Result<Model, DbErr> {
        if model.title.starts_with("Counted") {
            Entity::update_many()
                .col_expr(Column::Saves, Expr::col(Column::Saves).add(1))
                .filter(Column::Id.eq(model.id))
                .exec(db)
                .await?;
        }
        Ok(model)
    }

    async fn before_delete<C: ConnectionTrait>(self, _db: &C) -> Result<Self, DbErr> {
        match self.title.try_as_ref().map(String::as_str) {
            Some("Kept") => Err(DbErr::Custom("the hook keeps it".to_owned())),
            _ => Ok(self),
        }
    }
}

impl Specimen for Entity {
    fn rows() -> Vec<Model> {
        let titles = ["", "First", "FIRST", "Counted", "Counted twice"];
        let rows = titles.into_iter().zip([0, 1, 99, 5, 99]);
        rows.map(|(title, saves)| Model {
            id: 0,
            title: title.to_owned(),
            slug: String::new(),
            saves,
            notes: None,
        })
        .collect()
    }
}
