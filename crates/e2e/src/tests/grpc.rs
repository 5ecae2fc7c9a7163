//! What an integrator finds who has nothing but a service's address: health, reflection in both versions, and a
//! refusal for everything else without an identity (contract section 2).

use std::collections::BTreeSet;

use anyhow::{Context, Result, bail};
use fault::Fault;
use futures::stream;
use prost::Message as _;
use prost_types::FileDescriptorProto;
use tonic::{Code, Request, Status, client::Grpc, codegen::http::uri::PathAndQuery, transport::Channel};
use tonic_prost::ProstCodec;
use tonic_reflection::pb::{v1, v1alpha};

use crate::stage::Stage;

/// Methods that a caller without any identity may use.
const OPEN: [&str; 4] = [
    "/dormpay.user.v1.UserService/Login",
    "/dormpay.user.v1.UserService/Refresh",
    "/dormpay.user.v1.UserService/Register",
    "/dormpay.wallet.v1.WalletService/GetPublicKey",
];
const LOGOUT: &str = "/dormpay.user.v1.UserService/Logout";
/// Methods that a user may enter behind the gateway, in his own name; all others are for services or operators.
const USERS: [(&str, &str); 8] = [
    (
        "bill.v1.BillService",
        "ConfirmShare CreateBill GetBill GetUserStats ListBills OpenDispute ResubmitBill ReviewBill",
    ),
    ("bill.v1.OrderService", "CreateOrder GetOrder ListOrders ListProducts"),
    (
        "expense.v1.ExpenseService",
        "CheckReceipt ConfirmSplit CreateExpense CreateExpenses DeleteExpense DeleteSettlement ExplainBalance \
         GetBalances GetExpense GetRoomStats GetSettlementPlan GetUserStats ImportExpenses ListDisputes ListExpenses \
         ListHistory ListSettlements OpenDispute PreviewImport RecordSettlement ResolveDispute UpdateExpense",
    ),
    (
        "payment.v1.PaymentService",
        "CancelOrder CancelPayment CreatePayment CreateRefund GetPayment GetPaymentOfOrder GetRefund ListPayments \
         ListRefunds QueryPayment",
    ),
    (
        "room.v1.RoomService",
        "AddMember CreateInvite CreateRoom DeleteRoom GetRoom JoinRoom ListEvents ListRooms RemoveMember \
         SetMemberRole TransferOwnership UpdateRoom",
    ),
    ("user.v1.MembershipService", "GetMembership"),
    (
        "user.v1.UserService",
        "ChangePassword Download GetMe GetUpload GetUsers ListNotifications Login ReadNotification Refresh \
         Register SearchUsers UpdateMe Upload",
    ),
    // An empty message means nobody's wallet, so that the methods for a user's own one refuse it.
    ("wallet.v1.WalletService", "GetBalance GetBalanceAt GetPublicKey ListEntries"),
];
const INFRASTRUCTURE: [&str; 3] = [
    "grpc.health.v1.Health",
    "grpc.reflection.v1.ServerReflection",
    "grpc.reflection.v1alpha.ServerReflection",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_service_explains_itself_to_whoever_has_its_address() -> Result<()> {
    let stage = Stage::start(&[]).await?;
    let (mut opened, mut entered) = (BTreeSet::new(), BTreeSet::new());
    let user = stage.person("grpc_user", "用户").await?;
    for (service, address) in stage.grpc() {
        let channel = Channel::from_shared(format!("http://{address}"))?.connect().await?;
        let names = services(&channel).await?;
        assert_eq!(
            names,
            services_for_older_tools(&channel).await?,
            "{service}: both versions list the same"
        );
        for name in INFRASTRUCTURE {
            assert!(names.contains(name), "{service} serves {name}: {names:?}");
        }
        let own = format!("dormpay.{service}.v1.");
        assert!(names.iter().any(|name| name.starts_with(&own)), "{service} serves its own: {names:?}");
        for name in names.iter().filter(|name| name.starts_with("dormpay.")) {
            let health = health(&channel, name).await.with_context(|| format!("{service}: {name}"))?;
            assert_eq!(health, SERVING, "{service}: {name}");
        }
        assert_eq!(health(&channel, "").await?, SERVING, "{service} as a whole");
        let unknown = health(&channel, "no.such.Service").await.unwrap_err();
        assert_eq!(unknown.downcast_ref::<Status>().map(Status::code), Some(Code::NotFound));
        for method in methods(&channel, &names).await? {
            let answer = call(&channel, &method, None).await;
            if !answer.is_err_and(|status| Fault::from(status).code() == fault::Code::AuthRequired) {
                opened.insert(method.clone());
            }
            // Its own effect would end the story's session; the gateway's stories drive it.
            if method != LOGOUT {
                let answer = call(&channel, &method, Some(user.token())).await;
                if !answer.is_err_and(|status| Fault::from(status).code() == fault::Code::Forbidden) {
                    entered.insert(method);
                }
            }
        }
    }
    assert_eq!(opened.iter().map(String::as_str).collect::<Vec<_>>(), OPEN, "open without an identity");
    let users = USERS.iter().flat_map(|(service, methods)| {
        methods.split_whitespace().map(move |method| format!("/dormpay.{service}/{method}"))
    });
    assert_eq!(entered, users.collect(), "open to a user");
    Ok(())
}

/// `grpc.health.v1.HealthCheckResponse.ServingStatus.SERVING`.
const SERVING: i32 = 1;

#[derive(Clone, PartialEq, prost::Message)]
struct HealthRequest {
    #[prost(string, tag = "1")]
    service: String,
}

#[derive(Clone, PartialEq, prost::Message)]
struct HealthReply {
    #[prost(int32, tag = "1")]
    status: i32,
}

async fn health(channel: &Channel, service: &str) -> Result<i32> {
    let mut grpc = Grpc::new(channel.clone());
    grpc.ready().await?;
    let path = PathAndQuery::from_static("/grpc.health.v1.Health/Check");
    let request = Request::new(HealthRequest { service: service.to_owned() });
    let codec = ProstCodec::<HealthRequest, HealthReply>::default();
    Ok(grpc.unary(request, path, codec).await?.into_inner().status)
}

/// What reflection v1 lists.
async fn services(channel: &Channel) -> Result<BTreeSet<String>> {
    use v1::{server_reflection_request::MessageRequest, server_reflection_response::MessageResponse};
    match ask(channel, MessageRequest::ListServices(String::new())).await? {
        MessageResponse::ListServicesResponse(list) => {
            Ok(list.service.into_iter().map(|service| service.name).collect())
        }
        other => bail!("no list: {other:?}"),
    }
}

/// What reflection v1alpha lists, which older tools ask.
async fn services_for_older_tools(channel: &Channel) -> Result<BTreeSet<String>> {
    use v1alpha::{server_reflection_request::MessageRequest, server_reflection_response::MessageResponse};
    let request = v1alpha::ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let mut client = v1alpha::server_reflection_client::ServerReflectionClient::new(channel.clone());
    let mut answers = client.server_reflection_info(stream::iter([request])).await?.into_inner();
    let answer = answers.message().await?.context("no answer")?.message_response;
    match answer {
        Some(MessageResponse::ListServicesResponse(list)) => {
            Ok(list.service.into_iter().map(|service| service.name).collect())
        }
        other => bail!("no list: {other:?}"),
    }
}

async fn ask(
    channel: &Channel,
    question: v1::server_reflection_request::MessageRequest,
) -> Result<v1::server_reflection_response::MessageResponse> {
    let request = v1::ServerReflectionRequest { host: String::new(), message_request: Some(question) };
    let mut client = v1::server_reflection_client::ServerReflectionClient::new(channel.clone());
    let mut answers = client.server_reflection_info(stream::iter([request])).await?.into_inner();
    answers.message().await?.context("no answer")?.message_response.context("an empty answer")
}

/// The paths of all methods of the platform's own services, read from the descriptions that reflection gives.
async fn methods(channel: &Channel, names: &BTreeSet<String>) -> Result<Vec<String>> {
    use v1::{server_reflection_request::MessageRequest, server_reflection_response::MessageResponse};
    let mut paths = Vec::new();
    for name in names.iter().filter(|name| name.starts_with("dormpay.")) {
        let question = MessageRequest::FileContainingSymbol(name.clone());
        let MessageResponse::FileDescriptorResponse(files) = ask(channel, question).await? else {
            bail!("{name} is not described")
        };
        for bytes in files.file_descriptor_proto {
            let file = FileDescriptorProto::decode(bytes.as_slice())?;
            for service in file.service {
                let service_name =
                    format!("{}.{}", file.package.as_deref().unwrap_or_default(), service.name());
                if &service_name == name {
                    let path = |method: &str| format!("/{service_name}/{method}");
                    paths.extend(service.method.iter().map(|method| path(method.name())));
                }
            }
        }
    }
    assert!(!paths.is_empty(), "{names:?} have methods");
    Ok(paths)
}

/// Calls a method with an empty message, with a user's token or with no identity.
async fn call(channel: &Channel, path: &str, token: Option<&str>) -> Result<(), Status> {
    let mut grpc = Grpc::new(channel.clone());
    grpc.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
    let path: PathAndQuery = path.parse().map_err(|_| Status::internal("no path"))?;
    let codec = ProstCodec::<(), ()>::default();
    let mut request = Request::new(());
    if let Some(token) = token {
        let value = format!("Bearer {token}").parse().map_err(|_| Status::internal("no token"))?;
        request.metadata_mut().insert("authorization", value);
    }
    grpc.server_streaming(request, path, codec).await?.into_inner().message().await.map(drop)
}
