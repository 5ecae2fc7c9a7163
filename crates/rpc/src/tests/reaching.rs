//! Finding a server that is not there yet, not there any more, or silent.

use std::{net::SocketAddr, time::Duration};

use fault::{Code as Reason, Fault};
use tokio::time::{Instant, sleep};
use tonic::{Code, Response};

use super::probe::{GET, PUT, Probe, run, say, server, server_at, to};
use crate::{channel, channel::accepting};

fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

#[tokio::test]
async fn a_channel_reaches_a_server_that_starts_later() {
    let address = loopback(testkit::free_port());
    let channel = to(address);
    let refused = say(&channel, PUT, "hello").await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
    assert_eq!(Fault::from(refused).code(), Reason::ServiceUnavailable);
    let _server = run(server_at(address, Probe::echo())).await;
    assert_eq!(say(&channel, PUT, "hello").await.unwrap(), "hello");
}

#[tokio::test]
async fn a_channel_finds_a_server_again_that_was_restarted() {
    let first = run(server(Probe::echo())).await;
    let (address, channel) = (first.address, first.channel());
    say(&channel, PUT, "hello").await.unwrap();
    first.stop.cancel();
    first.ended.await.unwrap().unwrap();
    let _second = run(server_at(address, Probe::echo())).await;
    assert_eq!(say(&channel, GET, "again").await.unwrap(), "again");
}

#[tokio::test]
async fn a_silent_server_costs_a_call_its_time_and_no_more() {
    let server = run(server(Probe::echo())).await;
    let proxy = testkit::proxy(&server.address.to_string()).await;
    let channel = to(loopback(proxy.port())).with_budget(Duration::from_millis(300));
    say(&channel, PUT, "hello").await.unwrap();
    proxy.freeze(true);
    let asked_at = Instant::now();
    let refused = say(&channel, PUT, "hello").await.unwrap_err();
    assert_eq!(refused.code(), Code::DeadlineExceeded);
    assert!(asked_at.elapsed() < Duration::from_secs(1), "{:?}", asked_at.elapsed());
}

#[tokio::test]
async fn a_silent_connection_is_given_up_and_made_anew() {
    let server = run(server(Probe::echo())).await;
    let proxy = testkit::proxy(&server.address.to_string()).await;
    let channel = to(loopback(proxy.port())).with_budget(Duration::from_millis(500));
    say(&channel, PUT, "hello").await.unwrap();
    proxy.freeze(true);
    sleep(Duration::from_millis(4_500)).await;
    proxy.freeze(false);
    assert_eq!(say(&channel, GET, "again").await.unwrap(), "again");
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_unavailable() {
    let probe = Probe::new(async |request| {
        sleep(Duration::from_millis(400)).await;
        Ok(Response::new(request.into_inner()))
    });
    let server = run(server(probe)).await;
    let proxy = testkit::proxy(&server.address.to_string()).await;
    let channel = to(loopback(proxy.port()));
    let cut = async {
        sleep(Duration::from_millis(200)).await;
        proxy.refuse(true);
    };
    let (refused, ()) = tokio::join!(say(&channel, PUT, "hello"), cut);
    assert_eq!(refused.unwrap_err().code(), Code::Unavailable);
}

#[tokio::test]
async fn a_host_name_is_looked_up_and_its_addresses_are_used() {
    let server = run(server(Probe::echo())).await;
    // The resolver reads this as 127.0.0.1, the channel as a name.
    let channel = channel(&format!("http://127.1:{}", server.address.port()), None).unwrap();
    assert_eq!(say(&channel, PUT, "hello").await.unwrap(), "hello");
}

#[tokio::test]
async fn a_name_without_an_address_is_unavailable_soon() {
    let channel = channel("http://nobody.invalid:7001", None).unwrap();
    let asked_at = Instant::now();
    let refused = say(&channel, PUT, "hello").await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
    assert!(asked_at.elapsed() < Duration::from_secs(2), "{:?}", asked_at.elapsed());
}

#[tokio::test]
async fn a_copy_that_does_not_accept_is_left_out_while_another_does() {
    let server = run(server(Probe::echo())).await;
    let dead = loopback(testkit::free_port());
    let found = accepting([server.address, dead].into()).await;
    assert_eq!(found, [server.address].into());
    assert_eq!(accepting([dead].into()).await, [dead].into());
}

#[tokio::test]
async fn an_address_that_is_none_is_refused_at_once() {
    for url in ["127.0.0.1:7001", "https://user:7001", "http://user", "http://:1", "ftp://user:1", ""] {
        assert_eq!(channel(url, None).unwrap_err().code(), Reason::InternalError, "{url}");
    }
}
