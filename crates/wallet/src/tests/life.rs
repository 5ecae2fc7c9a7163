//! Starting and ending, with the settings that people write.

use std::time::Duration;

use clock::Clock;
use host::Peer;
use identity::testing::Keys;
use settings::Source;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::Settings;

/// Reads settings from a made-up environment whose database is nowhere.
fn source() -> Source {
    let folder = std::env::temp_dir().join("dormpay-wallet-tests");
    Source::from_pairs([
        ("DATABASE_URL", "postgres://nobody@127.0.0.1:9/"),
        ("DORMPAY_DATA_DIR", folder.to_str().unwrap()),
        ("BUSINESS_TIME_ZONE", "Europe/Paris"),
    ])
}

#[test]
fn settings_and_what_doctor_shows_come_from_the_same_reads() {
    let settings = Settings::read(&source()).unwrap();
    assert_eq!((settings.host.peer, settings.own.zone), (Peer::Wallet, chrono_tz::Europe::Paris));
    let entries = Settings::entries(&source());
    let zone = entries.iter().find(|entry| entry.name == "BUSINESS_TIME_ZONE").unwrap();
    assert_eq!((zone.value.as_str(), zone.source), ("Europe/Paris", "environment"));
}

#[tokio::test]
async fn a_service_starts_without_its_database_and_ends_when_it_is_told_to() {
    let mut settings = Settings::read(&source()).unwrap();
    let keys = Keys::new(&Clock::system());
    settings.host = host::testing::settings(Peer::Wallet, "postgres://nobody@127.0.0.1:9/none", &keys);
    let stop = CancellationToken::new();
    let running = tokio::spawn(crate::run(settings, stop.clone()));
    stop.cancel();
    assert_eq!(timeout(Duration::from_secs(20), running).await.unwrap().unwrap(), Ok(()));
}
