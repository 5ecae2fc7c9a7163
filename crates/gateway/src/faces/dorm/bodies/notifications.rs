//! Bodies of notifications (contract section 15).

use money::Minor;
use proto::user::v1 as user;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::shapes::{amount, amount_schema, given, instant, text};
use crate::extract::values;

/// Which notifications are asked for.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct NotificationsQuery {
    /// Only those that were not read.
    #[serde(default)]
    #[param(value_type = Option<bool>)]
    pub(crate) unread: bool,
    /// Page, from 1.
    #[serde(default = "values::first_page", deserialize_with = "values::page_number")]
    #[param(minimum = 1, default = 1, value_type = Option<i32>)]
    pub(crate) page: i32,
    /// Rows on a page, 1 to 100.
    #[serde(default = "values::usual_page_size", deserialize_with = "values::page_size")]
    #[param(minimum = 1, maximum = 100, default = 10, value_type = Option<i32>)]
    pub(crate) limit: i32,
}

/// Something a user should know.
#[derive(Serialize, ToSchema)]
pub(crate) struct Notification {
    id: i64,
    /// `room_joined`, `expense_owed`, `bill_review_needed`, `bill_approved`, `bill_rejected`, `share_paid`,
    /// `dispute_opened`, `dispute_resolved`, `payment_reminder`.
    #[serde(rename = "type")]
    #[schema(example = "expense_owed")]
    kind: &'static str,
    title: String,
    body: String,
    data: NotificationData,
    is_read: bool,
    created_at: String,
}

/// What a notification is about; each field only when it says something.
#[derive(Serialize, ToSchema)]
pub(crate) struct NotificationData {
    #[serde(skip_serializing_if = "Option::is_none")]
    room_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    room_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expense_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bill_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dispute_id: Option<i64>,
    /// Title of the expense or bill.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = amount_schema)]
    amount: Option<Minor>,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<String>,
    /// Who caused it.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<i64>,
}

impl From<user::NotificationFacts> for NotificationData {
    fn from(facts: user::NotificationFacts) -> Self {
        Self {
            room_id: given(facts.room_id),
            room_name: text(facts.room_name),
            expense_id: given(facts.expense_id),
            bill_id: given(facts.bill_id),
            dispute_id: given(facts.dispute_id),
            subject: text(facts.subject),
            amount: given(facts.amount_minor).map(amount),
            currency: text(facts.currency),
            user_id: given(facts.actor_user_id),
        }
    }
}

impl From<user::Notification> for Notification {
    fn from(notification: user::Notification) -> Self {
        Self {
            kind: kind(notification.r#type()),
            id: notification.id,
            title: notification.title,
            body: notification.body,
            data: notification.facts.unwrap_or_default().into(),
            is_read: notification.is_read,
            created_at: instant(notification.created_at),
        }
    }
}

const fn kind(kind: user::NotificationType) -> &'static str {
    match kind {
        user::NotificationType::Unspecified => "notice",
        user::NotificationType::RoomJoined => "room_joined",
        user::NotificationType::ExpenseOwed => "expense_owed",
        user::NotificationType::BillReviewNeeded => "bill_review_needed",
        user::NotificationType::BillApproved => "bill_approved",
        user::NotificationType::BillRejected => "bill_rejected",
        user::NotificationType::SharePaid => "share_paid",
        user::NotificationType::DisputeOpened => "dispute_opened",
        user::NotificationType::DisputeResolved => "dispute_resolved",
        user::NotificationType::PaymentReminder => "payment_reminder",
    }
}
