//! Tests of what an export becomes.
//!
//! The demo dorm is read from the project's own copy; properties run over random rows and damaged files.
use std::fmt::Write as _;

use money::{Currency, Minor, split_by_weights};
use proptest::prelude::*;

use super::{fen, minor};
use crate::domain::import::{ColumnPart, Entry, Expense, Row, Settlement, Sheet, parts_of, read};

const DORM: &str = include_str!("../../../../../demo/splitwise-export-dorm.csv");
const HEADER: &str = "Date,Description,Category,Cost,Currency,A,B,C";

fn sheet(rows: &str) -> Sheet {
    let sheet = read(format!("{HEADER}\n\n{rows}").as_bytes());
    assert_eq!(sheet.problems, []);
    sheet
}

fn expense(row: &Row) -> &Expense {
    match &row.entry {
        Entry::Expense(expense) => expense,
        Entry::Settlement(settlement) => panic!("{settlement:?} is no expense"),
    }
}

fn column_parts(pairs: &[(usize, i64)]) -> Vec<ColumnPart> {
    pairs.iter().map(|(column, amount)| ColumnPart { column: *column, amount: fen(*amount) }).collect()
}

fn balances(sheet: &Sheet, currency: Currency) -> Vec<i64> {
    let mut balances = vec![0; sheet.columns.len()];
    for row in sheet.rows.iter().filter(|row| row.currency == currency) {
        match &row.entry {
            Entry::Expense(expense) => {
                expense.payers.iter().for_each(|part| balances[part.column] += part.amount.get());
                expense.shares.iter().for_each(|part| balances[part.column] -= part.amount.get());
            }
            Entry::Settlement(settlement) => {
                balances[settlement.from_column] += settlement.amount.get();
                balances[settlement.to_column] -= settlement.amount.get();
            }
        }
    }
    balances
}

#[test]
fn after_the_import_of_the_dorm_every_balance_equals_the_last_row_to_the_fen() {
    let sheet = read(DORM.as_bytes());
    assert_eq!(sheet.problems, []);
    assert_eq!(sheet.columns, ["室友A", "室友B", "室友C", "室友D"]);
    assert_eq!(balances(&sheet, Currency::CNY), [-6_763, -8_297, -13_100, 28_160]);
}

#[test]
fn the_dorm_has_130_rows_of_which_ten_are_settlements() {
    let sheet = read(DORM.as_bytes());
    let settlements = sheet.rows.iter().filter(|row| matches!(row.entry, Entry::Settlement(_))).count();
    assert_eq!((sheet.rows.len(), settlements, sheet.unchanged), (130, 10, 0));
}

#[test]
fn every_expense_of_the_dorm_adds_up_and_nobody_consumes_less_than_nothing() {
    for row in &read(DORM.as_bytes()).rows {
        let Entry::Expense(expense) = &row.entry else { continue };
        for side in [&expense.payers, &expense.shares] {
            assert!(side.iter().all(|part| part.amount.is_positive()), "{row:?}");
            assert_eq!(Minor::sum(side.iter().map(|part| part.amount)), Some(expense.amount), "{row:?}");
        }
    }
}

#[test]
fn the_payer_of_a_row_consumed_what_the_others_do_not_cover() {
    let sheet = sheet("2025-09-03,Hot pot,Dining out,90.00,CNY,60.00,-30.00,-30.00\n");
    let expense = expense(&sheet.rows[0]);
    assert_eq!((expense.title.as_str(), expense.category.as_str()), ("Hot pot", "Dining out"));
    assert_eq!(expense.payers, column_parts(&[(0, 9_000)]));
    assert_eq!(expense.shares, column_parts(&[(0, 3_000), (1, 3_000), (2, 3_000)]));
}

#[test]
fn a_payer_who_consumed_nothing_has_no_share() {
    let sheet = sheet("2025-09-03,Gift,General,60.00,CNY,60.00,-30.00,-30.00\n");
    assert_eq!(expense(&sheet.rows[0]).shares, column_parts(&[(1, 3_000), (2, 3_000)]));
}

#[test]
fn two_payers_paid_their_nets_and_equal_parts_of_what_they_consumed() {
    let sheet = sheet("2025-09-03,Power,Electricity,60.00,CNY,5.00,15.00,-20.00\n");
    assert_eq!(expense(&sheet.rows[0]).payers, column_parts(&[(0, 2_500), (1, 3_500)]));
    assert_eq!(expense(&sheet.rows[0]).shares, column_parts(&[(0, 2_000), (1, 2_000), (2, 2_000)]));
}

#[test]
fn a_payment_goes_from_the_member_above_zero_to_the_one_below() {
    let sheet = sheet("2025-09-28,B paid A,Payment,306.19,CNY,-306.19,306.19,0.00\n");
    let settlement =
        Settlement { from_column: 1, to_column: 0, amount: minor("306.19"), note: "B paid A".to_owned() };
    assert_eq!(sheet.rows[0].entry, Entry::Settlement(settlement));
}

#[test]
fn a_chinese_export_with_a_mark_a_note_and_windows_line_ends_is_read() {
    let file = "\u{feff}来自 Splitwise 的导出\r\n\r\n日期,描述,类别,费用,货币,甲,乙\r\n\r\n\
        2025-09-03,火锅,餐饮,10.00,CNY,5.00,-5.00\r\n2025-09-04,乙付给甲,付款,5.00,CNY,-5.00,5.00\r\n\r\n\
        2025-09-05,总余额, , ,CNY,0.00,0.00\r\n";
    let sheet = read(file.as_bytes());
    assert_eq!(sheet.problems, []);
    assert_eq!(sheet.columns, ["甲", "乙"]);
    assert_eq!(sheet.rows.iter().map(|row| row.line).collect::<Vec<_>>(), [5, 6]);
    assert!(matches!(sheet.rows[1].entry, Entry::Settlement(_)));
}

#[test]
fn quoted_fields_keep_their_commas_and_quotes() {
    let sheet = sheet("2025-09-03,\"\"\"A\"\", b\",General,10.00,CNY,5.00,-5.00,\n");
    assert_eq!(expense(&sheet.rows[0]).title, "\"A\", b");
}

#[test]
fn an_empty_member_cell_is_zero() {
    let sheet = sheet("2025-09-03,Tea,General,10.00,CNY,, 5.00 ,-5.00\n");
    assert_eq!(expense(&sheet.rows[0]).payers, column_parts(&[(1, 1_000)]));
}

#[test]
fn a_row_that_changes_nobodys_balance_is_left_out() {
    let sheet = sheet("2025-09-03,Own lunch,General,10.00,CNY,0.00,0.00,0.00\n");
    assert_eq!((sheet.rows.len(), sheet.unchanged), (0, 1));
}

#[test]
fn each_currency_is_compared_with_its_own_total() {
    let sheet = sheet(
        "2025-09-03,Tea,General,10.00,CNY,5.00,-5.00,0\n2025-09-03,Tea,General,10.00,EUR,0,5.00,-5.00\n\
         2025-09-04,Total balance, , ,CNY,5.00,-5.00,0.00\n2025-09-04,Total balance, , ,EUR,0.00,5.00,-5.00\n",
    );
    assert_eq!(balances(&sheet, Currency::CNY), [500, -500, 0]);
    assert_eq!(balances(&sheet, Currency::parse("EUR").unwrap()), [0, 500, -500]);
}

#[test]
fn an_expense_that_is_called_total_balance_is_an_expense() {
    let sheet = sheet("2025-09-03,Total balance,General,10.00,CNY,5.00,-5.00,0\n");
    assert_eq!(expense(&sheet.rows[0]).title, "Total balance");
}

#[test]
fn a_description_too_long_for_a_title_is_cut_and_kept_beside_it() {
    let long = "长".repeat(150);
    let sheet = sheet(&format!("2025-09-03,{long},General,10.00,CNY,5.00,-5.00,0\n"));
    let expense = expense(&sheet.rows[0]);
    assert_eq!(expense.title, format!("{}…", "长".repeat(99)));
    assert_eq!(expense.description, long);
}

#[test]
fn a_column_that_no_row_needs_may_belong_to_nobody() {
    let sheet = sheet("2025-09-03,Tea,General,10.00,CNY,5.00,-5.00,0\n");
    assert_eq!(sheet.unassigned(&[Some(11), Some(12), None]), None);
    assert_eq!(sheet.unassigned(&[Some(11), None, None]), Some("B"));
    let payers = parts_of(&expense(&sheet.rows[0]).payers, &[Some(11), None, None]).unwrap();
    assert_eq!(payers, super::parts(&[(11, 1_000)]));
    assert_eq!(parts_of(&column_parts(&[(1, 5)]), &[Some(11), None, None]), None);
}

#[test]
fn rows_of_equal_content_have_keys_of_their_own_that_a_second_reading_repeats() {
    let row = "2025-09-03,Tea,General,10.00,CNY,5.00,-5.00,0\n";
    let twice = sheet(&row.repeat(2));
    assert_ne!(twice.rows[0].key, twice.rows[1].key);
    assert_eq!(twice, sheet(&row.repeat(2)));
    assert_eq!(twice.rows[0].key, sheet(row).rows[0].key);
}

#[test]
fn a_key_does_not_depend_on_line_category_column_order_or_new_members() {
    let key = |file: &str| {
        let sheet = read(file.as_bytes());
        assert_eq!(sheet.problems, []);
        sheet.rows[0].key.clone()
    };
    let before =
        key("Date,Description,Category,Cost,Currency,A,B\n2025-09-03,Tea,Food,10.0,CNY,5.00,-5.00\n");
    let after = key(
        "note\n\nDate,Description,Category,Cost,Currency,B,C,A\n\n2025-09-03, Tea ,Drinks,10,CNY,-5,0.00,5.0\n",
    );
    assert_eq!(before, after);
}

#[test]
fn a_key_depends_on_every_figure_of_the_row() {
    let keys: std::collections::BTreeSet<String> = [
        "2025-09-03,Tea,Food,10.00,CNY,5.00,-5.00,0",
        "2025-09-04,Tea,Food,10.00,CNY,5.00,-5.00,0",
        "2025-09-03,Teas,Food,10.00,CNY,5.00,-5.00,0",
        "2025-09-03,Tea,Food,10.01,CNY,5.00,-5.00,0",
        "2025-09-03,Tea,Food,10.00,EUR,5.00,-5.00,0",
        "2025-09-03,Tea,Food,10.00,CNY,5.01,-5.01,0",
        "2025-09-03,Tea,Food,10.00,CNY,5.00,0,-5.00",
        "2025-09-03,Tea,Payment,5.00,CNY,5.00,-5.00,0",
    ]
    .iter()
    .map(|row| sheet(row).rows[0].key.clone())
    .collect();
    assert_eq!(keys.len(), 8);
}

/// Nets of up to eight members that add up to zero, and a cost that covers the debts.
fn row() -> impl Strategy<Value = (Vec<i64>, i64)> {
    let weights =
        || prop::collection::vec(0_u64..=9, 8).prop_filter("somebody", |w| w.iter().any(|w| *w > 0));
    (1_i64..=1_000_000, weights(), weights()).prop_map(|(cost, paid, owed)| {
        let cut = |weights: &[u64]| split_by_weights(fen(cost), weights, cost).unwrap();
        let nets = cut(&paid).iter().zip(cut(&owed)).map(|(paid, owed)| paid.get() - owed.get()).collect();
        (nets, cost)
    })
}

proptest! {
    #[test]
    fn every_row_is_rebuilt_with_exactly_its_nets(rows in prop::collection::vec(row(), 1..=20)) {
        let mut file = "Date,Description,Category,Cost,Currency,A,B,C,D,E,F,G,H\n".to_owned();
        for (nets, cost) in &rows {
            write!(file, "2025-09-03,Any,General,{},CNY", fen(*cost)).unwrap();
            for net in nets {
                write!(file, ",{}", fen(*net)).unwrap();
            }
            file.push('\n');
        }
        let sheet = read(file.as_bytes());
        prop_assert_eq!(&sheet.problems, &[]);
        let changing: Vec<_> = rows.iter().filter(|(nets, _)| nets.iter().any(|net| *net != 0)).collect();
        prop_assert_eq!(sheet.rows.len(), changing.len());
        prop_assert_eq!(sheet.unchanged, rows.len() - changing.len());
        for (row, (nets, cost)) in sheet.rows.iter().zip(changing) {
            let expense = expense(row);
            for side in [&expense.payers, &expense.shares] {
                prop_assert!(side.iter().all(|part| part.amount.is_positive()));
                prop_assert_eq!(side.iter().map(|part| part.amount.get()).sum::<i64>(), *cost);
            }
            let alone = Sheet { rows: vec![row.clone()], ..sheet.clone() };
            prop_assert_eq!(&balances(&alone, Currency::CNY), nets);
        }
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let sheet = read(&bytes);
        prop_assert!(!sheet.problems.is_empty());
    }

    #[test]
    fn a_damaged_dorm_is_refused_or_still_adds_up(place in 0..DORM.len(), byte in any::<u8>()) {
        let mut bytes = DORM.as_bytes().to_vec();
        bytes[place] = byte;
        let sheet = read(&bytes);
        if sheet.problems.is_empty() {
            prop_assert_eq!(balances(&sheet, Currency::CNY).iter().sum::<i64>(), 0);
        }
    }
}
