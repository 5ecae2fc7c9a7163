//! What this service can do when asked: one verb, one file, from check to commit.
//!
//! What becomes of a payment whoever learns of it first stands in `fate`, what is asked of providers in `asking`, how a
//! refund is carried out in `refunding`, a withdrawal in `paying_out`. What the service does unasked stands in `workers`.

pub(crate) mod approve_refund;
pub(crate) mod asking;
pub(crate) mod cancel_order;
pub(crate) mod cancel_payment;
pub(crate) mod create_payment;
pub(crate) mod create_refund;
pub(crate) mod delete_payment;
pub(crate) mod fate;
pub(crate) mod get_payment;
pub(crate) mod get_payment_of_order;
pub(crate) mod get_payments;
pub(crate) mod get_refund;
pub(crate) mod get_task_status;
pub(crate) mod handing_out;
pub(crate) mod handle_callback;
pub(crate) mod list_exceptions;
pub(crate) mod list_payments;
pub(crate) mod list_refunds;
pub(crate) mod mark_failed;
pub(crate) mod mark_success;
pub(crate) mod paying_out;
pub(crate) mod query_payment;
pub(crate) mod refunding;
pub(crate) mod reject_refund;
mod repeating;
pub(crate) mod seeing;
pub(crate) mod set_remark;
pub(crate) mod settling;
mod showing;
pub(crate) mod trigger_task;
pub(crate) mod unfreeze_payment;
pub(crate) mod withdraw;

use proto::payment::v1::TaskType;

use crate::domain::Task;

/// Gives the contract's word for a task.
fn encode(task: Task) -> TaskType {
    match task {
        Task::Reminder => TaskType::PaymentReminder,
        Task::Sync => TaskType::PaymentSync,
        Task::Cleanup => TaskType::PaymentCleanup,
    }
}
