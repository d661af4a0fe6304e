//! The guide: how to bring the trail into a service, and how to run it.
//!
//! Each page answers one question and links to the item that has the details.
//!
//! | page | |
//! |---|---|
//! | [`existing_service`] | adopt the trail in a service with existing tables, in steps that can be deployed one by one |
//! | [`generated_entities`] | entities of `sea-orm-cli`, code that calls `save`, call sites that are not changed yet |
//! | [`jobs`] | jobs, seeds and data migrations |
//! | `test` (feature `test`) | tests of an application: what was recorded, and a log that no test can empty |
//! | [`operations`] | accounts, backup and restore, growth, upgrades, `search_path`, poolers, retention, checks |
//! | [`observability`] | how to know that it works: spans, counters, checks |
//! | `pipes` (feature `feed`) | the log in Kafka, syslog, collectors, another PostgreSQL |
//! | [`auditor`] | what an auditor asks, where the answer is, and what there is no answer to yet |
//!
//! The [front page](crate) shows the first write. [`Writer`](crate::Writer) says how your own functions write,
//! [`History`](crate::History) how the log is read, and [`Error`](crate::Error) what can go wrong.

pub mod auditor;
pub mod existing_service;
pub mod generated_entities;
pub mod jobs;
pub mod observability;
pub mod operations;
#[cfg(feature = "feed")]
pub mod pipes;
