//! Every flag: kubeseal's own, kubectl's about the connection, and those of its logging library.

use super::values::Kind;

/// One flag.
pub struct Flag {
    /// Its long name.
    pub name: &'static str,
    /// Its letter.
    pub short: Option<char>,
    /// What its value is.
    pub kind: Kind,
    /// Its value where nothing says another.
    pub default: &'static str,
    /// Whether `SEALED_SECRETS_…` sets it too.
    pub variable: bool,
    /// One line about it; empty for a flag that help does not show.
    pub help: &'static str,
}

const fn flag(name: &'static str, kind: Kind, help: &'static str) -> Flag {
    Flag {
        name,
        short: None,
        kind,
        default: "",
        variable: true,
        help,
    }
}

impl Flag {
    const fn short(self, letter: char) -> Self {
        Self {
            short: Some(letter),
            ..self
        }
    }

    const fn default(self, default: &'static str) -> Self {
        Self { default, ..self }
    }

    /// A flag of the logging library: taken, and without any effect here.
    const fn logging(self) -> Self {
        Self {
            variable: false,
            ..self
        }
    }

    /// Whether the flag may stand without a value.
    pub fn is_switch(&self) -> bool {
        matches!(self.kind, Kind::Switch | Kind::LoggingSwitch)
    }

    /// The variable that sets it, whether or not it does.
    pub fn variable_name(&self) -> String {
        let name = self.name.to_ascii_uppercase().replace('-', "_");
        format!("SEALED_SECRETS_{name}")
    }
}

const LOG: &str = "Taken and without effect: nothing is logged";

/// By name, which is the order of the help and the one in which variables are read.
pub static FLAGS: &[Flag] = &[
    flag("add_dir_header", Kind::LoggingSwitch, LOG).logging(),
    flag(
        "allow-empty-data",
        Kind::Switch,
        "Seal a Secret without data as well",
    ),
    flag("alsologtostderr", Kind::LoggingSwitch, LOG).logging(),
    flag("alsologtostderrthreshold", Kind::Severity, LOG).logging(),
    flag("as", Kind::Text, "Ask the API server as this user"),
    flag(
        "as-group",
        Kind::Array,
        "And as a member of this group; may be given several times",
    ),
    flag("as-uid", Kind::Text, "And as the user with this UID"),
    flag(
        "cert",
        Kind::Text,
        "Certificate to seal for: a file or a URL. The cluster is left alone then",
    ),
    flag(
        "certificate-authority",
        Kind::Text,
        "File with the certificates that may vouch for the API server",
    ),
    flag(
        "client-certificate",
        Kind::Text,
        "File with the certificate to show to the API server",
    ),
    flag("client-key", Kind::Text, "File with its private key"),
    flag("cluster", Kind::Text, "Take this cluster of the kubeconfig"),
    flag("context", Kind::Text, "Take this context of the kubeconfig"),
    flag(
        "controller-name",
        Kind::Text,
        "Name of the controller's Service",
    )
    .default("sealed-secrets-controller"),
    flag(
        "controller-namespace",
        Kind::Text,
        "Namespace of the controller",
    )
    .default("kube-system"),
    flag(
        "disable-compression",
        Kind::Switch,
        "Taken and without effect: no answer is asked for compressed",
    ),
    flag(
        "fetch-cert",
        Kind::Switch,
        "Print the certificate and do nothing else",
    ),
    flag(
        "format",
        Kind::Text,
        "Form of what is printed: json or yaml",
    )
    .short('o')
    .default("json"),
    flag(
        "from-file",
        Kind::List,
        "With --raw: read the value from this file, given as [name=]path",
    ),
    flag("help", Kind::Switch, "Print this"),
    flag(
        "insecure-skip-tls-verify",
        Kind::Switch,
        "Believe any API server to be the right one. Whoever stands in between can then have values sealed for himself",
    ),
    flag("kubeconfig", Kind::Text, "Path of the kubeconfig"),
    flag("legacy_stderr_threshold_behavior", Kind::LoggingSwitch, LOG)
        .default("true")
        .logging(),
    flag("log_backtrace_at", Kind::Trace, LOG)
        .default(":0")
        .logging(),
    flag("log_dir", Kind::Text, LOG).logging(),
    flag("log_file", Kind::Text, LOG).logging(),
    flag("log_file_max_size", Kind::Size, LOG)
        .default("1800")
        .logging(),
    flag("logtostderr", Kind::LoggingSwitch, LOG)
        .default("true")
        .logging(),
    flag(
        "merge-into",
        Kind::Text,
        "Seal the values for this file's SealedSecret and put them into it",
    ),
    flag(
        "name",
        Kind::Text,
        "Name of the Secret, whatever it says itself; --raw needs it in scope strict",
    ),
    flag(
        "namespace",
        Kind::Namespace,
        "Namespace of a Secret that names none",
    )
    .short('n'),
    flag("one_output", Kind::LoggingSwitch, LOG).logging(),
    flag(
        "password",
        Kind::Text,
        "Password for the API server, with --username",
    ),
    flag(
        "proxy-url",
        Kind::Text,
        "Reach the API server through this proxy",
    ),
    flag(
        "raw",
        Kind::Switch,
        "Seal one value, read from standard input or --from-file, and print the bare item",
    ),
    flag(
        "re-encrypt",
        Kind::Switch,
        "Have the controller re-seal the SealedSecret for the newest key",
    ),
    flag(
        "recovery-private-key",
        Kind::List,
        "With --recovery-unseal: private key as PEM, a key Secret, or a List of them; may be given several times",
    ),
    flag(
        "recovery-unseal",
        Kind::Switch,
        "Open the SealedSecret with the keys of --recovery-private-key, without a cluster",
    ),
    flag(
        "request-timeout",
        Kind::Text,
        "Give up a request to the API server after this time: 30, 30s, 2m; 0 waits",
    )
    .default("0"),
    flag("rotate", Kind::Switch, ""),
    flag(
        "scope",
        Kind::Scope,
        "Where the value may be opened: strict, namespace-wide or cluster-wide",
    )
    .default("strict"),
    flag(
        "sealed-secret-file",
        Kind::Text,
        "Write to this file instead of standard output",
    )
    .short('w'),
    flag(
        "secret-file",
        Kind::Text,
        "Read this file instead of standard input",
    )
    .short('f'),
    flag("server", Kind::Text, "Address of the API server"),
    flag("skip_headers", Kind::LoggingSwitch, LOG).logging(),
    flag("skip_log_headers", Kind::LoggingSwitch, LOG).logging(),
    flag("stderrthreshold", Kind::Severity, LOG)
        .default("2")
        .logging(),
    flag(
        "tls-server-name",
        Kind::Text,
        "Name that the API server's certificate must bear",
    ),
    flag("token", Kind::Text, "Bearer token for the API server"),
    flag("user", Kind::Text, "Take this user of the kubeconfig"),
    flag("username", Kind::Text, "User name for the API server"),
    flag("v", Kind::Level, LOG).short('v').logging(),
    flag(
        "validate",
        Kind::Switch,
        "Ask the controller whether it can open the SealedSecret",
    ),
    flag("version", Kind::Switch, "Print the version"),
    flag("vmodule", Kind::Modules, LOG).logging(),
];

/// The flag of this name. Flags of the logging library may be written with dashes too.
pub fn by_name(name: &str) -> Option<&'static Flag> {
    let dashed = |flag: &Flag| !flag.variable && flag.name == name.replace('-', "_");
    FLAGS
        .iter()
        .find(|flag| flag.name == name)
        .or_else(|| FLAGS.iter().find(|flag| dashed(flag)))
}

/// The flag of this letter.
pub fn by_letter(letter: char) -> Option<&'static Flag> {
    FLAGS.iter().find(|flag| flag.short == Some(letter))
}
