//! HTTP: contexts from requests, and the trail.

mod app;
mod bodies;
mod budgets;
mod client_ip;
mod cut;
mod dashboard;
mod described;
mod files;
mod openapi;
mod pages;
mod paths;
mod problems;
mod query;
mod reads;
mod requests;
mod reverts;
mod search;
pub mod server;
mod source;
mod spreadsheet;
mod states;
mod trail;
mod worker;
