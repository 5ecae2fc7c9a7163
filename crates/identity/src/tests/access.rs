//! Tables of who may call what.

use fault::Code;

use super::still;
use crate::{Allow, Caller, Role, ServiceName, User, access};

const AUDIT: &str = "dormpay.audit.v1.AuditService";

fn user(role: Role) -> User {
    User { id: 7, role, permissions: Vec::new(), session_id: 7, token_version: 1, expires_at: still().now() }
}

fn outcome(allow: Allow, caller: &Caller) -> Option<Code> {
    allow.admit(caller).err().map(|fault| fault.code())
}

#[test]
fn a_method_without_a_row_is_a_gap() {
    assert_eq!(access::gaps(&[], &[AUDIT]), ["/dormpay.audit.v1.AuditService/ListEntries has no row"]);
}

#[test]
fn a_row_without_a_method_is_a_gap_and_so_is_a_second_row() {
    const TABLE: access::Table = &[
        ("/dormpay.audit.v1.AuditService/ListEntries", Allow::Admin),
        ("/dormpay.audit.v1.AuditService/ListEntries", Allow::Anyone),
        ("/dormpay.audit.v1.AuditService/Burn", Allow::Admin),
    ];
    assert_eq!(access::gaps(TABLE, &[AUDIT]).len(), 2);
}

#[test]
fn each_row_admits_its_callers_and_nobody_else() {
    let nobody = Caller::default();
    let person = Caller { user: Some(user(Role::User)), via: None };
    let admin = Caller { user: Some(user(Role::Admin)), via: None };
    let bill = Caller { user: None, via: ServiceName::parse("bill") };
    let gateway = Caller { user: None, via: ServiceName::parse("gateway") };
    let passed_on = Caller { user: Some(user(Role::User)), via: ServiceName::parse("bill") };
    let (required, forbidden) = (Some(Code::AuthRequired), Some(Code::Forbidden));
    let expected = [
        (Allow::Anyone, [None; 6]),
        (Allow::User, [required, None, None, required, required, None]),
        (Allow::Admin, [required, forbidden, None, required, required, forbidden]),
        (Allow::Service(&["bill"]), [required, forbidden, forbidden, None, forbidden, None]),
        (Allow::UserOr(&["bill"]), [required, None, None, None, required, None]),
        (Allow::AdminOr(&["bill"]), [required, forbidden, None, None, required, forbidden]),
    ];
    for (allow, outcomes) in expected {
        let callers = [&nobody, &person, &admin, &bill, &gateway, &passed_on];
        assert_eq!(callers.map(|caller| outcome(allow, caller)), outcomes, "{allow:?}");
    }
}
