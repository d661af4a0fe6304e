mod backend;
mod schema;
