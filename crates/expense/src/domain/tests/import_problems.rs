//! Tests of what is refused in an export.
//!
//! Each problem is compared with its line, its column and its words.
use crate::domain::import::{FILE_BYTES_MAX, PROBLEMS_MAX, ROWS_MAX, read};

const HEADER: &str = "Date,Description,Category,Cost,Currency,A,B";

/// Reads a file whose first row stands on line 3, and gives its problems.
fn problems(rows: &str) -> Vec<(u64, String, String)> {
    of(&format!("{HEADER}\n\n{rows}"))
}

fn of(file: &str) -> Vec<(u64, String, String)> {
    let problems = read(file.as_bytes()).problems;
    problems.into_iter().map(|problem| (problem.line, problem.column, problem.message)).collect()
}

fn problem(line: u64, column: &str, message: &str) -> (u64, String, String) {
    (line, column.to_owned(), message.to_owned())
}

#[test]
fn a_total_that_differs_by_a_fen_is_a_problem_that_names_column_and_figures() {
    assert_eq!(
        problems(
            "2025-09-03,Tea,General,10.00,CNY,5.00,-5.00\n\n2025-09-04,Total balance, , ,CNY,5.00,-4.99\n"
        ),
        [problem(5, "B", "the rows add up to -5.00, but the total balance says -4.99")]
    );
}

#[test]
fn a_damaged_total_of_the_dorm_is_found_on_its_line() {
    let dorm = include_str!("../../../../../demo/splitwise-export-dorm.csv");
    assert_eq!(
        of(&dorm.replace("281.60", "281.61")),
        [problem(134, "室友D", "the rows add up to 281.60, but the total balance says 281.61")]
    );
}

#[test]
fn a_total_without_a_currency_is_compared_when_the_file_has_only_one() {
    let tea = "2025-09-03,Tea,General,10.00,EUR,5.00,-5.00\n";
    assert_eq!(problems(&format!("{tea}2025-09-04,Total balance,,,,5.00,-5.00\n")), []);
    let mixed = format!("{tea}{}2025-09-04,Total balance,,,,5.00,-5.00\n", tea.replace("EUR", "CNY"));
    assert_eq!(
        problems(&mixed),
        [problem(5, "Currency", "must be the currency of the total, an ISO 4217 code such as CNY")]
    );
}

#[test]
fn member_columns_that_do_not_add_up_are_told_by_how_much() {
    assert_eq!(
        problems("2025-09-03,Tea,General,10.00,CNY,5.00,-4.99\n"),
        [problem(3, "", "the member columns add up to 0.01, expected 0.00")]
    );
}

#[test]
fn every_bad_field_of_a_row_is_named_with_line_and_column() {
    assert_eq!(
        problems("2025-02-30,,General,1e3,cny,5.00,\"1,000.00\"\n"),
        [
            problem(3, "Date", "must be a date that exists, such as 2025-09-30"),
            problem(3, "Description", "must not be empty"),
            problem(3, "Cost", "must be a plain decimal number such as 12.50"),
            problem(3, "Currency", "must be an ISO 4217 currency code such as CNY"),
            problem(3, "B", "must be a plain decimal number such as 12.50"),
        ]
    );
}

#[test]
fn a_third_decimal_and_full_width_digits_are_refused() {
    assert_eq!(
        problems("2025-09-03,Tea,General,10.00,CNY,5.001,-5\n2025-09-03,Tea,General,10.00,CNY,５,-5.00\n"),
        [
            problem(3, "A", "must have at most two decimals"),
            problem(4, "A", "must be a plain decimal number such as 12.50"),
        ]
    );
}

#[test]
fn problems_use_the_words_of_the_files_own_header() {
    let file = "日期,描述,类别,费用,货币,甲,乙\n2025-09-31,火锅,餐饮,10,CNY,5,-5\n";
    assert_eq!(of(file), [problem(2, "日期", "must be a date that exists, such as 2025-09-30")]);
}

#[test]
fn a_cost_that_is_not_positive_or_less_than_the_debts_is_refused() {
    assert_eq!(
        problems("2025-09-03,Tea,General,0,CNY,5.00,-5.00\n2025-09-03,Tea,General,4.99,CNY,5.00,-5.00\n"),
        [
            problem(3, "Cost", "must be greater than 0"),
            problem(4, "Cost", "is less than 5.00, which is what the members owe"),
        ]
    );
}

#[test]
fn a_payment_among_three_or_of_another_amount_is_refused() {
    let file = "Date,Description,Category,Cost,Currency,A,B,C\n\
        2025-09-03,Back,Payment,10.00,CNY,10.00,-5.00,-5.00\n2025-09-03,Back,Payment,10.00,CNY,9.00,-9.00,\n";
    assert_eq!(
        of(file),
        [
            problem(2, "", "a payment must be from one member to one other"),
            problem(3, "Cost", "must be 9.00, which is what the payment moves"),
        ]
    );
}

#[test]
fn a_row_with_columns_missing_or_left_over_is_refused() {
    assert_eq!(
        problems("2025-09-03,Tea,General,10.00,CNY,5.00\n2025-09-03,Tea,General,10.00,CNY,5.00,-5.00,1.00\n"),
        [problem(3, "", "has 6 columns, expected 7"), problem(4, "", "has 8 columns, expected 7")]
    );
}

#[test]
fn blank_columns_that_a_spreadsheet_program_added_are_ignored() {
    let file = format!("{HEADER},,\n,,,,,,,,\n2025-09-03,Tea,General,10.00,CNY,5.00,-5.00,,\n");
    assert_eq!(of(&file), []);
}

#[test]
fn the_line_of_a_row_counts_blank_lines_and_quoted_line_breaks() {
    let rows =
        "2025-09-03,\"Tea\nand cake\",General,10.00,CNY,5.00,-5.00\n\n\nsoon,Tea,General,1.00,CNY,1,-1\n";
    let file = format!("a note\n\n{HEADER}\n\n{rows}");
    assert_eq!(of(&file), [problem(9, "Date", "must be a date that exists, such as 2025-09-30")]);
    assert_eq!(of(&file.replace('\n', "\r\n")), of(&file));
    assert_eq!(of(&file.replace('\n', "\r")), of(&file));
}

#[test]
fn a_quote_that_is_never_closed_is_a_problem_of_its_row() {
    let found =
        problems("2025-09-03,\"Tea,General,10.00,CNY,5.00,-5.00\n2025-09-03,Tea,General,1,CNY,1,-1\n");
    assert_eq!(found, [problem(3, "", "has 2 columns, expected 7")]);
}

#[test]
fn a_file_without_a_header_is_refused() {
    for file in ["", "\n\n", "hello", "a,b,c\n1,2,3\n", "{\"not\": \"csv\"}"] {
        let found = of(file);
        assert!(
            found.len() == 1 && found[0].0 == 1 && found[0].2.starts_with("no header was found"),
            "{found:?}"
        );
    }
}

#[test]
fn a_header_without_members_or_with_one_name_twice_is_refused() {
    assert_eq!(
        of("Date,Description,Category,Cost,Currency\n"),
        [problem(1, "", "the header names no member")]
    );
    assert_eq!(
        of("\nDate,Description,Category,Cost,Currency,A,,A\n"),
        [
            problem(2, "", "the header leaves a member column without a name"),
            problem(2, "A", "two member columns have this name"),
        ]
    );
}

#[test]
fn more_members_than_allowed_are_refused() {
    let members: Vec<String> = (0..101).map(|number| number.to_string()).collect();
    let file = format!("Date,Description,Category,Cost,Currency,{}\n", members.join(","));
    assert_eq!(of(&file), [problem(1, "", "the header must name at most 100 members")]);
}

#[test]
fn more_rows_than_allowed_are_refused_on_the_first_that_is_too_many() {
    let rows = "2025-09-03,Tea,General,10.00,CNY,5.00,-5.00\n".repeat(ROWS_MAX + 1);
    assert_eq!(problems(&rows), [problem(10_003, "", "the file must have at most 10000 rows")]);
    let allowed = &rows[..rows.len() / (ROWS_MAX + 1) * ROWS_MAX];
    let total = "2025-09-04,Total balance, , ,CNY,50000.00,-50000.00\n";
    assert_eq!(problems(&format!("{allowed}{total}")), []);
}

#[test]
fn a_file_that_is_too_large_is_refused() {
    let sheet = read(&vec![b'\n'; FILE_BYTES_MAX + 1]);
    assert_eq!(sheet.problems[0].message, "the file must be at most 5242880 bytes");
}

#[test]
fn a_file_that_is_not_utf8_is_refused_on_the_line_where_it_is_not() {
    let mut file = format!("{HEADER}\n\n2025-09-03,").into_bytes();
    file.extend([0xbb, 0xf0, 0xb9, 0xf8]);
    let problem = &read(&file).problems[0];
    assert_eq!((problem.line, problem.message.as_str()), (3, "the file must be text in UTF-8"));
}

#[test]
fn only_the_first_problems_of_a_file_full_of_them_are_listed() {
    let rows = "soon,Tea,General,10.00,CNY,5.00,-5.00\n".repeat(PROBLEMS_MAX * 2);
    assert_eq!(problems(&rows).len(), PROBLEMS_MAX);
}

#[test]
fn control_characters_and_texts_that_are_too_long_are_refused() {
    let long = "c".repeat(33);
    assert_eq!(
        problems(&format!("2025-09-03,T\u{1f}a,{long},10.00,CNY,5.00,-5.00\n")),
        [
            problem(3, "Description", "must not hold control characters"),
            problem(3, "Category", "must be at most 32 characters"),
        ]
    );
}
