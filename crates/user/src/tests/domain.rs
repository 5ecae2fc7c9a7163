//! What is true without a database.

use std::collections::BTreeMap;

use proto::user::v1::{NotificationFacts, NotificationType};

use crate::domain::{month, notice, text};

#[test]
fn months_have_no_holes_across_a_year() {
    let counted = BTreeMap::from([("2025-11".to_owned(), 2), ("2026-02".to_owned(), 1)]);
    let months = month::without_holes(&counted);
    let expected = [("2025-11", 2), ("2025-12", 0), ("2026-01", 0), ("2026-02", 1)];
    assert_eq!(months, expected.map(|(month, count)| (month.to_owned(), count)));
    assert_eq!(month::without_holes(&BTreeMap::new()), Vec::new());
}

#[test]
fn every_type_of_notification_has_a_notice_with_and_without_facts() {
    let facts = NotificationFacts {
        room_name: "302".to_owned(),
        subject: "电费".to_owned(),
        amount_minor: 1_250,
        currency: "USD".to_owned(),
        ..NotificationFacts::default()
    };
    for number in 1..=9 {
        let kind = NotificationType::try_from(number).unwrap();
        let full = notice::write(kind, &facts, Some("小王")).unwrap();
        assert!(full.body.contains("302") || full.body.contains("电费"), "{full:?}");
        let bare = notice::write(kind, &NotificationFacts::default(), None).unwrap();
        assert!(
            !bare.body.is_empty() && !bare.body.contains("「」") && !bare.body.contains("0.00"),
            "{bare:?}"
        );
    }
    assert_eq!(notice::write(NotificationType::Unspecified, &facts, None), None);
}

#[test]
fn a_foreign_currency_is_named() {
    let facts =
        NotificationFacts { amount_minor: 1_250, currency: "USD".to_owned(), ..NotificationFacts::default() };
    let notice = notice::write(NotificationType::SharePaid, &facts, Some("小王")).unwrap();
    assert_eq!(notice.body, "小王已支付费用的分摊，金额 12.50 USD");
}

#[test]
fn a_files_name_loses_its_path_and_what_cannot_be_seen() {
    assert_eq!(text::file_name("../../etc/passwd"), "passwd");
    assert_eq!(text::file_name("C:\\a\\收据.png"), "收据.png");
    assert_eq!(text::file_name("a\u{202e}gnp.exe\n"), "agnp.exe");
    assert_eq!(text::file_name(""), "");
}
