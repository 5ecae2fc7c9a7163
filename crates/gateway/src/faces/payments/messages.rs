//! What the payments face says, in both languages.
//!
//! Document 001 prints texts for payments only; these follow their manner. The messages of refusals live in
//! `problem`.

use crate::language::messages;

messages! {
    PaymentCreated: "支付创建成功", "payment created";
    PaymentCancelled: "支付取消成功", "payment cancelled";
    PaymentSimulated: "模拟支付成功", "payment simulated";
    RefundRequested: "退款申请成功", "refund requested";
    Found: "查询成功", "found";
    WithdrawalRequested: "提现申请成功", "withdrawal requested";
    Transferred: "转账成功", "transferred";
    PaymentPasswordSet: "支付密码设置成功", "payment password set";
    PaymentPasswordReset: "支付密码重置成功", "payment password reset";
    AccountFrozen: "账户冻结成功", "account frozen";
    AccountUnfrozen: "账户解冻成功", "account unfrozen";
}
