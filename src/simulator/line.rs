//! One connection of a client, which can be cut while a request on it is being answered.
//!
//! A server that has read a request cannot take it back politely. Cutting the line makes every further write fail, so the
//! server closes the connection and the client gets no byte of the answer to a write that took effect (R35).

use std::io::{Error, ErrorKind, IoSlice, Result};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// A connection and what can cut it.
#[derive(Debug)]
pub(crate) struct Line {
    stream: TcpStream,
    scissors: Scissors,
}

/// Cuts one line, from anywhere.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scissors(Arc<AtomicBool>);

impl Line {
    /// Returns the line over a connection.
    pub(crate) fn new(stream: TcpStream) -> Self {
        Self { stream, scissors: Scissors::default() }
    }

    /// Returns what cuts this line.
    pub(crate) fn scissors(&self) -> Scissors {
        self.scissors.clone()
    }

    fn check(&self) -> Result<()> {
        if self.scissors.0.load(Ordering::Acquire) {
            return Err(Error::new(ErrorKind::ConnectionReset, "the line was cut"));
        }
        Ok(())
    }
}

impl Scissors {
    /// Cuts the line: nothing is written to it any more.
    pub(crate) fn cut(&self) {
        self.0.store(true, Ordering::Release);
    }
}

impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Line {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
