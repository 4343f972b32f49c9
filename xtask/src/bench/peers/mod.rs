//! The programs that are measured, each started as its own documentation says.

mod flux;
mod sealed_secrets;
mod signet;

use std::path::Path;
use std::time::Instant;

use anyhow::Result;
use signet_tests::http;
use signet_tests::server::Server;

use super::Side;
use super::measure::{self, Memory};
use super::plane::Plane;

/// A side that runs: one process or several.
pub(crate) struct Running {
    pub(crate) servers: Vec<Server>,
    /// When the last of them was started.
    pub(crate) started: Instant,
    /// Where its declarations and keys are.
    pub(crate) namespace: &'static str,
    /// How its requests are named in the audit log.
    pub(crate) agents: &'static [&'static str],
    /// Where its certificate is served, if it unseals.
    pub(crate) address: String,
    /// Where its numbers are served, if it unseals.
    metrics: String,
    counter: Counter,
}

/// Where it can be seen how often a Kustomization was reconciled.
enum Counter {
    /// In the log of the last server: the line that ends a reconciliation.
    Log(&'static str),
    /// In the metrics at this address.
    Metrics(String),
    /// Nowhere.
    None,
}

/// Starts what keeps a cluster equal to a repository.
pub(crate) fn gitops(plane: &Plane, side: Side, room: &Path) -> Result<Running> {
    match side {
        Side::Theirs => flux::start(plane, room),
        Side::Ours => signet::start(plane, room),
    }
}

/// Starts what unseals.
pub(crate) fn unsealer(plane: &Plane, side: Side, room: &Path) -> Result<Running> {
    match side {
        Side::Theirs => sealed_secrets::start(plane, room),
        Side::Ours => signet::start(plane, room),
    }
}

impl Running {
    /// Processor time of all its processes so far, in seconds.
    pub(crate) fn cpu(&self) -> Result<f64> {
        self.servers
            .iter()
            .map(|server| measure::cpu(server.id()))
            .sum()
    }

    /// Memory of each process, with its name.
    pub(crate) fn memory(&self) -> Result<Vec<(&str, Memory)>> {
        let of = |server| Ok((Server::name(server), measure::memory(server.id())?));
        self.servers.iter().map(of).collect()
    }

    /// Finished reconciliations so far.
    pub(crate) fn reconciliations(&self) -> Result<u64> {
        match &self.counter {
            Counter::Log(line) => {
                let log = self.servers.last().map(Server::log).unwrap_or_default();
                Ok(log.matches(line).count() as u64)
            }
            Counter::Metrics(address) => {
                let text = String::from_utf8(http::get(address, "/metrics")?)?;
                let wanted =
                    "signet_reconciliations_total{kind=\"Kustomization\",result=\"success\"} ";
                let line = text.lines().find_map(|line| line.strip_prefix(wanted));
                Ok(line.map_or(Ok(0), str::parse)?)
            }
            Counter::None => anyhow::bail!("it reconciles no Kustomizations"),
        }
    }

    /// A number of its metrics; nought if it does not show it.
    pub(crate) fn number(&self, name: &str) -> Result<f64> {
        let text = String::from_utf8(http::get(&self.metrics, "/metrics")?)?;
        let value = |line: &str| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok();
        Ok(text.lines().find_map(value).unwrap_or_default())
    }

    /// The certificate that it serves.
    pub(crate) fn certificate(&self) -> Result<Vec<u8>> {
        http::get(&self.address, "/v1/cert.pem")
    }

    /// The ends of its logs, for a message.
    pub(crate) fn last_words(&self) -> String {
        let tail = |server: &Server| format!("--- {}\n{}\n", server.name(), server.log_tail(12));
        self.servers.iter().map(tail).collect()
    }
}
