//! A Redis of a test's own, which it can stop and start again.

use std::{
    process::{Child, Command, Stdio},
    time::Duration,
};

use clock::Clock;

use crate::{Redis, Settings};

/// Holds the process. Dropped, it is killed.
pub(super) struct Server {
    port: u16,
    process: Option<Child>,
}

impl Server {
    pub(super) fn start() -> Self {
        testkit::trace();
        let mut server = Self { port: testkit::free_port(), process: None };
        server.start_again();
        server
    }

    /// Starts it on the same port, empty.
    pub(super) fn start_again(&mut self) {
        let mut command = Command::new("redis-server");
        command.args([
            "--bind",
            "127.0.0.1",
            "--port",
            &self.port.to_string(),
            "--save",
            "",
            "--appendonly",
            "no",
        ]);
        let process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        self.process = Some(process.expect("redis-server is installed"));
        let is_up = || redis::Client::open(self.url()).and_then(|client| client.get_connection()).is_ok();
        for _ in 0..1_000 {
            if is_up() {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("the redis-server of the test does not start");
    }

    pub(super) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().expect("the test's own process");
            process.wait().expect("the test's own process");
        }
    }

    pub(super) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }

    pub(super) fn connect(&self) -> Redis {
        Redis::connect(&Settings::at(self.url()), Clock::system())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}
