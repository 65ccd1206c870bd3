//! Connections that break where it hurts: requests read by half, answers sent by half.

use axum::body::Body;
use hyper::body::{Body as _, Bytes, Frame, Incoming, SizeHint};
use std::{
    future::{Future, poll_fn},
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use tokio::time::Sleep;

/// Why a connection ends without an answer.
#[derive(Debug, thiserror::Error)]
#[error("cut on purpose")]
pub(super) struct Cut;

/// Long enough for what was written to be on its way before the connection closes.
const LINGER: Duration = Duration::from_millis(20);

/// Reads at least half of what a request says it has, and no more than one piece beyond.
pub(super) async fn read_half(mut body: Incoming) {
    let half = body.size_hint().lower() / 2;
    let mut read: u64 = 0;
    while read < half {
        match poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
            Some(Ok(frame)) => {
                let length = frame.data_ref().map_or(0, Bytes::len);
                read = read.saturating_add(u64::try_from(length).unwrap_or(u64::MAX));
            }
            _ => return,
        }
    }
}

/// The whole length is announced, half of the bytes come, then the connection breaks.
pub(super) fn half(whole: &Bytes) -> Body {
    let first = whole.slice(..whole.len() / 2);
    Body::new(Half {
        length: u64::try_from(whole.len()).unwrap_or(u64::MAX),
        first: Some(first),
        linger: Box::pin(tokio::time::sleep(LINGER)),
    })
}

struct Half {
    length: u64,
    first: Option<Bytes>,
    linger: Pin<Box<Sleep>>,
}

impl hyper::body::Body for Half {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        self.linger.as_mut().poll(cx).map(|()| Some(Err(Cut)))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.length)
    }
}
