//! The body of a new payment (001-E01) and of a recharge (001-E16).
//!
//! No `Debug`: a payment password may be in it.

use std::net::IpAddr;

use fault::Fault;
use money::Minor;
use proto::{
    bill::v1::{
        CreateOrderRequest, EnsureExternalOrderRequest, Order, OrderKind, RechargeOrder,
        create_order_request::What,
    },
    payment::v1::{Channel, CreatePaymentRequest, Method},
};
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

use crate::{
    app::App,
    extract::{text_number, values},
    faces::{
        shapes::{amount_input_schema, client_address},
        words,
    },
};

const MERCHANT: &str = "merchantId";
const EXPIRE_MINUTES_MAX: i32 = 1_440;

/// A payment of an order (001-E01).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct NewPayment {
    /// The caller's own; of an order that we know, ours.
    #[serde(deserialize_with = "values::id")]
    #[schema(example = 987_654)]
    order_id: i64,
    /// Names the order. One that we do not know is made, over `amount`.
    #[serde(deserialize_with = "text_number")]
    #[schema(example = "ORD202401160001")]
    order_no: String,
    /// The token's user.
    #[serde(deserialize_with = "values::id")]
    #[schema(example = 12_345)]
    pub(crate) user_id: i64,
    #[serde(deserialize_with = "values::positive")]
    #[schema(schema_with = amount_input_schema)]
    amount: Minor,
    /// `CNY`.
    #[serde(default)]
    currency: Option<String>,
    /// `alipay`, `wechat`, `bank` or `balance`.
    #[serde(deserialize_with = "words::method_word")]
    #[schema(value_type = String, example = "alipay")]
    payment_method: Method,
    /// `app`, `web`, `h5` or `qr`.
    #[serde(deserialize_with = "words::channel_word")]
    #[schema(value_type = String, example = "app")]
    payment_channel: Channel,
    #[schema(min_length = 1, max_length = 100, example = "购买Java编程教程")]
    subject: String,
    #[serde(default)]
    #[schema(max_length = 1000)]
    description: Option<String>,
    /// Where the payer's browser goes afterwards; on a listed host.
    #[serde(default)]
    return_url: Option<String>,
    /// Where the caller hears of it, signed as Standard Webhooks say.
    #[serde(default)]
    notify_url: Option<String>,
    /// In minutes, 1 to 1440.
    #[serde(default, deserialize_with = "given_minutes")]
    #[schema(value_type = Option<i32>, minimum = 1, maximum = 1440, default = 30)]
    expire_time: Option<i32>,
    #[serde(default, deserialize_with = "given_address")]
    #[schema(value_type = Option<String>, example = "192.168.1.100")]
    client_ip: Option<IpAddr>,
    /// Anything about the device.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    device_info: Option<Map<String, Value>>,
    /// Anything; `merchantId` names who gets the money of an order that we do not know.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    extra_data: Option<Map<String, Value>>,
    /// Out of the balance above the limit of small payments: encrypted with the key of
    /// `/api/v1/payments/wallet/public-key`, base64.
    #[serde(default)]
    payment_password: Option<String>,
}

impl NewPayment {
    /// Asks the order service for the order of this number, which it makes if nobody knows it.
    ///
    /// *Errors*: validation, for a merchant that is neither a number nor a text.
    pub(crate) fn order(&self, app: &App) -> Result<EnsureExternalOrderRequest, Fault> {
        Ok(EnsureExternalOrderRequest {
            order_no: self.order_no.clone(),
            amount_minor: self.amount.get(),
            subject: self.subject.clone(),
            merchant_id: self.merchant_id()?.unwrap_or(app.merchant_id),
        })
    }

    /// Asks the payment service for a payment of an order.
    ///
    /// *Errors*: validation, for an address that is not allowed.
    pub(crate) fn request(self, order_id: i64, app: &App) -> Result<CreatePaymentRequest, Fault> {
        Ok(CreatePaymentRequest {
            order_id,
            order_no: String::new(),
            method: self.payment_method.into(),
            channel: self.payment_channel.into(),
            expected_amount_minor: self.amount.get(),
            currency: self.currency.unwrap_or_default(),
            return_url: app.links.returning("returnUrl", self.return_url.as_deref())?,
            notify_url: app.links.notified("notifyUrl", self.notify_url.as_deref())?,
            client_ip: self.client_ip.map_or_else(client_address, |address| address.to_string()),
            device_json: json_of(self.device_info),
            extra_json: json_of(self.extra_data),
            description: self.description.unwrap_or_default(),
            expire_minutes: self.expire_time.unwrap_or_default(),
            payment_password: self.payment_password.unwrap_or_default(),
        })
    }

    /// Refuses the id of another order. An outside business has ids of its own, of which we know nothing.
    pub(crate) fn is_about(&self, order: &Order) -> Result<(), Fault> {
        if order.kind() == OrderKind::External || order.id == self.order_id {
            return Ok(());
        }
        Err(Fault::validation("orderId", "must be the id of the order that orderNo names"))
    }

    /// Refuses addresses before anything is made.
    pub(crate) fn check(&self, app: &App) -> Result<(), Fault> {
        app.links.returning("returnUrl", self.return_url.as_deref())?;
        app.links.notified("notifyUrl", self.notify_url.as_deref())?;
        Ok(())
    }

    fn merchant_id(&self) -> Result<Option<i64>, Fault> {
        let Some(given) = self.extra_data.as_ref().and_then(|extra| extra.get(MERCHANT)) else {
            return Ok(None);
        };
        let text = match given {
            Value::String(text) if !text.trim().is_empty() => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => return Err(Fault::validation("extraData.merchantId", "must be an id or a name")),
        };
        Ok(Some(values::id_of_text(&text).unwrap_or_else(|| id_of_name(&text))))
    }
}

/// Money for one's own wallet (001-E16).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct NewRecharge {
    #[serde(deserialize_with = "values::positive")]
    #[schema(schema_with = amount_input_schema)]
    amount: Minor,
    /// `alipay`, `wechat` or `bank`.
    #[serde(deserialize_with = "provider_word")]
    #[schema(value_type = String, example = "alipay")]
    payment_method: Method,
    /// `app`, `web`, `h5` or `qr`.
    #[serde(deserialize_with = "words::channel_word")]
    #[schema(value_type = String, example = "app")]
    payment_channel: Channel,
    #[serde(default)]
    #[schema(max_length = 1000, example = "钱包充值")]
    description: Option<String>,
    /// Where the payer's browser goes afterwards; on a listed host.
    #[serde(default)]
    return_url: Option<String>,
}

impl NewRecharge {
    /// Asks the order service for the order.
    pub(crate) fn order(&self) -> CreateOrderRequest {
        let amount_minor = self.amount.get();
        CreateOrderRequest {
            what: Some(What::Recharge(RechargeOrder { amount_minor })),
            expected_amount_minor: amount_minor,
        }
    }

    /// Refuses an address before anything is made.
    pub(crate) fn check(&self, app: &App) -> Result<(), Fault> {
        app.links.returning("returnUrl", self.return_url.as_deref()).map(drop)
    }

    /// Asks the payment service for the payment.
    ///
    /// *Errors*: validation, for an address that is not allowed.
    pub(crate) fn request(self, order_id: i64, app: &App) -> Result<CreatePaymentRequest, Fault> {
        Ok(CreatePaymentRequest {
            order_id,
            method: self.payment_method.into(),
            channel: self.payment_channel.into(),
            expected_amount_minor: self.amount.get(),
            return_url: app.links.returning("returnUrl", self.return_url.as_deref())?,
            client_ip: client_address(),
            description: self.description.unwrap_or_default(),
            ..CreatePaymentRequest::default()
        })
    }
}

/// Makes the id of a merchant that is named by a word: 52 bits of the word's hash, always the same.
fn id_of_name(name: &str) -> i64 {
    let bytes = Sha256::digest(name.as_bytes());
    let number = bytes.iter().take(8).fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
    i64::try_from(number >> 12).unwrap_or(1).max(1)
}

fn json_of(object: Option<Map<String, Value>>) -> String {
    object.map(|object| Value::Object(object).to_string()).unwrap_or_default()
}

fn provider_word<'de, D: Deserializer<'de>>(reader: D) -> Result<Method, D::Error> {
    match words::method_word(reader)? {
        Method::Balance => Err(D::Error::custom("must be one of alipay, wechat, bank")),
        method => Ok(method),
    }
}

fn given_minutes<'de, D: Deserializer<'de>>(reader: D) -> Result<Option<i32>, D::Error> {
    let minutes = i32::deserialize(reader)?;
    if (1..=EXPIRE_MINUTES_MAX).contains(&minutes) {
        Ok(Some(minutes))
    } else {
        Err(D::Error::custom("must be from 1 to 1440"))
    }
}

fn given_address<'de, D: Deserializer<'de>>(reader: D) -> Result<Option<IpAddr>, D::Error> {
    let text = String::deserialize(reader)?;
    text.parse().map(Some).map_err(|_| D::Error::custom("must be an IP address"))
}
