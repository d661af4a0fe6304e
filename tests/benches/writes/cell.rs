//! The conditions of a measurement.

use std::{fmt, time::Duration};

use sea_orm::DbBackend;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// The delay that is added each way between pool and server.
    pub delay: Duration,
    /// The number of concurrent callers. On SQLite they share SeaORM's one connection.
    pub connections: usize,
    /// 30 columns instead of 8.
    pub wide: bool,
    /// On PostgreSQL: `synchronous_commit`.
    pub synchronous: bool,
    /// SeaORM's `test_before_acquire`: the pool pings the server before it lends a connection.
    pub tested: bool,
}

/// The delay each way, if there is one.
pub const DELAY: Duration = Duration::from_micros(500);

impl Cell {
    pub fn new(delay: Duration, connections: usize) -> Self {
        Self {
            delay,
            connections,
            wide: false,
            synchronous: true,
            tested: true,
        }
    }

    pub fn all(backend: DbBackend) -> Vec<Self> {
        let delays: &[_] = match backend {
            // SQLite has no network.
            DbBackend::Sqlite => &[Duration::ZERO],
            _ => &[Duration::ZERO, DELAY],
        };
        let mut cells = Vec::new();
        for &delay in delays {
            for connections in [1, 8] {
                let cell = Self::new(delay, connections);
                cells.push(cell);
                cells.push(Self { wide: true, ..cell });
                if backend == DbBackend::Postgres {
                    for wide in [false, true] {
                        cells.push(Self {
                            wide,
                            synchronous: false,
                            ..cell
                        });
                    }
                }
                if backend != DbBackend::Sqlite {
                    cells.push(Self {
                        tested: false,
                        ..cell
                    });
                }
            }
        }
        cells
    }

    /// The most informative cells.
    pub fn quick(backend: DbBackend) -> Vec<Self> {
        let near = Self::new(Duration::ZERO, 8);
        match backend {
            DbBackend::Postgres => vec![near, Self::new(DELAY, 8)],
            _ => vec![near],
        }
    }
}

/// The key in the JSON: delay and connections, and then every unusual setting.
impl fmt::Display for Cell {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let milliseconds = self.delay.as_secs_f64() * 1_000.0;
        write!(formatter, "{milliseconds}ms/{}", self.connections)?;
        for (unusual, name) in [
            (self.wide, "30_columns"),
            (!self.synchronous, "synchronous_commit_off"),
            (!self.tested, "test_before_acquire_off"),
        ] {
            if unusual {
                write!(formatter, "/{name}")?;
            }
        }
        Ok(())
    }
}
