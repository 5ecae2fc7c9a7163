//! A real browser (Debian's Chromium), driven through `WebDriver`, with a window as large as a phone's.
//!
//! The driver and the browser that it started end with the value.

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

const STEP: Duration = Duration::from_millis(50);
const PATIENCE: Duration = Duration::from_secs(30);
/// Without these Chromium talks to the outside, or will not start in a container.
const ARGUMENTS: [&str; 13] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-proxy-server",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--lang=zh-CN",
    "--accept-lang=zh-CN",
    "--window-size=390,844",
];

/// A browser with one window.
#[derive(Debug)]
pub struct Browser {
    window: Client,
    driver: Child,
    profile: PathBuf,
}

impl Browser {
    /// Opens one.
    ///
    /// # Errors
    /// When Chromium or its driver is missing (`scripts/test` installs both) or does not start.
    pub async fn open() -> Result<Self> {
        let port = testkit::free_port();
        let profile = std::env::temp_dir().join(format!("dormpay_browser_{}_{port}", std::process::id()));
        std::fs::create_dir_all(&profile)?;
        let mut command = Command::new("chromedriver");
        command.arg(format!("--port={port}")).env("HOME", &profile);
        let driver = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let mut driver = driver.context("chromedriver is missing: run scripts/test")?;
        match connect(&format!("http://127.0.0.1:{port}"), &profile, &mut driver).await {
            Ok(window) => Ok(Self { window, driver, profile }),
            Err(error) => {
                end(&mut driver, &profile);
                Err(error)
            }
        }
    }

    /// Goes to an address.
    ///
    /// # Errors
    /// When the page cannot be loaded.
    pub async fn go(&self, url: &str) -> Result<()> {
        self.window.goto(url).await.with_context(|| url.to_owned())
    }

    /// Shows a page that came as text, as an application does with a payment form.
    ///
    /// # Errors
    /// When the browser does not take it.
    pub async fn show(&self, html: &str) -> Result<()> {
        self.go(&format!("data:text/html;charset=utf-8;base64,{}", STANDARD.encode(html))).await
    }

    /// The text of the first element that a CSS selector finds, once there is one.
    ///
    /// # Errors
    /// When none comes in time.
    pub async fn text(&self, css: &str) -> Result<String> {
        Ok(self.element(css).await?.text().await?)
    }

    /// Waits until the element's text contains another.
    ///
    /// # Errors
    /// When it does not in time; the error holds the text.
    pub async fn wait_for(&self, css: &str, part: &str) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            // The page may be on its way out: then the element is gone, and the next round finds the new one.
            let text = self.text(css).await.unwrap_or_default();
            if text.contains(part) {
                return Ok(());
            }
            ensure!(Instant::now() < deadline, "{css} says {text:?}, expected {part:?}");
            sleep(STEP).await;
        }
    }

    /// Clicks on the first element that a CSS selector finds.
    ///
    /// # Errors
    /// When none comes in time.
    pub async fn click(&self, css: &str) -> Result<()> {
        Ok(self.element(css).await?.click().await?)
    }

    /// Where the window is.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn url(&self) -> Result<String> {
        Ok(self.window.current_url().await?.into())
    }

    /// What a script gives back, such as `return document.title`.
    ///
    /// # Errors
    /// When it fails.
    pub async fn run(&self, script: &str) -> Result<Value> {
        Ok(self.window.execute(script, Vec::new()).await?)
    }

    async fn element(&self, css: &str) -> Result<fantoccini::elements::Element> {
        let waiting = self.window.wait().at_most(PATIENCE).every(STEP);
        waiting.for_element(Locator::Css(css)).await.with_context(|| css.to_owned())
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        end(&mut self.driver, &self.profile);
        let _ = std::fs::remove_dir_all(&self.profile);
    }
}

async fn connect(url: &str, profile: &Path, driver: &mut Child) -> Result<Client> {
    let profile = format!("--user-data-dir={}", profile.join("profile").display());
    let arguments: Vec<_> = ARGUMENTS.iter().copied().chain([profile.as_str()]).collect();
    let wanted = json!({"goog:chromeOptions": {"args": arguments}});
    let Value::Object(wanted) = wanted else { unreachable!("an object") };
    let deadline = Instant::now() + PATIENCE;
    loop {
        let mut builder = ClientBuilder::new(HttpConnector::new());
        match builder.capabilities(wanted.clone()).connect(url).await {
            Ok(window) => return Ok(window),
            Err(error) => {
                ensure!(driver.try_wait()?.is_none(), "the driver ended: {error}");
                ensure!(Instant::now() < deadline, "no browser: {error}");
                sleep(STEP).await;
            }
        }
    }
}

/// Ends the driver, and the browser by the process id that it left in its profile: `HOST-PID`.
fn end(driver: &mut Child, profile: &Path) {
    let _ = driver.kill();
    let _ = driver.wait();
    let lock = std::fs::read_link(profile.join("profile/SingletonLock")).unwrap_or_default();
    let lock = lock.to_string_lossy();
    if let Some((_, pid)) = lock.rsplit_once('-') {
        let _ = Command::new("kill").args(["-KILL", pid]).stderr(Stdio::null()).status();
    }
}
