//! Who may do what (reliability section 3, with the contract's rules above it).
//!
//! The key that signs tokens is the test's own, so that it can make tokens that are nearly right. A platform admin
//! who is no member is a stranger in a room.

mod cast;
mod inside;
mod nested;
mod paths;
mod strangers;
mod tokens;

use anyhow::Result;
use clock::Clock;
use identity::PrivateKey;

use self::cast::Cast;
pub(super) use self::cast::PNG;
use crate::stage::Stage;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_does_what_is_not_his_to_do() -> Result<()> {
    let key = PrivateKey::generate(&Clock::system())?;
    let stage = Stage::start(&[("JWT_PRIVATE_KEY", &key.to_pem()?)]).await?;
    let cast = Cast::gather(&stage).await?;
    let before = cast.state().await?;
    tokens::without_a_good_token_nothing_is_open(&stage, &cast, &key).await?;
    strangers::a_room_does_not_exist_for_strangers(&cast).await?;
    strangers::lists_and_numbers_tell_strangers_nothing(&cast).await?;
    inside::plain_members_do_not_administer(&cast).await?;
    inside::some_things_are_the_owners_alone(&cast).await?;
    inside::operators_work_is_for_operators(&cast).await?;
    nested::ids_of_others_do_not_work_inside_ones_own(&cast).await?;
    paths::no_spelling_of_a_path_opens_a_door(&cast).await?;
    assert_eq!(cast.state().await?, before, "nothing of all that changed anything");
    inside::what_everybody_may_works(&cast).await?;
    nested::what_was_deleted_is_gone_for_everybody(&cast).await
}
