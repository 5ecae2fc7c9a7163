//! The control of the provider sandbox (contract section 13), for 001-E05 in development.
//!
//! It is told to let a payer pay; the money then arrives as it always does, signed by the provider. In production there
//! is none of this.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use fault::{Code, Fault};
use http::{Request, header::HOST};
use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, time::timeout};
use url::Url;

const PATIENCE: Duration = Duration::from_secs(5);
const OK: u16 = 200;
const NOT_FOUND: u16 = 404;
const CONFLICT: u16 = 409;

/// Reaches the control of the sandbox. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Sandbox(Arc<str>);

impl Sandbox {
    /// Knows the sandbox at an address; none if it is no address.
    pub(crate) fn at(url: &str) -> Option<Self> {
        let url = Url::parse(url).ok()?;
        Some(Self(format!("{}:{}", url.host_str()?, url.port_or_known_default()?).into()))
    }

    /// Lets the payer of a payment pay.
    ///
    /// *Errors*: `MOCK_PAYMENT_STATUS_ERROR` for a payment that the provider does not know,
    /// `MOCK_PAYMENT_NOT_PENDING` for one that is closed there, unavailable when the sandbox is away.
    pub(crate) async fn pay(&self, payment_no: &str, provider: &str) -> Result<(), Fault> {
        let path = format!("/control/trades/{payment_no}/pay?provider={provider}");
        let status = timeout(PATIENCE, self.post(&path));
        let away = |context: &str| Fault::unavailable("the sandbox is away").with_internal(context);
        match status.await.map_err(|_| away("no answer"))?.map_err(|error| away(&error))? {
            OK => Ok(()),
            NOT_FOUND => {
                Err(Fault::new(Code::MockPaymentStatusError, "the provider does not know the payment yet"))
            }
            CONFLICT => Err(Fault::new(Code::MockPaymentNotPending, "the provider has closed the payment")),
            status => Err(away(&format!("it answered {status}"))),
        }
    }

    async fn post(&self, path: &str) -> Result<u16, String> {
        let stream = TcpStream::connect(&*self.0).await.map_err(|error| error.to_string())?;
        let connected = http1::handshake(TokioIo::new(stream)).await;
        let (mut sender, connection) = connected.map_err(|error| error.to_string())?;
        let running = tokio::spawn(connection);
        let request = Request::post(path).header(HOST, &*self.0).body(Empty::<Bytes>::new());
        let answered = sender.send_request(request.map_err(|error| error.to_string())?).await;
        running.abort();
        Ok(answered.map_err(|error| error.to_string())?.status().as_u16())
    }
}
