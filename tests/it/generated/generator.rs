//! Runs `sea-orm-cli generate entity` through its libraries.

use std::{collections::BTreeMap, process::Command};

use sea_orm::{ConnectionTrait, Database};
use sea_orm_codegen::{
    BannerVersion, BigIntegerType, DateTimeCrate, EntityFormat, EntityTransformer,
    EntityWriterContext, WithPrelude, WithSerde,
};
use sea_schema::sqlite::discovery::SchemaDiscovery;

use crate::folder::Folder;

/// The names and texts of the generated files.
pub async fn generate(schema: &str, derives: &[&str], attributes: &[&str]) -> Files {
    let db = Database::connect("sqlite::memory:").await.unwrap();
    db.execute_unprepared(schema).await.unwrap();
    let pool = db.get_sqlite_connection_pool().clone();
    let found = SchemaDiscovery::new(pool).discover().await.unwrap();
    let tables = found.merge_indexes_into_table().tables.into_iter();
    let owned = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
    let options = EntityWriterContext::new(
        EntityFormat::Dense,
        WithPrelude::All,
        WithSerde::None,
        false,
        DateTimeCrate::Chrono,
        BigIntegerType::I64,
        None,
        false,
        false,
        false,
        owned(derives),
        owned(attributes),
        Vec::new(),
        Vec::new(),
        Vec::new(),
        false,
        // --impl-active-model-behavior=false
        derives.is_empty(),
        BannerVersion::Major,
    );
    let entities = EntityTransformer::transform(tables.map(|table| table.write()).collect());
    let files = entities.unwrap().generate(&options).files;
    formatted(files.into_iter().map(|file| (file.name, file.content)))
}

type Files = BTreeMap<String, String>;

/// Formats the files with rustfmt, as the tool does.
pub fn formatted(files: impl IntoIterator<Item = (String, String)>) -> Files {
    let folder = Folder::new();
    let mut names = Vec::new();
    for (name, text) in files {
        std::fs::write(folder.file(&name), text).unwrap();
        names.push(name);
    }
    for name in &names {
        let status = Command::new("rustfmt")
            .args(["--edition", "2024"])
            .arg(folder.file(name))
            .status();
        assert!(status.unwrap().success(), "{name}");
    }
    let read = |name: String| {
        let text = std::fs::read_to_string(folder.file(&name)).unwrap();
        (name, text)
    };
    names.into_iter().map(read).collect()
}
