//! Pipes: the log in Kafka, syslog, Vector, Fluent Bit, OpenTelemetry, Debezium or another PostgreSQL.
//!
//! A [`Feed`](crate::feed::Feed) delivers each settled entry at least once, in order, from a stored position. Prefer it
//! where a sink exists: webhooks, NATS JetStream, AMQP, files, standard output. The pipes on this page deliver the log
//! to systems without a sink.
//!
//! # From the command line
//!
//! `audit log --follow` prints an entry once no earlier one can appear. It keeps no position: after a restart, pass the
//! time where the receiver stopped to `--since`, and let the receiver drop the ids that it already has. In the formats
//! `ocsf`, `cloudevents` and `syslog`, each entry has a unique id, `<log>/<id>`.
//!
//! Kafka, by [kcat](https://github.com/edenhill/kcat). `acks=all` waits for all replicas, and the idempotent producer
//! keeps the order:
//!
//! ```sh
//! audit log --follow --format jsonl | kcat -P -b broker:9092 -t audit -X acks=all -X enable.idempotence=true
//! ```
//!
//! A syslog receiver over TCP, one line per entry (RFC 6587, section 3.4.2). The lines are complete RFC 5424 messages.
//! Do not send them through `logger`, which adds its own header:
//!
//! ```sh
//! audit log --follow --format syslog | socat -u - TCP:collector:601
//! ```
//!
//! Failed logins, counted by actor:
//!
//! ```sh
//! audit log --action LOGIN_FAILURE --format jsonl | jq -r '.actor.id // "nobody"' | sort | uniq -c
//! ```
//!
//! # From files and standard output
//!
//! [`RotatedFile`](crate::feed::RotatedFile) writes whole lines and renames a full file, and
//! [`Lines`](crate::feed::Lines) writes to standard output. Collectors read both. A collector that has read a line may
//! still lose it, so give it a buffer on disk.
//!
//! | collector | what to configure |
//! |---|---|
//! | Vector | a source `file` over the folder, or `stdin` behind the command line; `decoding.codec = "json"` |
//! | Fluent Bit | an input `tail` with `parser json` and `DB`, which keeps its position |
//! | OpenTelemetry Collector | a receiver `filelog` with a `storage`, and the operator `json_parser` |
//! | rsyslog | Do not use `imfile` with `reopenOnTruncate`: it may read a line twice or not at all when a file is renamed. Send syslog over TCP as above. |
//!
//! These configurations are not part of this project's tests.
//!
//! # From PostgreSQL itself
//!
//! Logical replication copies the log in the order of commits, and needs no feed. It needs `wal_level = logical`. A
//! publication of inserts alone does not copy a purge:
//!
//! ```sql
//! CREATE PUBLICATION audit FOR TABLE audit_log WITH (publish = 'insert')
//! ```
//!
//! - Erasures are updates, so this publication does not copy them: erase in the copy as well.
//! - A slot without a reader keeps the server's log until the disk is full. Set `max_slot_wal_keep_size`.
//! - The subscriber's table needs the columns of [`schema::statements`](crate::schema::statements). Its triggers do not
//!   run for replicated rows, except those that are `ENABLE ALWAYS`.
//!
//! Debezium reads the same slot. With its outbox router, set `table.field.event.key` to `entity_id` and
//! `route.by.field` to `entity_type`.
