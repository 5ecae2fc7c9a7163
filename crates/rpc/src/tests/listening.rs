//! Addresses that are taken.

use std::time::Duration;

use tokio::net::TcpListener;

use crate::{Error, listen};

#[tokio::test]
async fn an_address_that_is_given_up_soon_is_waited_for() {
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = taken.local_addr().unwrap();
    let give_up = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        drop(taken);
    };
    let (listener, ()) = tokio::join!(listen(address), give_up);
    assert_eq!(listener.unwrap().local_addr().unwrap(), address);
}

#[tokio::test]
async fn an_address_that_stays_taken_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = taken.local_addr().unwrap();
    let error = listen(address).await.unwrap_err();
    assert!(matches!(error, Error::Listen { address: named, .. } if named == address), "{error}");
}

#[tokio::test]
async fn a_port_that_a_connection_got_is_waited_for_longer() {
    let other = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let outgoing = socket.connect(other.local_addr().unwrap()).await.unwrap();
    let address = outgoing.local_addr().unwrap();
    // Ends by a reset, so that the port does not rest afterwards.
    outgoing.set_zero_linger().unwrap();
    let give_up = async {
        tokio::time::sleep(Duration::from_millis(3_500)).await;
        drop(outgoing);
    };
    let (listener, ()) = tokio::join!(listen(address), give_up);
    assert_eq!(listener.unwrap().local_addr().unwrap(), address);
}
