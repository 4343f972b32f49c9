//! The log: lines for people, or one JSON object a line with the keys of Flux's controllers, so that
//! `flux logs` and whatever else reads theirs reads ours.

mod line;

use std::fmt;
use std::io;

use anyhow::{Context as _, Result};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::writer::MakeWriterExt as _;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use crate::args::LogFormat;
use crate::settings::Settings;
use crate::world::Clock;
use line::Line;

/// The library's watcher says each failure again, in words of its own, at each try.
const QUIET: &str = "kube_runtime::watcher=off";

/// Starts it, for the whole process.
///
/// # Errors
/// A filter that cannot be read, with the flag's name.
pub fn start(settings: &Settings, clock: Clock) -> Result<()> {
    let quiet = if settings.log_info_stdout {
        Level::WARN
    } else {
        Level::TRACE
    };
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter(&settings.log_level)?)
        .with_writer(io::stderr.with_max_level(quiet).or_else(io::stdout))
        .with_target(false);
    match settings.log_format {
        LogFormat::Json => log.event_format(Json(clock)).init(),
        LogFormat::Text => log.init(),
    }
    Ok(())
}

/// Flux's `error` is whatever failed; we call what is tried again a warning.
fn filter(level: &str) -> Result<EnvFilter> {
    let ours = if level == "error" { "warn" } else { level };
    EnvFilter::try_new(format!("{QUIET},{ours}"))
        .with_context(|| format!("--log-level: {level} is no filter such as info"))
}

/// One JSON object a line.
struct Json(Clock);

impl<S, N> FormatEvent<S, N> for Json
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let meta = event.metadata();
        let mut line = Line::new(*meta.level(), meta.target(), (self.0)());
        event.record(&mut line);
        writeln!(writer, "{line}")
    }
}
