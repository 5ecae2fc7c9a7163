//! Pages that are asked for.

use proto::page::v1::{Info, Request};

use crate::Page;

fn page(number: i32, size: i32) -> Result<Page, fault::Fault> {
    Page::of(Some(Request { number, size }))
}

#[test]
fn a_page_leaves_out_the_rows_of_the_pages_before_it() {
    let third = page(3, 20).unwrap();
    assert_eq!((third.limit(), third.offset()), (20, 40));
    assert_eq!(third.info(57), Info { number: 3, size: 20, total_rows: 57 });
}

#[test]
fn without_a_page_it_is_the_first_ten_rows() {
    assert_eq!(Page::of(None).unwrap(), page(1, 10).unwrap());
}

#[test]
fn a_page_that_no_list_has_is_refused_by_its_field() {
    let field = |number, size| page(number, size).unwrap_err().field().map(str::to_owned);
    assert_eq!([field(0, 10), field(100_001, 10)], [(); 2].map(|()| Some("page".to_owned())));
    assert_eq!([field(1, 0), field(1, 101)], [(); 2].map(|()| Some("limit".to_owned())));
}
