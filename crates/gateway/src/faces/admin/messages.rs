//! What the admin face says, in both languages.
//!
//! The Chinese texts that document 002 prints are there letter by letter; the others follow their manner. The
//! messages of refusals live in `problem`.

use crate::language::messages;

messages! {
    Found: "查询成功", "found";
    PaymentCreated: "支付创建成功", "payment created";
    PaymentUpdated: "支付更新成功", "payment updated";
    PaymentDeleted: "支付删除成功", "payment deleted";
    SuccessHandled: "支付成功处理完成", "payment marked as successful";
    FailureHandled: "支付失败处理完成", "payment marked as failed";
    RefundHandled: "退款处理完成", "refund handled";
    RefundWaits: "退款申请已提交，等待审核", "refund asked for, it waits for approval";
    TradeCreated: "支付订单创建成功", "payment created";
    TradeClosed: "订单关闭成功", "closed";
    Paid: "支付成功", "paid";
    NotPaid: "支付未完成", "not paid";
}
