//! The size of messages, read from the five bytes in front of each.
//!
//! It looks at lengths only and keeps nothing, so that a message that is too large is refused before it is
//! collected. The rule not to be broken: what is refused never reaches a service.

use bytes::Bytes;
use fault::{Code, Fault};
use futures::{StreamExt as _, TryStreamExt as _};
use http_body_util::{BodyStream, StreamBody};
use tonic::{Status, body::Body};

/// One byte says whether the message is compressed, four give its length.
const PREFIX_BYTES: usize = 5;

/// Ends a body with `PAYLOAD_TOO_LARGE` at the first message that is longer than allowed.
pub(super) fn limited(body: Body, bytes_max: usize) -> Body {
    let mut frames = Frames { bytes_max, prefix: Vec::with_capacity(PREFIX_BYTES), left: 0 };
    let checked = BodyStream::new(body).map(move |frame| {
        let frame = frame?;
        if let Some(data) = frame.data_ref() {
            frames.admit(data).map_err(Status::from)?;
        }
        Ok::<_, Status>(frame)
    });
    Body::new(StreamBody::new(checked.into_stream()))
}

struct Frames {
    bytes_max: usize,
    prefix: Vec<u8>,
    /// How many bytes of the present message are still to come.
    left: usize,
}

impl Frames {
    fn admit(&mut self, data: &Bytes) -> Result<(), Fault> {
        let mut rest = data.as_ref();
        while !rest.is_empty() {
            let passed = self.left.min(rest.len());
            self.left -= passed;
            let (_, after) = rest.split_at(passed);
            let (head, after) = after.split_at(after.len().min(PREFIX_BYTES - self.prefix.len()));
            self.prefix.extend_from_slice(head);
            rest = after;
            if let [_, length @ ..] = self.prefix.as_slice()
                && let Ok(length) = <[u8; 4]>::try_from(length)
            {
                self.left = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
                self.prefix.clear();
                if self.left > self.bytes_max {
                    return Err(too_large(self.left, self.bytes_max));
                }
            }
        }
        Ok(())
    }
}

fn too_large(bytes: usize, bytes_max: usize) -> Fault {
    Fault::new(
        Code::PayloadTooLarge,
        format!("the message has {bytes} bytes, at most {bytes_max} are allowed"),
    )
}
