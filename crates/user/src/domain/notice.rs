//! What a notification says, made from its type and facts, in Chinese as the faces are.
//!
//! Who is told does not live here. The rule not to be broken: a fact that is missing leaves a whole sentence.

use money::{Currency, Minor};
use proto::user::v1::{NotificationFacts, NotificationType};

const TEXT_CHARS_MAX: usize = 60;

/// A title and a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Notice {
    pub(crate) title: &'static str,
    pub(crate) body: String,
}

/// Writes a notice. `actor` is the full name of who caused it, if somebody did. An unknown type has no notice.
pub(crate) fn write(
    kind: NotificationType,
    facts: &NotificationFacts,
    actor: Option<&str>,
) -> Option<Notice> {
    let who = actor.map_or_else(|| "系统".to_owned(), cut);
    let room = quoted(&facts.room_name, "寝室");
    let amount = amount(facts);
    let of_amount = if amount.is_empty() { String::new() } else { format!("，金额 {amount}") };
    let (title, body) = match kind {
        NotificationType::Unspecified => return None,
        NotificationType::RoomJoined => ("加入寝室", format!("{who}将你加入了{room}")),
        NotificationType::ExpenseOwed => {
            let expense = quoted(&facts.subject, "一笔费用");
            let share =
                if amount.is_empty() { String::new() } else { format!("，你需要分摊 {amount}") };
            ("新的费用分摊", format!("{who}在{room}记录了{expense}{share}"))
        }
        NotificationType::BillReviewNeeded => (
            "账单待审核",
            format!("{who}在{room}提交的账单{}等待你审核{of_amount}", quoted(&facts.subject, "")),
        ),
        NotificationType::BillApproved => {
            ("账单已通过", format!("账单{}已由{who}审核通过{of_amount}", quoted(&facts.subject, "")))
        }
        NotificationType::BillRejected => {
            ("账单被驳回", format!("账单{}已被{who}驳回", quoted(&facts.subject, "")))
        }
        NotificationType::SharePaid => {
            ("收到分摊付款", format!("{who}已支付{}的分摊{of_amount}", quoted(&facts.subject, "费用")))
        }
        NotificationType::DisputeOpened => {
            ("新的争议", format!("{who}对{}的分摊提出了争议", quoted(&facts.subject, "费用")))
        }
        NotificationType::DisputeResolved => {
            ("争议已处理", format!("{who}处理了{}的争议", quoted(&facts.subject, "费用")))
        }
        NotificationType::PaymentReminder => {
            ("付款提醒", format!("你有一笔待支付的款项{}{of_amount}", quoted(&facts.subject, "")))
        }
    };
    Some(Notice { title, body })
}

fn amount(facts: &NotificationFacts) -> String {
    if facts.amount_minor == 0 {
        return String::new();
    }
    let amount = Minor::new(facts.amount_minor);
    match Currency::parse(&facts.currency) {
        Ok(Currency::CNY) | Err(_) => format!("{amount} 元"),
        Ok(currency) => format!("{amount} {}", currency.as_str()),
    }
}

fn quoted(text: &str, otherwise: &str) -> String {
    if text.is_empty() { otherwise.to_owned() } else { format!("「{}」", cut(text)) }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(TEXT_CHARS_MAX) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or(text)),
        None => text.to_owned(),
    }
}
