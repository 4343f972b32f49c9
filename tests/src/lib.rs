//! The harness of the whole-program tests: real servers, real binaries, a namespace per test.
//!
//! `cargo xtask test` starts one control plane for a whole run and points the tests at it through
//! [`control_plane::KUBECONFIG_VARIABLE`]; a test that is run alone starts its own. Nothing here is
//! mocked: etcd, kube-apiserver, kubectl, git and the peers are the programs that people run.
//! `tests/README.md` shows how a test is written.
//!
//! This crate reads the environment and the clock: it is part of no program that is shipped.

pub mod beside;
pub mod canary;
pub mod control_plane;
pub mod eventually;
pub mod faults;
pub mod flux;
pub mod helm;
pub mod http;
pub mod kubectl;
pub mod kubelet;
pub mod listener;
pub mod namespace;
pub mod process;
pub mod rig;
pub mod scratch;
pub mod sealed_secrets;
pub mod server;
pub mod tools;

pub use control_plane::ControlPlane;
pub use eventually::eventually;
pub use namespace::TestNamespace;
pub use signet_testkit as testkit;
