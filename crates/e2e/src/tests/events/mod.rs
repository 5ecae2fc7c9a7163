//! Live events by name (000-V01 to V05, V10 to V14 and the added ones), and the frames around them (000-W01 to W04).

pub(super) mod ear;
mod frames;
mod resuming;
mod story;
mod system;

use anyhow::Result;

use super::room::Room;
use crate::stage::Stage;

/// How long a socket may keep silent before it must say who it is, on this stage. In life it is ten seconds.
const AUTH_TIMEOUT_MS: u64 = 700;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_event_is_heard_under_its_name() -> Result<()> {
    let stage = Stage::start(&[("LIVE_AUTH_TIMEOUT_MS", &AUTH_TIMEOUT_MS.to_string())]).await?;
    let room = Room::of_four(&stage).await?;
    let heard = story::a_room_is_heard_from_beginning_to_end(&stage, &room).await?;
    resuming::what_was_missed_is_sent_again(&stage, &room, &heard).await?;
    resuming::strangers_resume_nothing(&stage, &room).await?;
    frames::topics_are_chosen(&stage, &room).await?;
    frames::wrong_frames_are_named(&stage, &room).await?;
    frames::who_says_nothing_or_too_much_is_let_go(&stage, &room).await?;
    system::what_goes_away_and_comes_back_is_told(&stage, &room).await?;
    frames::sessions_that_end_end_their_sockets(&stage, &room).await
}
