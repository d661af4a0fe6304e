use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use audit_runtime::feed::{Format, Lines, Sink};
use tokio::io::AsyncWrite;

use super::{super::csv, super::json_lines, batch, messages};

#[tokio::test]
async fn lines_are_those_of_the_format() {
    let mut bytes = Vec::new();
    let mut sink = Lines::new(json_lines(), &mut bytes);
    sink.deliver(&batch()).await.unwrap();
    let text = String::from_utf8(bytes).unwrap();
    assert_eq!(text.lines().collect::<Vec<_>>(), messages(&json_lines()));

    let mut bytes = Vec::new();
    let mut sink = Lines::new(csv(), &mut bytes);
    sink.deliver(&batch()).await.unwrap();
    sink.deliver(&batch()).await.unwrap();
    let header = csv().header().unwrap();
    let text = String::from_utf8(bytes).unwrap();
    assert!(text.starts_with(&header));
    assert_eq!(text.matches(&header).count(), 1);
}

/// A writer that fails once, within a line.
#[derive(Default)]
struct Broken {
    bytes: Vec<u8>,
    is_mended: bool,
}

impl AsyncWrite for Broken {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.is_mended {
            self.bytes.extend(bytes);
            return Poll::Ready(Ok(bytes.len()));
        }
        if self.bytes.is_empty() {
            self.bytes.extend(&bytes[..10]);
            return Poll::Ready(Ok(10));
        }
        self.is_mended = true;
        Poll::Ready(Err(io::Error::other("the pipe is full")))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[tokio::test]
async fn a_line_that_was_cut_short_ends_before_the_next() {
    let mut broken = Broken::default();
    let mut sink = Lines::new(json_lines(), &mut broken);
    let error = sink.deliver(&batch()).await.unwrap_err();
    assert_eq!(error.to_string(), "the pipe is full");
    sink.deliver(&batch()).await.unwrap();
    let text = String::from_utf8(broken.bytes).unwrap();
    let (torn, whole) = text.split_once('\n').unwrap();
    assert_eq!(torn, &messages(&json_lines())[0][..10]);
    assert_eq!(whole.lines().collect::<Vec<_>>(), messages(&json_lines()));
}
