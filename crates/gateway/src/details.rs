//! Payments that users look at: reads of the same moment travel to the payment service together.
//!
//! Each brings its user's own token, and the payment service answers each by the rights of that token. What is shown of
//! a payment is the faces' business. The rule not to be broken: an answer goes to the one whose token asked for it.

use std::time::Duration;

use fault::{Code, Fault};
use proto::payment::v1::{
    GetPaymentRequest, GetPaymentResponse, GetPaymentsRequest, PaymentRead, PaymentShown, ReadRefusal,
    payment_service_client::PaymentServiceClient, payment_shown::Outcome,
};
use rpc::{Channel, Joint};

/// As the contract says.
const READS_MAX: usize = 128;
/// Each answer of a joined call may be as long as a single one.
const REPLY_BYTES_MAX: usize = 8 * 1024 * 1024;
const BUDGET: Duration = Duration::from_millis(2_500);
const BEARER: usize = "Bearer ".len();
const UNAVAILABLE_RETRY_SECONDS: u32 = 1;

/// Reads payments. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Details {
    payment: PaymentServiceClient<Channel>,
    joint: Joint<PaymentRead, GetPaymentResponse>,
}

impl Details {
    /// Starts to join reads. Needs a runtime.
    pub(crate) fn start(payment: Channel) -> Self {
        let payment = PaymentServiceClient::new(payment.with_budget(BUDGET));
        let payment = payment.max_decoding_message_size(REPLY_BYTES_MAX);
        let joined = payment.clone();
        let joint = Joint::start(READS_MAX, move |reads| together(joined.clone(), reads));
        Self { payment, joint }
    }

    /// Shows a payment to the user of this request. *Errors*: those of `GetPayment`.
    pub(crate) async fn show(&self, asked: GetPaymentRequest) -> Result<GetPaymentResponse, Fault> {
        let authorization = rpc::context::current().and_then(|context| context.authorization);
        let Some(token) = authorization.as_deref().and_then(|text| text.get(BEARER..)) else {
            return alone(self.payment.clone(), asked).await;
        };
        let read = PaymentRead { payment: Some(asked), token: token.to_owned() };
        let payment = self.payment.clone();
        self.joint.ask(read, |read| alone(payment, read.payment.unwrap_or_default())).await
    }
}

async fn alone(
    mut payment: PaymentServiceClient<Channel>,
    asked: GetPaymentRequest,
) -> Result<GetPaymentResponse, Fault> {
    Ok(payment.get_payment(asked).await?.into_inner())
}

async fn together(
    mut payment: PaymentServiceClient<Channel>,
    reads: Vec<PaymentRead>,
) -> Result<Vec<Result<GetPaymentResponse, Fault>>, Fault> {
    let reply = payment.get_payments(GetPaymentsRequest { reads }).await?.into_inner();
    Ok(reply.shown.into_iter().map(own).collect())
}

/// Reads one answer of many.
fn own(shown: PaymentShown) -> Result<GetPaymentResponse, Fault> {
    match shown.outcome {
        Some(Outcome::Found(found)) => Ok(found),
        Some(Outcome::Refusal(ReadRefusal { code, detail })) => match Code::parse(&code) {
            Some(Code::ServiceUnavailable) => {
                Err(Fault::unavailable(detail).with_retry_after(UNAVAILABLE_RETRY_SECONDS))
            }
            Some(code) => Err(Fault::new(code, detail)),
            None => Err(Fault::internal(format!("a read was refused with {code}"))),
        },
        None => Err(Fault::internal("a read was not answered")),
    }
}
