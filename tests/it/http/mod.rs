//! Who and from where, over HTTP.

mod app;
mod client_ip;
mod cut;
mod openapi;
mod requests;
pub mod server;
mod source;
mod trail;
mod worker;
