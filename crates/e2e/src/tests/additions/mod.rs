//! What the contract adds to document 000 (sections 5, 7, 11, 15): each addition does what it says.

mod accounts;
mod disputes;
mod figures;
mod files;
mod limits;
mod money;
mod notices;
mod once_everywhere;
mod operators;
mod races;
mod rooms;
mod splits;
mod texts;

use std::time::Duration;

use anyhow::Result;

use super::face::refused;
use crate::{client::Client, stage::Stage};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_and_accounts_do_what_the_contract_adds() -> Result<()> {
    let stage = Stage::start(&[]).await?;
    accounts::a_refresh_token_works_once_and_its_theft_ends_the_family(&stage).await?;
    accounts::a_logout_ends_its_own_session_alone(&stage).await?;
    accounts::a_changed_password_ends_every_session(&stage).await?;
    accounts::people_are_found_by_name(&stage).await?;
    operators::administrators_manage_accounts(&stage).await?;
    operators::what_operators_did_is_written_down(&stage).await?;
    files::an_avatar_is_seen_by_everybody(&stage).await?;
    files::a_receipt_is_seen_by_its_room(&stage).await?;
    files::files_are_known_by_their_content(&stage).await?;
    texts::texts_have_their_limits(&stage).await?;
    texts::amounts_have_their_limits(&stage).await?;
    texts::ids_and_queries_are_read_strictly(&stage).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rooms_and_money_do_what_the_contract_adds() -> Result<()> {
    let stage = Stage::start(&[]).await?;
    rooms::invites_bring_people_in(&stage).await?;
    rooms::roles_and_ownership_change_hands(&stage).await?;
    rooms::nobody_goes_with_an_open_balance(&stage).await?;
    splits::shares_add_up_in_every_way_of_splitting(&stage).await?;
    splits::the_extra_fen_goes_round(&stage).await?;
    splits::several_people_pay_one_expense(&stage).await?;
    money::currencies_stay_apart(&stage).await?;
    money::an_expense_keeps_its_history(&stage).await?;
    money::of_two_edits_at_once_one_wins(&stage).await?;
    money::a_batch_is_all_or_nothing(&stage).await?;
    money::a_bill_takes_no_more_than_is_left(&stage).await?;
    figures::all_figures_come_from_the_same_rows(&stage).await?;
    figures::a_bill_shows_how_far_it_is_paid(&stage).await?;
    figures::an_import_says_what_it_would_do_and_what_it_did(&stage).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn disputes_reviews_and_notices_do_what_the_contract_adds() -> Result<()> {
    let stage = Stage::start(&[]).await?;
    disputes::a_disputed_share_is_frozen_alone(&stage).await?;
    disputes::a_disputed_bill_share_is_frozen_alone(&stage).await?;
    disputes::a_rejected_bill_is_sent_again(&stage).await?;
    notices::every_listed_cause_is_told(&stage).await?;
    notices::notices_are_paged_and_read(&stage).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_post_with_a_key_happens_once() -> Result<()> {
    once_everywhere::every_route_answers_again(&Stage::start(&[]).await?).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_at_once_only_as_many_win_as_may() -> Result<()> {
    let stage = Stage::start(&[]).await?;
    races::one_name_is_registered_once(&stage).await?;
    races::an_invite_is_used_as_often_as_it_may(&stage).await?;
    races::a_refresh_token_is_traded_once(&stage).await?;
    races::bills_never_hold_more_than_their_expense(&stage).await?;
    races::a_bill_is_reviewed_once(&stage).await?;
    races::nobody_leaves_a_debt_behind(&stage).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_hundred_and_first_request_of_a_minute_is_refused() -> Result<()> {
    let stage = Stage::start(&[("RATE_LIMIT_PER_MINUTE", "100")]).await?;
    limits::the_hundred_and_first_request_is_refused(&stage).await
}

/// The tokens of a session that has ended stop within a second.
async fn ends_within_a_second(client: &Client) -> Result<()> {
    tokio::time::sleep(Duration::from_secs(1)).await;
    refused(&client.get("/api/users/me").await?, 401, "AUTH_INVALID");
    Ok(())
}
