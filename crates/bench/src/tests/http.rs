//! Reading the head of an answer.

use crate::http::Head;

#[test]
fn a_head_that_has_not_ended_is_waited_for() {
    assert_eq!(Head::parse(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n").unwrap(), None);
}

#[test]
fn status_and_length_are_read_whatever_the_case_of_the_name() {
    let head = Head::parse(b"HTTP/1.1 404 Not Found\r\nContent-Length: 12\r\n\r\n{\"suc").unwrap();
    assert_eq!(head, Some(Head { status: 404, bytes: 46, content_length: 12 }));
}

#[test]
fn an_answer_without_a_length_is_refused() {
    let chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    assert!(Head::parse(chunked).unwrap_err().to_string().contains("no content length"));
}
