//! The command lines of the servers, and why each flag is there.

use std::path::Path;
use std::process::Command;

/// The ports on loopback; kept, so that a restarted API server is where it was.
pub(super) struct Ports {
    pub(super) etcd: u16,
    pub(super) etcd_peer: u16,
    pub(super) api: u16,
}

pub(super) fn etcd(program: &Path, directory: &Path, ports: &Ports) -> Command {
    let client = format!("http://127.0.0.1:{}", ports.etcd);
    let peer = format!("http://127.0.0.1:{}", ports.etcd_peer);
    let mut command = Command::new(program);
    command
        .arg("--data-dir")
        .arg(directory.join("etcd"))
        .args([
            "--listen-client-urls",
            &client,
            "--advertise-client-urls",
            &client,
        ])
        .args([
            "--listen-peer-urls",
            &peer,
            "--initial-advertise-peer-urls",
            &peer,
        ])
        .args(["--initial-cluster", &format!("default={peer}")])
        .args(["--log-level", "warn"])
        // The data dies with the test: waiting for the disk would only slow it down.
        .arg("--unsafe-no-fsync");
    command
}

pub(super) fn api_server(program: &Path, directory: &Path, ports: &Ports) -> Command {
    let mut command = Command::new(program);
    command
        .arg(format!("--etcd-servers=http://127.0.0.1:{}", ports.etcd))
        .args(["--bind-address=127.0.0.1", "--advertise-address=127.0.0.1"])
        .arg(format!("--secure-port={}", ports.api))
        // It makes its own certificate here at the first start and finds it at the second.
        .arg(in_directory("--cert-dir=", directory, "certificates"))
        // An endpoint on loopback is refused by validation, so it announces none.
        .arg("--endpoint-reconciler-type=none")
        .arg(in_directory("--token-auth-file=", directory, "tokens.csv"))
        .arg("--authorization-mode=RBAC")
        .arg("--service-account-issuer=https://kubernetes.default.svc")
        .arg(in_directory(
            "--service-account-key-file=",
            directory,
            "service-account.pub",
        ))
        .arg(in_directory(
            "--service-account-signing-key-file=",
            directory,
            "service-account.pem",
        ))
        .arg("--service-cluster-ip-range=10.0.0.0/16")
        // Without a controller manager no namespace has a default ServiceAccount, and Pods want one.
        .arg("--disable-admission-plugins=ServiceAccount")
        .arg("--allow-privileged=true");
    command
}

pub(super) fn controller_manager(program: &Path, directory: &Path, kubeconfig: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .arg(format!("--kubeconfig={}", kubeconfig.display()))
        .arg(in_directory(
            "--service-account-private-key-file=",
            directory,
            "service-account.pem",
        ))
        .args([
            "--use-service-account-credentials=false",
            "--leader-elect=false",
        ])
        .args(["--bind-address=127.0.0.1", "--secure-port=0"])
        .arg(
            "--controllers=garbage-collector-controller,namespace-controller,\
             serviceaccount-controller,deployment-controller,replicaset-controller,job-controller",
        );
    command
}

fn in_directory(flag: &str, directory: &Path, name: &str) -> String {
    format!("{flag}{}", directory.join(name).display())
}
