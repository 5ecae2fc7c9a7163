//! Reading balances and lists: does it matter how much there is?
//!
//! One reader, one request after the other. Requests that are compared take turns, so that whatever slows the
//! machine slows both. The rule not to be broken: every answer is a success and has the rows it must have.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context, Result, ensure};
use tokio::time::Instant;

use crate::{
    figures::{Spread, median_ms, ratios},
    http::Connection,
    report::Report,
    seeded::{Rooms, SMALL},
};

const ROUNDS: u32 = 7;
const REQUESTS: u32 = 60;
/// Balances of the large room: at most twice the time of the small one.
const BALANCES_MIN: f64 = 0.5;
/// Pages that are compared with the first; the last one is told besides.
const FAR_PAGES: [i64; 2] = [1_000, 10_000];
/// A page far behind: at most three times the time of the first.
const PAGES_MIN: f64 = 1.0 / 3.0;

/// A request and its times in each round.
#[derive(Debug)]
struct Course {
    path: String,
    round: Vec<Duration>,
    medians_ms: Vec<f64>,
}

impl Course {
    fn new(path: String) -> Self {
        Self { path, round: Vec::new(), medians_ms: Vec::new() }
    }

    fn spread(&self) -> Result<Spread> {
        Spread::of(&self.medians_ms).with_context(|| format!("{} was not measured", self.path))
    }
}

/// Measures the balances of both rooms.
pub(crate) async fn balances(address: SocketAddr, rooms: &Rooms, report: &mut Report) -> Result<()> {
    let path = |room_id: i64| format!("/api/rooms/{room_id}/balances");
    let mut courses = [Course::new(path(rooms.small.room_id)), Course::new(path(rooms.large.room_id))];
    measure(address, &rooms.token, &mut courses).await?;
    let [small, large] = &courses;
    let ratio = ratio(small, large)?;
    let (many, note) = (rooms.large.expenses, "at most 2x, turned round: time of 100 expenses / time of all");
    report.ratio("balances", (ratio.median, BALANCES_MIN), spread_note(note, ratio));
    report.figure("balances_small_time", (small.spread()?.median, "ms"), format!("room of {SMALL} expenses"));
    report.figure("balances_large_time", (large.spread()?.median, "ms"), format!("room of {many} expenses"));
    Ok(())
}

/// Measures pages of the large room: the first, and those far behind.
pub(crate) async fn pages(address: SocketAddr, rooms: &Rooms, report: &mut Report) -> Result<()> {
    for limit in [10_i64, 100] {
        let path =
            |page: i64| format!("/api/expenses?room_id={}&limit={limit}&page={page}", rooms.large.room_id);
        let last = rooms.large.expenses / limit;
        let mut numbers: Vec<i64> = FAR_PAGES.into_iter().filter(|page| *page < last).collect();
        numbers.push(last);
        let mut courses: Vec<Course> =
            [1].iter().chain(&numbers).map(|page| Course::new(path(*page))).collect();
        measure(address, &rooms.token, &mut courses).await?;
        let (first, others) = courses.split_first().context("no page was measured")?;
        report.figure(
            format!("list_{limit}_page_1_time"),
            (first.spread()?.median, "ms"),
            format!("{limit} rows a page"),
        );
        for (page, course) in numbers.iter().zip(others) {
            let name = if *page == last { "last".to_owned() } else { page.to_string() };
            let ratio = ratio(first, course)?;
            report.figure(
                format!("list_{limit}_page_{name}_time"),
                (course.spread()?.median, "ms"),
                format!("page {page}"),
            );
            let note = spread_note("at most 3x, turned round: time of page 1 / time of this page", ratio);
            if *page == last {
                report.figure(format!("list_{limit}_last_vs_first"), (ratio.median, "x"), note);
            } else {
                report.ratio(format!("list_{limit}_page_{name}"), (ratio.median, PAGES_MIN), note);
            }
        }
    }
    Ok(())
}

fn ratio(first: &Course, second: &Course) -> Result<Spread> {
    Spread::of(&ratios(&first.medians_ms, &second.medians_ms)).context("nothing was compared")
}

fn spread_note(text: &str, spread: Spread) -> String {
    format!("{text}; median of {ROUNDS} rounds, {:.3} to {:.3}", spread.least, spread.most)
}

/// Sends every course's request in turns, in rounds; the first round only warms up.
async fn measure(address: SocketAddr, token: &str, courses: &mut [Course]) -> Result<()> {
    for round in 0..=ROUNDS {
        let mut connection = Connection::open(address, Some(token)).await?;
        for _ in 0..REQUESTS {
            for course in courses.iter_mut() {
                let start = Instant::now();
                let answer = connection.get(&course.path).await?;
                let time = start.elapsed();
                ensure!(answer.status == 200, "{}: {}: {}", course.path, answer.status, answer.text());
                course.round.push(time);
            }
        }
        for course in courses.iter_mut() {
            let times = std::mem::take(&mut course.round);
            course.medians_ms.extend(median_ms(&times).filter(|_| round > 0));
        }
    }
    Ok(())
}
