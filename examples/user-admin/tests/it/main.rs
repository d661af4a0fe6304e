//! Tests of the service, through its pages and its API.

mod accessibility;
mod accounts;
mod attack;
#[path = "../../../../tests/it/backend.rs"]
#[allow(dead_code, reason = "the tests of the library need more of it")]
mod backend;
mod browser;
mod command_line;
mod investigation;
mod pages;
mod service;
mod visit;
mod visitor;
