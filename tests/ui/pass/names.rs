//! Columns under every kind of name SeaORM knows.

mod document {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "documents", rename_all = "camelCase")]
    #[audited(no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[audited(update)]
        pub r#type: String,
        #[sea_orm(column_name = "bdy")]
        #[audited(update)]
        pub body: String,
        #[sea_orm(enum_name = "Heading")]
        #[audited(update)]
        pub title: String,
        #[audited(update)]
        pub address_line_2: Option<String>,
        #[audited(update)]
        pub _under: i32,
        #[sea_orm(column_name = "new")]
        #[audited(update)]
        pub is_new: bool,
        #[audited(update(r#Type))]
        pub pinned: bool,
        #[sea_orm(ignore)]
        pub cached: String,
    }
}

fn main() {
    let _ = document::Patch::new()
        .r#type("letter")
        .title("a")
        .address_line_2("b")
        ._under(1);
    let _ = document::TypePatch::new().pinned(true);
    let _ = document::Column::Heading;
}
