//! Reads that come at the same moment.

use std::{
    future::{Ready, ready},
    sync::{Arc, Mutex},
};

use fault::{Code, Fault};
use tokio::sync::{Notify, Semaphore};

use crate::Joint;

/// A joint whose calls wait until they are let through, and what they were asked.
struct Slow {
    joint: Joint<u32, u32>,
    calls: Arc<Mutex<Vec<Vec<u32>>>>,
    through: Arc<Semaphore>,
}

impl Slow {
    fn new(most: usize) -> Self {
        let (calls, through): (Arc<Mutex<Vec<Vec<u32>>>>, _) = (Arc::default(), Arc::new(Semaphore::new(0)));
        let (noted, gate) = (Arc::clone(&calls), Arc::clone(&through));
        let joint = Joint::start(most, move |asked: Vec<u32>| {
            noted.lock().unwrap().push(asked.clone());
            let gate = Arc::clone(&gate);
            async move {
                gate.acquire().await.unwrap().forget();
                Ok(asked.into_iter().map(tenfold).collect())
            }
        });
        Self { joint, calls, through }
    }
}

/// Seven is refused.
fn tenfold(number: u32) -> Result<u32, Fault> {
    if number == 7 { Err(Fault::not_found("seven")) } else { Ok(number * 10) }
}

fn alone(number: u32) -> Ready<Result<u32, Fault>> {
    ready(Ok(number + 1))
}

#[tokio::test]
async fn who_finds_nobody_there_goes_alone() {
    let slow = Slow::new(8);
    assert_eq!(slow.joint.ask(4, alone).await.unwrap(), 5);
    assert_eq!(slow.joint.ask(5, alone).await.unwrap(), 6);
    assert!(slow.calls.lock().unwrap().is_empty());
}

#[tokio::test]
async fn what_comes_meanwhile_goes_together_and_each_hears_his_own_answer() {
    let slow = Slow::new(8);
    let (gone, end) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (joint, started, ended) = (slow.joint.clone(), Arc::clone(&gone), Arc::clone(&end));
    let first = tokio::spawn(async move {
        let hold = |number| async move {
            started.notify_one();
            ended.notified().await;
            Ok(number)
        };
        joint.ask(1, hold).await
    });
    gone.notified().await;
    let asking: Vec<_> = (2..=12)
        .map(|number| {
            let joint = slow.joint.clone();
            tokio::spawn(async move { (number, joint.ask(number, alone).await) })
        })
        .collect();
    slow.through.add_permits(100);
    for one in asking {
        let (number, answer) = one.await.unwrap();
        match answer {
            Ok(answer) => assert_eq!(answer, number * 10),
            Err(fault) => assert_eq!((number, fault.code()), (7, Code::NotFound)),
        }
    }
    end.notify_one();
    assert_eq!(first.await.unwrap().unwrap(), 1);
    let calls = slow.calls.lock().unwrap().clone();
    assert_eq!(calls.iter().map(Vec::len).sum::<usize>(), 11, "{calls:?}");
    assert!(calls.len() < 11 && calls.iter().all(|call| call.len() <= 8), "{calls:?}");
}

#[tokio::test]
async fn a_call_that_fails_is_told_to_all_whom_it_joined() {
    let joint: Joint<u32, u32> = Joint::start(8, |_| async { Err(Fault::unavailable("nobody is there")) });
    let (gone, end) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (first, started, ended) = (joint.clone(), Arc::clone(&gone), Arc::clone(&end));
    let first = tokio::spawn(async move {
        let hold = |number| async move {
            started.notify_one();
            ended.notified().await;
            Ok(number)
        };
        first.ask(1, hold).await
    });
    gone.notified().await;
    for number in 2..5 {
        assert_eq!(joint.ask(number, alone).await.unwrap_err().code(), Code::ServiceUnavailable);
    }
    end.notify_one();
    assert_eq!(first.await.unwrap().unwrap(), 1);
}
