//! What the checkout face says after an act, in both languages.

use crate::language::messages;

messages! {
    OrderCancelled: "订单已取消", "order cancelled";
}
