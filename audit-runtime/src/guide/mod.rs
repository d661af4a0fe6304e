//! The guide: how to add the trail to a service, and how to operate it.
//!
//! Each page answers one question and links to the item that has the details.
//!
//! | page | |
//! |---|---|
//! | [`existing_service`] | adopt the trail in a service with existing tables, in steps that can be deployed one by one |
//! | [`generated_entities`] | entities of `sea-orm-cli`, code that calls `save`, call sites that are not changed yet |
//! | [`jobs`] | jobs, seeds and data migrations |
//! | `test` (feature `test`) | tests of an application: assertions on recorded entries, and a log that no test can empty |
//! | [`operations`] | accounts, backup and restore, growth, upgrades, `search_path`, poolers, retention, checks |
//! | [`observability`] | how to verify that the trail works: spans, counters, checks |
//! | `pipes` (feature `feed`) | the log in Kafka, syslog, collectors, another PostgreSQL |
//! | [`auditor`] | the questions of an auditor, where the answers are, and which have no answer yet |
//!
//! The [front page](crate) shows the first write. [`Writer`](crate::Writer) describes functions that write,
//! [`History`](crate::History) reads of the log, and [`Error`](crate::Error) the errors.

pub mod auditor;
pub mod existing_service;
pub mod generated_entities;
pub mod jobs;
pub mod observability;
pub mod operations;
#[cfg(feature = "feed")]
pub mod pipes;
