//! Sending what a client missed in a room, in the client's own name (contract section 10).
//!
//! The room service decides whether he may hear it. Topics filter what is sent; the place in the room moves on over
//! everything.

use std::time::Duration;

use fault::Fault;
use proto::{
    event::v1::Event,
    room::v1::{ListEventsRequest, ListEventsResponse},
};

use super::{
    fetch::PAGE_ROWS,
    frames::{After, ServerFrame},
    render,
    socket::{Close, Session},
};
use crate::visit::Visit;

/// Pages that one resume sends: far more than a flat makes in seven days.
const PAGES_MAX: usize = 200;
const PAGE_TIMEOUT: Duration = Duration::from_secs(3);

impl Session {
    /// Sends what the client missed and says when that was all.
    pub(super) async fn resume(&mut self, room_id: i64, after: After) -> Result<(), Close> {
        match self.replay(room_id, after).await? {
            Ok((last_seq, complete)) => self.say(&ServerFrame::Resumed { room_id, last_seq, complete }).await,
            Err(fault) => self.say(&ServerFrame::Error(fault.into())).await,
        }
    }

    /// Sends what is missing between what was told and what comes next.
    pub(super) async fn catch_up(&mut self, room_id: i64, after_seq: i64) -> Result<(), Close> {
        if let Err(fault) = self.replay(room_id, After::Seq(after_seq)).await? {
            tracing::warn!(%fault, room_id, "a gap in room {room_id} was not filled");
        }
        Ok(())
    }

    /// Sends the events of a room after a place. Gives the last place and whether nothing was missing.
    async fn replay(&mut self, room_id: i64, after: After) -> Result<Result<(i64, bool), Fault>, Close> {
        let mut after = after;
        let mut is_complete = true;
        let mut last_seq = 0;
        for _ in 0..PAGES_MAX {
            let page = match self.page(room_id, &after).await {
                Ok(page) => page,
                Err(fault) => return Ok(Err(fault)),
            };
            if let (After::Seq(seq), Some(first)) = (&after, page.events.first()) {
                is_complete &= first.seq == seq.saturating_add(1);
            }
            last_seq = page.events.last().map_or(page.last_seq, |event| event.seq);
            let is_last = page.events.is_empty() || last_seq >= page.last_seq;
            for event in page.events {
                self.replay_one(room_id, event).await?;
            }
            if is_last || self.end.borrow().is_some() {
                break;
            }
            after = After::Seq(last_seq);
        }
        let told = self.told.entry(room_id).or_insert(last_seq);
        *told = (*told).max(last_seq);
        Ok(Ok((last_seq, is_complete)))
    }

    async fn replay_one(&mut self, room_id: i64, event: Event) -> Result<(), Close> {
        let seq = event.seq;
        if let Some(printed) = render::event(event).filter(|printed| self.topics.meets(printed.topics)) {
            self.send(printed.text.into()).await?;
        }
        let told = self.told.entry(room_id).or_insert(seq);
        *told = (*told).max(seq);
        Ok(())
    }

    async fn page(&mut self, room_id: i64, after: &After) -> Result<ListEventsResponse, Fault> {
        let (after_seq, after_uid) = match after {
            After::Seq(seq) => (*seq, String::new()),
            After::Uid(uid) => (0, uid.clone()),
        };
        let request = ListEventsRequest { room_id, after_seq, after_uid, limit: PAGE_ROWS };
        let context = rpc::Context {
            authorization: Some(self.authorization.clone()),
            ..rpc::Context::edge(Visit::request_id(), PAGE_TIMEOUT)
        };
        let mut room = self.live.0.peers.room();
        Ok(rpc::context::scope(context, room.list_events(request)).await?.into_inner())
    }
}
