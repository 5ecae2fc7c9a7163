//! What the dorm face says after an act, in both languages.
//!
//! The Chinese texts of E01 to E36 are those of document 000, letter by letter; the others follow their manner.
//! The messages of refusals live in `problem`.

use crate::language::messages;

messages! {
    UserRegistered: "用户注册成功", "user registered";
    LoggedIn: "登录成功", "logged in";
    TokenRefreshed: "令牌刷新成功", "token refreshed";
    LoggedOut: "退出登录成功", "logged out";
    UserUpdated: "用户信息更新成功", "user updated";
    PasswordChanged: "密码修改成功", "password changed";
    UserRoleChanged: "用户角色更新成功", "user role changed";
    UserStatusChanged: "用户状态更新成功", "user status changed";
    RoomCreated: "寝室创建成功", "room created";
    RoomUpdated: "寝室信息更新成功", "room updated";
    RoomDeleted: "寝室删除成功", "room deleted";
    RoomTransferred: "寝室所有权转让成功", "room ownership transferred";
    RoomJoined: "加入寝室成功", "room joined";
    InviteCreated: "邀请码创建成功", "invite created";
    MemberAdded: "成员添加成功", "member added";
    MemberRemoved: "成员移除成功", "member removed";
    MemberRoleChanged: "成员角色更新成功", "member role changed";
    ExpenseCreated: "费用创建成功", "expense created";
    ExpensesCreated: "费用批量创建成功", "expenses created";
    ExpenseUpdated: "费用更新成功", "expense updated";
    ExpenseDeleted: "费用删除成功", "expense deleted";
    SplitConfirmed: "分摊支付确认成功", "split payment confirmed";
    ExpensesImported: "费用导入成功", "expenses imported";
    SettlementRecorded: "结算记录创建成功", "settlement recorded";
    SettlementDeleted: "结算记录删除成功", "settlement deleted";
    DisputeOpened: "争议提交成功", "dispute opened";
    DisputeResolved: "争议处理成功", "dispute resolved";
    BillCreated: "账单创建成功", "bill created";
    BillResubmitted: "账单重新提交成功", "bill sent again";
    BillReviewed: "账单审核成功", "bill reviewed";
    BillPaymentConfirmed: "账单支付确认成功", "bill payment confirmed";
    BillPaymentBegun: "账单支付创建成功", "bill payment begun";
    RefundApproved: "退款审批通过", "refund approved";
    RefundRejected: "退款已驳回", "refund rejected";
    PaymentUnfrozen: "支付解冻成功", "payment unfrozen";
    FileUploaded: "文件上传成功", "file uploaded";
    NotificationRead: "通知已读", "notification read";
    TaskTriggered: "定时任务触发成功", "task triggered";
}
