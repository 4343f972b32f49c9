//! Posting a letter: again while the receiver is away, as long as the news is news.

use std::time::Duration;

use anyhow::{Context as _, Result};
use jiff::{SignedDuration, Timestamp};
use reqwest::{Client, StatusCode, redirect};

use super::letter::Letter;

/// As long as Flux's controllers wait for an answer.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Wait before the first retry; then twice as long each time.
const FIRST_RETRY: Duration = Duration::from_secs(1);
/// Longest wait between two tries.
const LAST_RETRY: Duration = Duration::from_secs(30);
/// What is older than this is news no more.
const PATIENCE: SignedDuration = SignedDuration::from_mins(10);

/// What became of a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It was taken.
    Posted,
    /// The receiver has it already.
    Duplicate,
    /// The receiver does not want it; trying again would not help.
    Refused,
    /// It grew old while the receiver was away.
    Dropped,
}

impl End {
    /// The word in the metrics.
    pub fn word(self) -> &'static str {
        match self {
            Self::Posted => "posted",
            Self::Duplicate => "duplicate",
            Self::Refused => "refused",
            Self::Dropped => "dropped",
        }
    }
}

/// A client that reads no proxy from the environment and goes nowhere but where it was sent.
///
/// # Errors
/// When the system has no certificates to trust, or TLS cannot be set up.
pub fn client() -> Result<Client> {
    Client::builder()
        .timeout(TIMEOUT)
        .redirect(redirect::Policy::none())
        .no_proxy()
        .build()
        .context("making a client for --events-addr")
}

/// Posts, and tries again until the letter is taken, refused or old.
pub async fn deliver(
    client: &Client,
    address: &str,
    letter: &Letter,
    now: impl Fn() -> Timestamp,
) -> End {
    let mut wait = FIRST_RETRY;
    loop {
        let away = match once(client, address, letter).await {
            Ok(end) => return end,
            Err(away) => away,
        };
        if now().duration_since(letter.since) > PATIENCE {
            tracing::warn!("an event was not posted to --events-addr in {PATIENCE:#}: {away}");
            return End::Dropped;
        }
        tracing::debug!("an event was not posted to --events-addr: {away}; trying again");
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(LAST_RETRY);
    }
}

/// Why it is tried again: nobody answers, or the receiver says that the fault is its own.
async fn once(client: &Client, address: &str, letter: &Letter) -> Result<End, String> {
    let request = client
        .post(address)
        .header("content-type", "application/json")
        .body(letter.body.to_string());
    let answer = request.send().await;
    let status = answer.map_err(|error| chain(&error))?.status();
    match status {
        _ if status.is_success() => Ok(End::Posted),
        StatusCode::TOO_MANY_REQUESTS => Ok(End::Duplicate),
        _ if status.is_server_error() => Err(status.to_string()),
        _ => {
            tracing::warn!("an event was not taken by --events-addr: {status}");
            Ok(End::Refused)
        }
    }
}

fn chain(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(deeper) = cause {
        text = format!("{text}: {deeper}");
        cause = deeper.source();
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Mutex};

    use axum::Router;
    use axum::routing::post;
    use serde_json::{Value, json};

    use super::*;

    /// Answers with these codes in turn, then with the last for ever; keeps what it was sent.
    async fn receiver(codes: &'static [u16]) -> (String, Arc<Mutex<Vec<String>>>) {
        let (turn, seen) = (Arc::new(AtomicUsize::new(0)), Arc::default());
        let kept: Arc<Mutex<Vec<String>>> = Arc::clone(&seen);
        let page = post(move |body: String| async move {
            kept.lock().unwrap().push(body);
            let number = turn.fetch_add(1, Ordering::Relaxed).min(codes.len() - 1);
            axum::http::StatusCode::from_u16(codes[number]).unwrap()
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, Router::new().route("/", page)).await });
        (address, seen)
    }

    fn letter() -> Letter {
        Letter {
            body: json!({"message": "hello"}),
            since: Timestamp::UNIX_EPOCH,
        }
    }

    async fn delivered(codes: &'static [u16], age: SignedDuration) -> (End, usize) {
        let (address, seen) = receiver(codes).await;
        let now = move || Timestamp::UNIX_EPOCH + age;
        let end = deliver(&client().unwrap(), &address, &letter(), now).await;
        let seen = seen.lock().unwrap();
        let sent: Value = serde_json::from_str(&seen[0]).unwrap();
        assert_eq!(sent, letter().body);
        (end, seen.len())
    }

    #[tokio::test]
    async fn a_fault_of_the_receivers_is_tried_again() {
        let new = SignedDuration::ZERO;
        assert_eq!(delivered(&[503, 202], new).await, (End::Posted, 2));
    }

    #[tokio::test]
    async fn a_duplicate_and_a_refusal_are_not_sent_again() {
        let new = SignedDuration::ZERO;
        assert_eq!(delivered(&[429], new).await, (End::Duplicate, 1));
        assert_eq!(delivered(&[400], new).await, (End::Refused, 1));
    }

    #[tokio::test]
    async fn what_is_news_no_more_is_let_go() {
        let old = SignedDuration::from_mins(11);
        assert_eq!(delivered(&[500], old).await, (End::Dropped, 1));
        let now = || Timestamp::UNIX_EPOCH + old;
        let nobody = "http://127.0.0.1:1/";
        let end = deliver(&client().unwrap(), nobody, &letter(), now).await;
        assert_eq!(end, End::Dropped);
    }
}
