//! The flags of the sealed-secrets controller, and what becomes of each in ours: for whoever takes a
//! Deployment of it over. The controller takes every one of them; its tests hold it to this table.

/// What a value that is not the default comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is passed on and means the same.
    Same,
    /// It is passed on, and means something else; says what.
    Differs(&'static str),
    /// It is left out; says why.
    LeftOut(&'static str),
}

/// A flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerFlag {
    /// Its name, without dashes.
    pub name: &'static str,
    /// Its default there, as it would be written.
    pub default: &'static str,
    /// What becomes of another value.
    pub fate: Fate,
}

const fn flag(name: &'static str, default: &'static str, fate: Fate) -> PeerFlag {
    PeerFlag {
        name,
        default,
        fate,
    }
}

/// An older name, and the one that counts.
pub const ALIASES: [(&str, &str); 1] = [("rotate-period", "key-renew-period")];

/// All of them, up to release 0.40.
pub const PEER_FLAGS: [PeerFlag; 30] = {
    use Fate::{Differs, LeftOut, Same};
    [
        flag("accept-deprecated-v1-data", "true", Same),
        flag(
            "additional-namespaces",
            "",
            Differs("a namespace that comes later is picked up without a restart"),
        ),
        flag("all-namespaces", "true", Same),
        flag(
            "key-cutoff-time",
            "",
            Differs("counts when the time has come, not only at the start"),
        ),
        flag("key-order-priority", "CertNotBefore", Same),
        flag("key-prefix", "sealed-secrets-key", Same),
        flag("key-renew-period", "720h", Same),
        flag("key-size", "4096", Same),
        flag("key-ttl", "87600h", Same),
        flag(
            "kubeclient-burst",
            "10",
            LeftOut("there is no limit to raise; the API server's own flow control is heeded"),
        ),
        flag(
            "kubeclient-qps",
            "5",
            LeftOut("there is no limit to raise; the API server's own flow control is heeded"),
        ),
        flag(
            "label-selector",
            "",
            Differs(
                "selects SealedSecrets; of Secrets only metadata is watched, whatever their labels",
            ),
        ),
        flag(
            "listen-addr",
            ":8080",
            LeftOut("`signet install` gives its own"),
        ),
        flag(
            "listen-metrics-addr",
            ":8081",
            LeftOut("`signet install` gives its own"),
        ),
        flag("log-format", "text", Same),
        flag("log-info-stdout", "true", Same),
        flag("log-level", "INFO", Same),
        flag(
            "max-unseal-retries",
            "5",
            Differs("after so many quick tries Signet goes on with growing waits, for ever"),
        ),
        flag(
            "metrics-omit-secret-labels",
            "false",
            Differs("the worst condition of each namespace is shown"),
        ),
        flag("my-cn", "", Same),
        flag(
            "old-gc-behavior",
            "false",
            Differs("needs the right to delete Secrets, which `signet install` does not give"),
        ),
        flag("privatekey-annotations", "", Same),
        flag("privatekey-labels", "", Same),
        flag("rate-limit", "2", Same),
        flag("rate-limit-burst", "2", Same),
        flag("read-timeout", "2m", Same),
        flag("skip-recreate", "false", Same),
        flag(
            "update-status",
            "true",
            Differs("without a status every restart opens everything again"),
        ),
        flag(
            "watch-for-secrets",
            "false",
            LeftOut("new key Secrets are always taken in while running"),
        ),
        flag("write-timeout", "2m", Same),
    ]
};

impl PeerFlag {
    /// The flag of this name, or of this older name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        let alias = ALIASES.iter().find(|(older, _)| *older == name);
        let name = alias.map_or(name, |(_, name)| name);
        PEER_FLAGS.iter().find(|flag| flag.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_is_found_by_both_its_names() {
        let named = |name| PeerFlag::named(name).map(|flag| flag.name);
        assert_eq!(named("rotate-period"), Some("key-renew-period"));
        assert_eq!(named("key-renew-period"), Some("key-renew-period"));
        assert_eq!(named("no-such-flag"), None);
        assert!(PEER_FLAGS.is_sorted_by_key(|flag| flag.name));
    }
}
