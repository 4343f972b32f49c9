//! Waiting for what a cluster does in its own time, and saying what was there when it did not.

use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};

/// How often a condition is looked at. Short, because every test waits this long for nothing.
const INTERVAL: Duration = Duration::from_millis(50);

/// Calls `probe` until it answers, at most for `timeout`; `what` is the sentence that should hold.
///
/// # Errors
/// After `timeout`, with `what` and the error of the last look.
pub fn eventually<T>(
    timeout: Duration,
    what: &str,
    mut probe: impl FnMut() -> Result<T>,
) -> Result<T> {
    let since = Instant::now();
    loop {
        match probe() {
            Ok(value) => return Ok(value),
            Err(last) if since.elapsed() >= timeout => {
                return Err(anyhow!(
                    "after {} s still not: {what}\nlast: {last:#}",
                    timeout.as_secs()
                ));
            }
            Err(_) => std::thread::sleep(INTERVAL),
        }
    }
}

/// Holds that `probe` keeps answering `Ok` for the whole of `period`.
///
/// # Errors
/// At the first look that fails, with `what` and that error.
pub fn always(period: Duration, what: &str, mut probe: impl FnMut() -> Result<()>) -> Result<()> {
    let since = Instant::now();
    while since.elapsed() < period {
        probe().map_err(|error| {
            anyhow!(
                "held for {} ms only: {what}\n{error:#}",
                since.elapsed().as_millis()
            )
        })?;
        std::thread::sleep(INTERVAL);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_as_soon_as_the_probe_does() {
        let mut looks = 0;
        let found = eventually(Duration::from_secs(5), "the third look succeeds", || {
            looks += 1;
            if looks == 3 {
                Ok(looks)
            } else {
                Err(anyhow!("look {looks}"))
            }
        });
        assert_eq!(found.unwrap(), 3);
    }

    #[test]
    fn a_timeout_names_the_sentence_and_the_last_error() {
        let failed = eventually(Duration::ZERO, "pigs fly", || {
            Err::<(), _>(anyhow!("no wings"))
        });
        assert_eq!(
            failed.unwrap_err().to_string(),
            "after 0 s still not: pigs fly\nlast: no wings"
        );
    }
}
