//! A graph with every kind of relation: belongs to, has one, has many, and many to many by a junction table.

pub mod studio {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "studios")]
    #[audited(entity_type = "Studio", others = record, no_hooks, graph)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub name: String,
        pub head_id: Option<i32>,
        #[sea_orm(has_many)]
        pub bands: HasMany<super::band::Entity>,
        #[sea_orm(self_ref, relation_enum = "Head", from = "head_id", to = "id")]
        pub head: BelongsTo<Option<Entity>>,
        #[sea_orm(self_ref, relation_enum = "Branches", relation_reverse = "Head")]
        pub branches: HasMany<Entity>,
    }
}

pub mod band {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "bands")]
    #[audited(entity_type = "Band", others = record, no_hooks, graph)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub name: String,
        pub studio_id: Option<i32>,
        #[sea_orm(belongs_to, from = "studio_id", to = "id")]
        pub studio: BelongsTo<Option<super::studio::Entity>>,
        #[sea_orm(has_one)]
        pub manager: HasOne<super::manager::Entity>,
        #[sea_orm(has_many)]
        pub albums: HasMany<super::album::Entity>,
        #[sea_orm(has_many, via = "band_genre")]
        pub genres: HasMany<super::genre::Entity>,
    }
}

pub mod manager {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "managers")]
    #[audited(entity_type = "Manager", others = record, no_hooks, graph)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub name: String,
        #[sea_orm(unique)]
        pub band_id: Option<i32>,
        #[sea_orm(belongs_to, from = "band_id", to = "id")]
        pub band: BelongsTo<Option<super::band::Entity>>,
        #[sea_orm(has_many, relation_enum = "Produced", via_rel = "Producer")]
        pub produced: HasMany<super::album::Entity>,
    }
}

pub mod album {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "albums")]
    #[audited(entity_type = "Album", others = record, no_hooks, graph)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub title: String,
        pub band_id: i32,
        #[sea_orm(belongs_to, from = "band_id", to = "id")]
        pub band: BelongsTo<super::band::Entity>,
        pub producer_id: Option<i32>,
        #[sea_orm(
            belongs_to,
            relation_enum = "Producer",
            from = "producer_id",
            to = "id"
        )]
        pub producer: BelongsTo<Option<super::manager::Entity>>,
        #[sea_orm(has_many)]
        pub tracks: HasMany<super::track::Entity>,
    }
}

pub mod track {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "tracks")]
    #[audited(entity_type = "Track", others = record, no_hooks, graph)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub title: String,
        pub album_id: i32,
        #[sea_orm(belongs_to, from = "album_id", to = "id")]
        pub album: BelongsTo<super::album::Entity>,
    }
}

pub mod genre {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "genres")]
    #[audited(entity_type = "Genre", others = record, no_hooks, graph)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub name: String,
        #[sea_orm(has_many, via = "band_genre")]
        pub bands: HasMany<super::band::Entity>,
    }
}

pub mod band_genre {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "band_genres")]
    #[audited(entity_type = "BandGenre", others = record, no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub band_id: i32,
        #[sea_orm(primary_key, auto_increment = false)]
        pub genre_id: i32,
        #[sea_orm(belongs_to, from = "band_id", to = "id")]
        pub band: BelongsTo<super::band::Entity>,
        #[sea_orm(belongs_to, from = "genre_id", to = "id")]
        pub genre: BelongsTo<super::genre::Entity>,
    }
}
