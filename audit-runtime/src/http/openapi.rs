//! The OpenAPI description of the routes.

mod schemas;

use serde_json::{Map, Value as Json, json};

use super::{
    query::{PARAMETERS, Parameter, Schema},
    trail::fields,
};
use crate::audited::Audited;

/// The files of a page: extension, media type and content.
const FILES: [(&str, &str, &str); 2] = [
    ("csv", "text/csv", "as CSV with a header"),
    ("jsonl", "application/jsonl", "a line of JSON for each"),
];

/// An OpenAPI 3.1 document of the routes of a [`Trail`](super::Trail).
///
/// It is plain JSON. An application with its own document can copy `paths` and `components`.
///
/// ```
/// # mod user {
/// #     use audit_runtime::Audited;
/// #     use sea_orm::entity::prelude::*;
/// #     #[sea_orm::model]
/// #     #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
/// #     #[sea_orm(table_name = "users")]
/// #     #[audited(no_hooks)]
/// #     pub struct Model {
/// #         #[sea_orm(primary_key)]
/// #         pub id: i32,
/// #         #[audited(update(Profile), label)]
/// #         pub username: String,
/// #     }
/// # }
/// use audit_runtime::http::OpenApi;
///
/// let document = OpenApi::new("shop", "1.0.0").history::<user::Entity>().log().to_json();
/// assert_eq!(document["openapi"], "3.1.0");
/// assert!(document["paths"]["/users/{id}/audit"]["get"].is_object());
/// ```
#[derive(Clone, Debug)]
pub struct OpenApi {
    title: String,
    version: String,
    paths: Map<String, Json>,
}

impl OpenApi {
    /// Creates a document without paths, for an API with this title and version.
    pub fn new(title: impl Into<String>, version: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            version: version.into(),
            paths: Map::new(),
        }
    }

    /// Adds the route of `history_routes::<E>`.
    #[must_use]
    pub fn history<E: Audited>(self) -> Self {
        let table = E::default();
        let table = table.table_name();
        let id = json!({
            "name": "id",
            "in": "path",
            "required": true,
            "description": "the `entity_id` of the row's entries; other text is answered with 404",
            "schema": { "type": "string" },
        });
        let summary = format!("The history of one row of {table}");
        let mut parameters = vec![id];
        parameters.extend(parameters_of::<E>());
        self.paths(format!("/{table}/{{id}}/audit"), &summary, parameters)
    }

    /// Adds the route of `type_history_routes::<E>`.
    #[must_use]
    pub fn type_history<E: Audited>(self) -> Self {
        let table = E::default();
        let table = table.table_name();
        let summary = format!("The history of all rows of {table}");
        let parameters = parameters_of::<E>();
        self.paths(format!("/{table}/audit"), &summary, parameters)
    }

    /// Adds the route of `log_routes`.
    #[must_use]
    pub fn log(self) -> Self {
        let parameters = PARAMETERS.iter();
        let parameters = parameters.map(|parameter| described(parameter, None));
        self.paths("/audit".to_owned(), "The whole log", parameters.collect())
    }

    /// Returns the document.
    pub fn to_json(&self) -> Json {
        json!({
            "openapi": "3.1.0",
            "info": { "title": self.title, "version": self.version },
            "paths": self.paths,
            "components": { "schemas": schemas::all() },
        })
    }

    /// Adds the path of pages, and those of files.
    fn paths(mut self, path: String, summary: &str, parameters: Vec<Json>) -> Self {
        let page = json!({
            "description": "A page of entries, and the cursor of the next",
            "content": { "application/json": { "schema": schemas::reference("Page") } },
        });
        let of_file: Vec<_> = parameters
            .iter()
            .filter(|parameter| parameter["name"] != "limit")
            .cloned()
            .collect();
        self = self.path(path.clone(), summary, parameters, page);
        for (extension, media_type, what) in FILES {
            let file = json!({
                "description": format!("All entries that are found, {what}"),
                "content": { media_type: { "schema": { "type": "string" } } },
            });
            let summary = format!("{summary}, as a file");
            self = self.path(
                format!("{path}.{extension}"),
                &summary,
                of_file.clone(),
                file,
            );
        }
        self
    }

    fn path(mut self, path: String, summary: &str, parameters: Vec<Json>, found: Json) -> Self {
        let problem = |description: &str| {
            json!({
                "description": description,
                "content": { "application/problem+json": { "schema": schemas::reference("Problem") } },
            })
        };
        let operation = json!({
            "get": {
                "summary": summary,
                "parameters": parameters,
                "responses": {
                    "200": found,
                    "400": problem("The query is invalid, or the cursor belongs to another query"),
                    "401": problem("The request has no actor"),
                    "403": problem("The reader may not see what the query searches for"),
                    "404": problem("There is no such history, or none that the reader may see"),
                    "500": problem("The log cannot be read"),
                    "503": problem("The database is busy: try again"),
                },
            },
        });
        self.paths.insert(path, operation);
        self
    }
}

fn parameters_of<E: Audited>() -> Vec<Json> {
    let fields = fields::<E>();
    let parameters = PARAMETERS.iter().filter(|known| !known.is_of_records());
    parameters
        .map(|parameter| described(parameter, Some(&fields)))
        .collect()
}

/// Describes a parameter. `fields` are those of the entity; `None` is the whole log.
fn described(parameter: &Parameter, fields: Option<&[&str]>) -> Json {
    let schema = match parameter.schema {
        Schema::AnyText => json!({ "type": "string" }),
        Schema::Pattern(pattern) => matching(pattern),
        Schema::PageSize => json!({ "type": "integer", "minimum": 1, "default": 50 }),
        Schema::Order => {
            json!({ "type": "string", "enum": ["newest", "oldest"], "default": "newest" })
        }
        Schema::Outcome => schemas::outcome(),
        Schema::Uuid => json!({ "type": "string", "format": "uuid" }),
        Schema::Address => {
            json!({ "type": "string", "anyOf": [{ "format": "ipv4" }, { "format": "ipv6" }] })
        }
        Schema::Field => match fields {
            Some(fields) => json!({ "type": "string", "enum": fields }),
            None => json!({ "type": "string" }),
        },
        Schema::NamesOfTexts => matching(&names_of_texts(fields.is_none())),
    };
    json!({
        "name": parameter.name,
        "in": "query",
        "description": format!("{}{}", parameter.meaning, parameter.refused),
        // An empty value counts as absent.
        "allowEmptyValue": true,
        "schema": schema,
    })
}

/// A pattern for names of parameters that take any text, separated by commas.
fn names_of_texts(is_log: bool) -> String {
    let is_taken = |known: &&Parameter| is_log || !known.is_of_records();
    let texts = PARAMETERS.iter().filter(is_taken);
    let texts = texts.filter(|known| known.takes_any_text());
    let names: Vec<_> = texts.map(|text| text.name).collect();
    let names = names.join("|");
    format!("^(?:{names})(?:,(?:{names}))*$")
}

/// The schema of text that this regular expression matches.
fn matching(pattern: &str) -> Json {
    json!({ "type": "string", "pattern": pattern })
}
