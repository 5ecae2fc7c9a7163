//! What the peers of orders know and were asked: memberships, points, shares that are paid online.

use std::{
    collections::BTreeMap,
    sync::{Arc, MutexGuard},
};

use fault::{Code, Fault};
use host::puppet::Puppet;
use proto::{
    expense::v1::{share_payment_service_server::SharePaymentServiceServer, *},
    user::v1::{membership_service_server::MembershipServiceServer, *},
    wallet::v1::{
        NewTransfer, PlaceHoldRequest, PlaceHoldResponse, PostRequest, PostResponse, ReleaseHoldRequest,
        ReleaseHoldResponse, SettleHoldRequest, SettleHoldResponse,
        wallet_service_server::WalletServiceServer,
    },
};

use super::stage::{ADMIN, OTHER, Shared, World};

/// What was delivered and taken back; each call by its number, so that a second one changes nothing.
#[derive(Default)]
pub(crate) struct Deliveries {
    /// Calls that deliver or take back, repeated ones too.
    pub(crate) calls: usize,
    /// Whether every call finds nobody.
    pub(crate) is_away: bool,
    /// What setting aside for a refund is told.
    pub(crate) refused: Option<Fault>,
    pub(crate) membership: Membership,
    pub(crate) grants: BTreeMap<String, GrantMembershipRequest>,
    pub(crate) taken: BTreeMap<String, TakeBackMembershipRequest>,
    pub(crate) returned: Vec<String>,
    pub(crate) posts: BTreeMap<String, NewTransfer>,
    pub(crate) holds: Vec<PlaceHoldRequest>,
    pub(crate) settled_holds: BTreeMap<String, SettleHoldRequest>,
    pub(crate) released_holds: Vec<i64>,
    pub(crate) settled: BTreeMap<String, SettleShareOnlineRequest>,
    pub(crate) opened: BTreeMap<String, TakeBackShareOnlineRequest>,
    pub(crate) is_frozen: bool,
    /// What of shares was handed over elsewhere.
    pub(crate) handed_over: i64,
    /// Whether a part of each share is owed to a second person.
    pub(crate) has_two_payees: bool,
}

/// Counts a call, and refuses it while nobody is there.
fn begin(world: &Shared) -> Result<MutexGuard<'_, World>, Fault> {
    let mut world = world.lock().unwrap();
    world.orders.calls += 1;
    if world.orders.is_away { Err(Fault::unavailable("away")) } else { Ok(world) }
}

pub(super) fn memberships(world: &Shared) -> Puppet<MembershipServiceServer<()>> {
    let [reading, granting, taking, returning] = std::array::from_fn(|_| Arc::clone(world));
    Puppet::default()
        .on("GetMembership", move |_: GetMembershipRequest| {
            let membership = reading.lock().unwrap().orders.membership.clone();
            Ok(GetMembershipResponse { membership: Some(membership) })
        })
        .on("GrantMembership", move |asked: GrantMembershipRequest| {
            begin(&granting)?.orders.grants.insert(asked.order_no.clone(), asked);
            Ok(GrantMembershipResponse::default())
        })
        .on("TakeBackMembership", move |asked: TakeBackMembershipRequest| {
            let mut world = begin(&taking)?;
            if let Some(fault) = world.orders.refused.clone() {
                return Err(fault);
            }
            world.orders.taken.insert(asked.refund_no.clone(), asked);
            Ok(TakeBackMembershipResponse::default())
        })
        .on("ReturnMembership", move |asked: ReturnMembershipRequest| {
            begin(&returning)?.orders.returned.push(asked.refund_no);
            Ok(ReturnMembershipResponse {})
        })
}

pub(super) fn wallet(world: &Shared) -> Puppet<WalletServiceServer<()>> {
    let [posting, holding, settling, releasing] = std::array::from_fn(|_| Arc::clone(world));
    Puppet::default()
        .on("Post", move |asked: PostRequest| {
            let transfer = asked.transfer.unwrap();
            begin(&posting)?.orders.posts.insert(transfer.idempotency_key.clone(), transfer);
            Ok(PostResponse::default())
        })
        .on("PlaceHold", move |asked: PlaceHoldRequest| {
            let mut world = begin(&holding)?;
            if let Some(fault) = world.orders.refused.clone() {
                return Err(fault);
            }
            let holds = &mut world.orders.holds;
            let known = holds.iter().position(|held| held.idempotency_key == asked.idempotency_key);
            if known.is_some_and(|place| holds[place] != asked) {
                return Err(Fault::new(Code::IdempotencyConflict, "another hold"));
            }
            let place = known.unwrap_or_else(|| {
                holds.push(asked);
                holds.len() - 1
            });
            Ok(PlaceHoldResponse { hold_id: i64::try_from(place).unwrap() + 1, expires_at: None })
        })
        .on("SettleHold", move |asked: SettleHoldRequest| {
            begin(&settling)?.orders.settled_holds.insert(asked.idempotency_key.clone(), asked);
            Ok(SettleHoldResponse::default())
        })
        .on("ReleaseHold", move |asked: ReleaseHoldRequest| {
            begin(&releasing)?.orders.released_holds.push(asked.hold_id);
            Ok(ReleaseHoldResponse::default())
        })
}

fn due(world: &World, asked: GetShareDueRequest) -> Result<GetShareDueResponse, Fault> {
    let shares = world.sealed.get(&asked.bill_id).ok_or_else(|| Fault::conflict("not approved"))?;
    let share = shares.iter().find(|share| share.user_id == asked.user_id);
    let share = share.ok_or_else(|| Fault::not_found("split"))?;
    let debt_minor = if asked.user_id == ADMIN { 0 } else { share.amount_minor };
    let is_of =
        |order: &&SettleShareOnlineRequest| order.user_id == asked.user_id && order.bill_id == asked.bill_id;
    let sum = |parts: &[MoneyPart]| parts.iter().map(|part| part.amount_minor).sum::<i64>();
    let settled: i64 = world.orders.settled.values().filter(is_of).map(|order| sum(&order.parts)).sum();
    let opened: i64 = world.orders.opened.values().map(|order| sum(&order.parts)).sum();
    let due_minor = debt_minor - (settled - opened + world.orders.handed_over).min(debt_minor);
    let second = if world.orders.has_two_payees { due_minor / 3 } else { 0 };
    let transfers = [(ADMIN, due_minor - second), (OTHER, second)]
        .into_iter()
        .filter(|(_, amount_minor)| *amount_minor > 0)
        .map(|(to_user_id, amount_minor)| Transfer { from_user_id: asked.user_id, to_user_id, amount_minor });
    Ok(GetShareDueResponse {
        room_id: super::stage::ROOM,
        currency: "CNY".to_owned(),
        due_minor,
        is_frozen: world.orders.is_frozen,
        transfers: transfers.collect(),
        debt_minor,
    })
}

pub(super) fn shares(world: &Shared) -> Puppet<SharePaymentServiceServer<()>> {
    let [asking, settling, checking, opening] = std::array::from_fn(|_| Arc::clone(world));
    Puppet::default()
        .on("GetShareDue", move |asked: GetShareDueRequest| due(&asking.lock().unwrap(), asked))
        .on("SettleShareOnline", move |asked: SettleShareOnlineRequest| {
            let mut world = begin(&settling)?;
            world.confirmed.push((asked.bill_id, asked.user_id));
            world.orders.settled.insert(asked.order_no.clone(), asked);
            Ok(SettleShareOnlineResponse {})
        })
        .on("CheckShareRefund", move |_: CheckShareRefundRequest| {
            match begin(&checking)?.orders.refused.clone() {
                Some(fault) => Err(fault),
                None => Ok(CheckShareRefundResponse {}),
            }
        })
        .on("TakeBackShareOnline", move |asked: TakeBackShareOnlineRequest| {
            begin(&opening)?.orders.opened.insert(asked.refund_no.clone(), asked);
            Ok(TakeBackShareOnlineResponse {})
        })
}
