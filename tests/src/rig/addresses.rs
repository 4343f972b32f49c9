//! Where the controller of a rig listens.

use super::Rig;

impl Rig {
    /// Address of the controller's HTTP server.
    #[must_use]
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.ports.0)
    }

    /// Address of the controller's metrics.
    #[must_use]
    pub fn metrics_address(&self) -> String {
        format!("127.0.0.1:{}", self.ports.1)
    }

    /// Address at which Receivers are called.
    #[must_use]
    pub fn webhooks_address(&self) -> String {
        format!("127.0.0.1:{}", self.ports.3)
    }
}
