//! The service on a database of its own, with puppets for its peers.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::TimeDelta;
use clock::Clock;
use fault::Fault;
use host::{
    Peer,
    puppet::{self, Puppet},
    testing::{Line, Served, Visitor},
};
use identity::testing::Keys;
use proto::{
    bill::v1::{
        Bill, CreateBillRequest, NewBill, ReviewBillRequest, Status, bill_service_client::BillServiceClient,
    },
    event::v1::Event,
    expense::v1::{
        AllocateToBillRequest, AllocateToBillResponse, AllocatedItem, AllocatedShare, BillItem, BillShare,
        ConfirmBillShareRequest, ConfirmBillShareResponse, GetBillSharesRequest, GetBillSharesResponse,
        Payer, ReleaseBillRequest, ReleaseBillResponse, SealBillRequest, SealBillResponse, SplitType,
        expense_service_server::ExpenseServiceServer,
    },
    room::v1::{
        AppendEventsRequest, AppendEventsResponse, GetMembersRequest, GetMembersResponse,
        ListMembershipsRequest, ListMembershipsResponse, Member, MemberRole, Membership,
        room_service_server::RoomServiceServer,
    },
    user::v1::{NewNotification, NotifyRequest, NotifyResponse, user_service_server::UserServiceServer},
};
use tonic::Code;

use super::order_peers::{self, Deliveries};
use crate::settings::Own;

pub(crate) const ROOM: i64 = 10;
/// The room's admin and the payer of every expense.
pub(crate) const ADMIN: i64 = 1;
pub(crate) const MEMBER: i64 = 2;
pub(crate) const OTHER: i64 = 3;
pub(crate) const STRANGER: i64 = 99;

/// What the peers know and were asked.
#[derive(Default)]
pub(crate) struct World {
    pub(crate) allocations: Vec<AllocateToBillRequest>,
    pub(crate) releases: Vec<ReleaseBillRequest>,
    pub(crate) sealed: BTreeMap<i64, Vec<AllocatedShare>>,
    pub(crate) seals_refused: Option<Fault>,
    pub(crate) allocations_refused: Option<Fault>,
    pub(crate) confirmed: Vec<(i64, i64)>,
    pub(crate) events: Vec<Event>,
    pub(crate) notifications: Vec<NewNotification>,
    pub(crate) admins: Vec<i64>,
    pub(crate) orders: Deliveries,
}

pub(crate) type Shared = Arc<Mutex<World>>;

pub(crate) struct Stage {
    pub(crate) world: Shared,
    pub(crate) clock: Clock,
    pub(crate) served: Served,
    pub(crate) db: durable::Database,
    _held: testkit::TestDb,
    peers: [puppet::Served; 4],
}

impl Stage {
    pub(crate) async fn start() -> Self {
        Self::with(Clock::system()).await
    }

    /// Starts with a clock that stands still until it is moved.
    pub(crate) async fn still() -> Self {
        Self::with(Clock::manual(Clock::system().now())).await
    }

    async fn with(clock: Clock) -> Self {
        testkit::trace();
        let database = testkit::database(&crate::MIGRATIONS).await;
        let world: Shared = Arc::new(Mutex::new(World { admins: vec![ADMIN], ..World::default() }));
        let peers = [
            rooms(&world).serve().await,
            users(&world).serve_beside(order_peers::memberships(&world)).await,
            expenses(&world).serve_beside(order_peers::shares(&world)).await,
            order_peers::wallet(&world).serve().await,
        ];
        let keys = Keys::new(&clock);
        let host = host::testing::host(Peer::Bill, &database.url, &keys, clock.clone()).await.unwrap();
        let db = host.db().clone();
        let own = Own {
            zone: chrono_tz::Asia::Shanghai,
            room_url: peers[0].url.clone(),
            user_url: peers[1].url.clone(),
            expense_url: peers[2].url.clone(),
            wallet_url: peers[3].url.clone(),
            // Nobody is there: news may be lost, and nothing else depends on Redis.
            redis: ephemeral::Settings::at("redis://127.0.0.1:9/"),
            order_life: TimeDelta::minutes(30),
        };
        let served = Served::start(crate::open(host, &own).await.unwrap(), keys);
        Self { world, clock, served, db, _held: database, peers }
    }

    pub(crate) fn client(&self, user_id: i64) -> BillServiceClient<Line> {
        of(&self.served.user(user_id))
    }

    /// A bill by the room's admin over two expenses of 60.00 and 40.50, divided equally.
    pub(crate) async fn bill(&self) -> Bill {
        let reply =
            self.client(ADMIN).create_bill(CreateBillRequest { bill: Some(new_bill()) }).await.unwrap();
        reply.into_inner().bill.unwrap()
    }

    pub(crate) async fn review(&self, user_id: i64, bill_id: i64, status: Status) -> Result<Bill, Fault> {
        let request =
            ReviewBillRequest { bill_id, status: status.into(), review_comment: "看过了".to_owned() };
        let reply = self.client(user_id).review_bill(request).await?.into_inner();
        Ok(reply.bill.unwrap())
    }

    /// Waits until the relay has carried something to a peer.
    pub(crate) async fn until(&self, mut come_true: impl FnMut(&World) -> bool) {
        for _ in 0..500 {
            if come_true(&self.world.lock().unwrap()) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("it did not come true");
    }

    /// Where the room, the user, the expense and the wallet service are.
    pub(crate) fn peer_urls(&self) -> [&str; 4] {
        std::array::from_fn(|place| self.peers[place].url.as_str())
    }

    pub(crate) fn event_names(&self) -> Vec<String> {
        let world = self.world.lock().unwrap();
        world.events.iter().map(|event| event.uid.split(':').next().unwrap().to_owned()).collect()
    }
}

pub(crate) fn of(visitor: &Visitor) -> BillServiceClient<Line> {
    BillServiceClient::new(visitor.line())
}

pub(crate) fn new_bill() -> NewBill {
    NewBill {
        room_id: ROOM,
        title: "九月账单".to_owned(),
        description: "水电".to_owned(),
        due_date: "2099-12-31".to_owned(),
        items: vec![
            BillItem { expense_id: 501, amount_minor: 6_000 },
            BillItem { expense_id: 502, amount_minor: 4_050 },
        ],
        split_type: SplitType::Equal.into(),
        splits: Vec::new(),
    }
}

pub(crate) fn refused<T: std::fmt::Debug>(result: Result<T, tonic::Status>) -> (Code, Fault) {
    let status = result.unwrap_err();
    (status.code(), Fault::from(status))
}

fn rooms(world: &Shared) -> Puppet<RoomServiceServer<()>> {
    let (people, told) = (Arc::clone(world), Arc::clone(world));
    Puppet::default()
        .on("GetMembers", move |asked: GetMembersRequest| {
            if asked.room_id != ROOM {
                return Err(Fault::not_found("room"));
            }
            let admins = people.lock().unwrap().admins.clone();
            let role =
                |user_id| if admins.contains(&user_id) { MemberRole::Admin } else { MemberRole::Member };
            let members = [ADMIN, MEMBER, OTHER].map(|user_id| Member {
                user_id,
                role: role(user_id).into(),
                joined_at: None,
            });
            Ok(GetMembersResponse { room_name: "501".to_owned(), owner_id: ADMIN, members: members.into() })
        })
        .on("ListMemberships", |asked: ListMembershipsRequest| {
            let of = |user_id: &i64| Membership {
                user_id: *user_id,
                room_ids: if *user_id == STRANGER { Vec::new() } else { vec![ROOM] },
            };
            Ok(ListMembershipsResponse { memberships: asked.user_ids.iter().map(of).collect() })
        })
        .on("AppendEvents", move |asked: AppendEventsRequest| {
            told.lock().unwrap().events.extend(asked.events);
            Ok(AppendEventsResponse {})
        })
}

fn users(world: &Shared) -> Puppet<UserServiceServer<()>> {
    let world = Arc::clone(world);
    Puppet::default().on("Notify", move |asked: NotifyRequest| {
        world.lock().unwrap().notifications.extend(asked.notifications);
        Ok(NotifyResponse {})
    })
}

/// Every expense was paid by the admin and is shared by all three.
fn allocated(item: &BillItem) -> AllocatedItem {
    let third = item.amount_minor / 3;
    let shares = [(ADMIN, item.amount_minor - 2 * third), (MEMBER, third), (OTHER, third)];
    AllocatedItem {
        expense_id: item.expense_id,
        amount_minor: item.amount_minor,
        currency: "CNY".to_owned(),
        title: format!("expense {}", item.expense_id),
        category: "utilities".to_owned(),
        shares: shares.map(|(user_id, amount_minor)| AllocatedShare { user_id, amount_minor }).into(),
        payers: vec![Payer { user_id: ADMIN, amount_minor: item.amount_minor }],
    }
}

fn bill_share(world: &World, bill_id: i64, share: &AllocatedShare) -> BillShare {
    let debt_minor = if share.user_id == ADMIN { 0 } else { share.amount_minor };
    let is_paid = debt_minor > 0 && world.confirmed.contains(&(bill_id, share.user_id));
    BillShare {
        bill_id,
        user_id: share.user_id,
        amount_minor: share.amount_minor,
        debt_minor,
        paid_minor: if is_paid { debt_minor } else { 0 },
        is_paid,
        payee_user_ids: vec![ADMIN],
        ..BillShare::default()
    }
}

fn expenses(world: &Shared) -> Puppet<ExpenseServiceServer<()>> {
    let [allocating, releasing, sealing, confirming, showing] = std::array::from_fn(|_| Arc::clone(world));
    Puppet::default()
        .on("AllocateToBill", move |asked: AllocateToBillRequest| {
            let mut world = allocating.lock().unwrap();
            if let Some(fault) = world.allocations_refused.clone() {
                return Err(fault);
            }
            let items = asked.items.iter().map(allocated).collect();
            world.allocations.push(asked);
            Ok(AllocateToBillResponse { items })
        })
        .on("ReleaseBill", move |asked: ReleaseBillRequest| {
            releasing.lock().unwrap().releases.push(asked);
            Ok(ReleaseBillResponse {})
        })
        .on("SealBill", move |asked: SealBillRequest| {
            let mut world = sealing.lock().unwrap();
            if let Some(fault) = world.seals_refused.clone() {
                return Err(fault);
            }
            world.sealed.insert(asked.bill_id, asked.shares);
            Ok(SealBillResponse {})
        })
        .on("ConfirmBillShare", move |asked: ConfirmBillShareRequest| {
            confirming.lock().unwrap().confirmed.push((asked.bill_id, asked.user_id));
            Ok(ConfirmBillShareResponse::default())
        })
        .on("GetBillShares", move |asked: GetBillSharesRequest| {
            let world = showing.lock().unwrap();
            let of = |bill_id: &i64| {
                let shares = world.sealed.get(bill_id).cloned().unwrap_or_default();
                shares.iter().map(|share| bill_share(&world, *bill_id, share)).collect::<Vec<_>>()
            };
            Ok(GetBillSharesResponse { shares: asked.bill_ids.iter().flat_map(of).collect() })
        })
}
