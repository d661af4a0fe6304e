//! Snapshots of expansions.

use insta::{assert_snapshot, with_settings};

use crate::audited;

#[test]
fn small_entity() {
    snapshot(
        "small_entity",
        r#"
#[sea_orm(table_name = "users")]
#[audited(entity_type = "User", no_hooks, reason)]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    #[audited(create(SignUp), update(Profile), label)]
    pub username: String,
    #[audited(create(SignUp), update(Profile), redact)]
    pub phone: Option<String>,
    #[audited(update)]
    pub logins: i32,
    #[audited(skip)]
    pub r#type: String,
}
"#,
    );
}

#[test]
fn twenty_columns() {
    snapshot(
        "twenty_columns",
        r#"
#[sea_orm(table_name = "customers")]
#[audited(others = record)]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    #[audited(update, label)]
    pub name: String,
    #[audited(update)]
    pub email: String,
    pub phone: Option<String>,
    pub street: Option<String>,
    pub city: Option<String>,
    pub postal_code: Option<String>,
    pub country: String,
    #[audited(update)]
    pub credit_limit: Decimal,
    pub balance: Decimal,
    pub currency: String,
    pub is_active: bool,
    pub logins: i32,
    pub preferences: Json,
    pub notes: Option<String>,
    #[audited(redact)]
    pub tax_number: Option<String>,
    #[audited(redact)]
    pub password_hash: String,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[audited(skip)]
    pub last_seen_at: Option<DateTimeUtc>,
}
"#,
    );
}

#[test]
fn renamed_fields_and_a_parent() {
    snapshot(
        "renamed_fields_and_a_parent",
        r#"
#[sea_orm(table_name = "orders")]
#[audited(no_hooks)]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    #[audited(record, parent = super::user::Entity)]
    pub user_id: i32,
    #[audited(record, was = "item")]
    pub article: String,
    #[audited(redact, was("comment", "remark"))]
    pub note: Option<String>,
}
"#,
    );
}

#[test]
fn touched_fields() {
    snapshot(
        "touched_fields",
        r#"
#[sea_orm(table_name = "orders")]
#[audited(no_hooks)]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    #[audited(update)]
    pub item: String,
    #[audited(touch = create)]
    pub created_at: DateTimeUtc,
    #[audited(touch)]
    pub updated_at: Option<DateTime>,
}
"#,
    );
}

#[test]
fn renamed_runtime() {
    snapshot(
        "renamed_runtime",
        r#"
#[sea_orm(table_name = "orders")]
#[audited(crate = crate::facade::audit, others = skip)]
struct Model {
    #[sea_orm(primary_key)]
    #[audited(create(Import))]
    id: i64,
    #[audited(create(Import))]
    item: String,
    note: Option<String>,
}
"#,
    );
}

#[test]
fn model_ex_is_left_alone() {
    let input = "pub struct ModelEx { #[sea_orm(primary_key)] pub id: i32, pub orders: HasMany<super::order::Entity> }";
    assert_eq!(expand(input), "");
}

fn snapshot(name: &str, input: &str) {
    let content = format!("{}\n\n// expands to\n\n{}", input.trim(), expand(input));
    with_settings!({ omit_expression => true }, { assert_snapshot!(name, content) });
}

fn expand(input: &str) -> String {
    let input = syn::parse_str(input).expect("input is a struct");
    let expansion = syn::parse2(audited(&input)).expect("expansion is a file");
    prettyplease::unparse(&expansion)
}
