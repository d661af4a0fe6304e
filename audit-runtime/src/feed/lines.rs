//! The sink for anything that takes bytes: standard output, a pipe, a socket.

use tokio::io::{AsyncWrite, AsyncWriteExt};

use super::{Batch, Format, Sink, SinkError};

/// Writes entries in a format to a writer: `Lines::new(JsonLines::new(log), tokio::io::stdout())` into the pipe of a
/// collector.
///
/// A batch is delivered when the writer is flushed. Whether the reader of a pipe has stored it is not known.
#[derive(Debug)]
pub struct Lines<F, W> {
    format: F,
    writer: W,
    is_begun: bool,
    /// Whether the last delivery was cut short, perhaps within a line.
    is_cut: bool,
}

impl<F: Format, W: AsyncWrite + Unpin + Send> Lines<F, W> {
    /// Creates the sink. It writes the header of the format first.
    pub fn new(format: F, writer: W) -> Self {
        Self {
            format,
            writer,
            is_begun: false,
            is_cut: false,
        }
    }
}

impl<F: Format, W: AsyncWrite + Unpin + Send> Sink for Lines<F, W> {
    async fn deliver(&mut self, batch: &Batch) -> Result<(), SinkError> {
        let mut text = String::new();
        if self.is_cut {
            text.push('\n');
        }
        if !self.is_begun {
            text.extend(self.format.header());
        }
        self.is_cut = true;
        for entry in batch.entries() {
            text.push_str(&self.format.line(entry));
            if text.len() >= AT_ONCE {
                self.writer.write_all(text.as_bytes()).await?;
                self.is_begun = true;
                text.clear();
            }
        }
        self.writer.write_all(text.as_bytes()).await?;
        self.writer.flush().await?;
        self.is_begun = true;
        self.is_cut = false;
        Ok(())
    }
}

const AT_ONCE: usize = 64 << 10;
