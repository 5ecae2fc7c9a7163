//! Bill files: the samples are read, what is written reads back, and what is broken is refused.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use money::Minor;

use super::{text, vectors};
use crate::{
    Error,
    alipay::{self, BillHead},
    unionpay::{self, FileRow},
    wechat,
};

fn unpacked(file: &serde_json::Value, name: &str) -> Vec<u8> {
    STANDARD.decode(text(file, name)).unwrap()
}

#[test]
fn wechats_sample_bill_reads_and_its_hash_holds() {
    let file = vectors("wechat_bill");
    let hash = text(&file, "sha1_of_uncompressed_hex");
    let content = wechat::unpack_bill(&unpacked(&file, "gzip_base64"), hash).unwrap();
    assert_eq!(content, text(&file, "csv").as_bytes());
    let rows = wechat::read_bill(&content).unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!((rows[0].amount, rows[0].trade_state.as_str()), (Minor::new(12_345), "SUCCESS"));
    assert_eq!((rows[0].out_refund_no.as_str(), rows[0].refund_amount), ("", Minor::ZERO));
    assert_eq!(
        (rows[1].out_refund_no.as_str(), rows[1].refund_amount),
        ("R202601010000000001", Minor::new(2_345))
    );
    let other = wechat::unpack_bill(&unpacked(&file, "gzip_base64"), &"0".repeat(40));
    assert_eq!(other, Err(Error::BadSignature));
}

#[test]
fn wechats_bill_reads_back_with_commas_other_line_ends_and_a_mark() {
    let file = vectors("wechat_bill");
    let mut rows = wechat::read_bill(text(&file, "csv").as_bytes()).unwrap();
    rows[0].description = "电费, 水费".to_owned();
    let written = wechat::write_bill(&rows);
    let marked = format!("\u{feff}{}", written.replace("\r\n", "\n"));
    assert_eq!(wechat::read_bill(marked.as_bytes()).unwrap(), rows);
    let packed = wechat::write_packed_bill(&rows).unwrap();
    assert_eq!(
        wechat::unpack_bill(&packed, &wechat::bill_hash(written.as_bytes())).unwrap(),
        written.as_bytes()
    );
}

#[test]
fn wechats_bill_is_refused_if_rows_are_missing_or_not_whole_fen() {
    let csv = vectors("wechat_bill");
    let csv = text(&csv, "csv");
    let cut: String =
        csv.split_inclusive('\n').enumerate().filter(|(at, _)| *at != 1).map(|(_, line)| line).collect();
    assert!(wechat::read_bill(cut.as_bytes()).is_err());
    let no_summary: String = csv.split_inclusive('\n').take(3).collect();
    assert_eq!(wechat::read_bill(no_summary.as_bytes()), Err(Error::Missing("the bill's summary")));
    assert!(
        wechat::read_bill(csv.replace("`123.45,`0.00,`\r\n", "`123.455,`0.00,`\r\n").as_bytes()).is_err()
    );
}

#[test]
fn alipays_sample_bill_reads() {
    let file = vectors("alipay_bill");
    let rows = alipay::read_bill(&unpacked(&file, "zip_base64")).unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!((rows[0].amount, rows[0].is_refund, rows[0].fee), (Minor::new(8_888), false, Minor::new(-53)));
    assert_eq!(
        (rows[0].trade_no.as_str(), rows[0].subject.as_str()),
        ("2026010122001400000000000001", "宿舍 费用")
    );
    assert_eq!((rows[1].amount, rows[1].is_refund), (Minor::new(-888), true));
    assert_eq!(rows[1].out_request_no, "AR202601010000000001");
}

#[test]
fn alipays_bill_reads_back() {
    let file = vectors("alipay_bill");
    let mut rows = alipay::read_bill(&unpacked(&file, "zip_base64")).unwrap();
    rows[0].subject = "电费, \"水费\"".to_owned();
    let head =
        BillHead { account: "2088000000000001", day: "20260101", exported_at: "2026年01月02日 10:00:00" };
    assert_eq!(alipay::read_bill(&alipay::write_bill(&head, &rows).unwrap()).unwrap(), rows);
    assert!(alipay::read_bill(b"no zip").is_err());
}

#[test]
fn unionpays_file_reads_back() {
    let rows = vec![
        FileRow {
            txn_time: "0101080030".to_owned(),
            order_id: "U2026010100000001".to_owned(),
            txn_type: "01".to_owned(),
            amount: Minor::new(12_345),
            query_id: "672601010800300000018".to_owned(),
        };
        2
    ];
    let written = unionpay::write_file("INN26010188ZM_777000000000001", &rows).unwrap();
    assert_eq!(unionpay::read_file(&written).unwrap(), rows);
    let exceptions = unionpay::write_file("INN26010188ZME_777000000000001", &rows).unwrap();
    assert_eq!(unionpay::read_file(&exceptions).unwrap(), []);
    assert!(unionpay::read_file("AAAA").is_err());
}
