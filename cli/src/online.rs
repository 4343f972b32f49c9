//! The cluster, for the commands that need it. Everything asynchronous of the command line is in
//! this file, behind functions that wait: a command that works offline starts no runtime.

use std::time::Duration;

use serde_json::{Value, json};
use signet_api::{install, names};
use signet_cluster::{ApiError, Cluster, Connection, Kind};
use zeroize::Zeroizing;

use crate::error::{Context, Error, Result};
use crate::settings::Target;

mod act;
mod ask;
mod asked;

pub use act::Follow;
pub use asked::Asked;

/// A cluster that can be asked.
pub struct Online {
    runtime: tokio::runtime::Runtime,
    cluster: Cluster,
    target: Target,
}

/// What the cluster publishes for sealing.
pub struct Published {
    /// The newest certificate, PEM.
    pub pem: Vec<u8>,
}

impl Online {
    /// Reads the kubeconfig. Nothing is asked yet.
    ///
    /// # Errors
    /// No kubeconfig, or one that cannot be used.
    pub fn connect(target: &Target) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .at("runtime")?;
        let connection = Connection {
            kubeconfig: target.kubeconfig.clone(),
            context: target.context.clone(),
            allow_exec: true,
        };
        let connected = runtime.block_on(async {
            match &target.over {
                Some(overrides) => Cluster::connect_over(overrides).await,
                None => Cluster::connect(&connection).await,
            }
        });
        let cluster = connected.map_err(|cause| {
            Error::new(cause).hint("give --kubeconfig, or work without a cluster: --cert FILE")
        })?;
        Ok(Self {
            runtime,
            cluster,
            target: target.clone(),
        })
    }

    /// Namespace of the kubeconfig's context.
    pub fn default_namespace(&self) -> String {
        self.cluster.default_namespace().to_owned()
    }

    /// The kubeconfig's token, if it holds one.
    pub fn token(&self) -> Option<Zeroizing<String>> {
        self.cluster
            .bearer_token()
            .map(|token| Zeroizing::new(token.to_string()))
    }

    /// The certificate to seal for: from the ConfigMap that the controller publishes, else from
    /// its HTTP server through the API server's service proxy.
    ///
    /// # Errors
    /// Neither answers; says where it looked.
    pub fn published(&self) -> Result<Published> {
        match self.config_map() {
            Ok(Some(published)) => Ok(published),
            Ok(None) => self.proxied(None),
            Err(cause) => self.proxied(Some(&cause)),
        }
    }

    /// Asks the controller for a new sealing key; `stamp` names the request.
    ///
    /// # Errors
    /// The ConfigMap is not there, or you may not annotate it.
    pub fn request_key(&self, stamp: &str) -> Result<()> {
        let patch = json!({"metadata": {"annotations": {names::NEW_KEY_REQUESTED_AT: stamp}}});
        let (namespace, name) = (
            self.target.namespace.as_str(),
            names::CERTIFICATE_CONFIG_MAP,
        );
        let kind = config_maps();
        let asked = self
            .cluster
            .merge_patch(&kind, Some(namespace), name, &patch, false, "signet");
        self.runtime.block_on(asked).map(drop).map_err(|cause| {
            let error = Error::new(format!("ConfigMap {namespace}/{name}: {cause}"));
            match cause.is_forbidden() {
                true => error.hint("asking for a new key takes the right to patch that ConfigMap"),
                false => error.hint(
                    "is the controller installed there? --controller-namespace names another place",
                ),
            }
        })
    }

    /// Waits a moment.
    pub fn pause(&self, time: Duration) {
        self.runtime
            .block_on(async { tokio::time::sleep(time).await });
    }

    /// Sends a request to the controller through the API server's service proxy.
    ///
    /// # Errors
    /// The API server cannot be reached or does not let you.
    pub fn controller(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Result<(u16, Vec<u8>), ApiError> {
        let Target {
            namespace, service, ..
        } = &self.target;
        let port = match service == install::CONTROLLER {
            true => install::PORT_NAME.to_owned(),
            // The one that `kubeseal` takes; nothing if the Service may not be read.
            false => self
                .port_of(namespace, service)
                .ok()
                .flatten()
                .unwrap_or_default(),
        };
        self.service(method, (namespace, service, &port), path, headers, body)
    }

    /// The name of the first port of a Service, empty if it has none; nothing if there is no such
    /// Service.
    ///
    /// # Errors
    /// The API server cannot be reached or does not let you.
    pub fn port_of(&self, namespace: &str, service: &str) -> Result<Option<String>, ApiError> {
        let kind = Kind::of("v1", "Service", "services");
        let asked = self.cluster.get(&kind, Some(namespace), service);
        let found = self.runtime.block_on(asked)?;
        Ok(found.map(|service| {
            let name = service.pointer("/spec/ports/0/name");
            name.and_then(Value::as_str).unwrap_or_default().to_owned()
        }))
    }

    /// Sends a request to a Service, by the name of one of its ports.
    ///
    /// # Errors
    /// As [`Self::controller`].
    pub fn service(
        &self,
        method: &str,
        service: (&str, &str, &str),
        path: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Result<(u16, Vec<u8>), ApiError> {
        let (namespace, name, port) = service;
        let port = Some(port).filter(|port| !port.is_empty());
        self.runtime.block_on(
            self.cluster
                .service_proxy(method, namespace, name, port, path, headers, body),
        )
    }

    /// The certificate that the controller publishes in a ConfigMap, if it does.
    ///
    /// # Errors
    /// As [`Self::controller`].
    pub fn config_map(&self) -> Result<Option<Published>, ApiError> {
        let kind = config_maps();
        let asked = self.cluster.get(
            &kind,
            Some(&self.target.namespace),
            names::CERTIFICATE_CONFIG_MAP,
        );
        let object = self.runtime.block_on(asked)?;
        Ok(object.as_ref().and_then(published))
    }

    fn proxied(&self, before: Option<&ApiError>) -> Result<Published> {
        let Target {
            namespace, service, ..
        } = &self.target;
        let also = before.map_or_else(String::new, |cause| {
            format!(
                "; ConfigMap {namespace}/{}: {cause}",
                names::CERTIFICATE_CONFIG_MAP
            )
        });
        let failed = |cause: String| {
            Error::new(format!(
                "cannot fetch certificate: Service {namespace}/{service}: {cause}{also}"
            ))
            .hint("--controller-namespace and --controller-name say where the controller is")
            .hint("--cert FILE seals without a cluster")
        };
        match self.controller(
            "GET",
            "/v1/cert.pem",
            &[("accept", "application/x-pem-file, */*")],
            Vec::new(),
        ) {
            Ok((200, pem)) => Ok(Published { pem }),
            Ok((code, _)) => Err(failed(format!("answered {code}"))),
            Err(cause) => Err(failed(cause.to_string())),
        }
    }
}

fn published(object: &Value) -> Option<Published> {
    let pem = object["data"][names::CERTIFICATE_KEY].as_str()?;
    Some(Published {
        pem: pem.as_bytes().to_vec(),
    })
}

fn config_maps() -> Kind {
    Kind {
        group: String::new(),
        version: "v1".to_owned(),
        kind: "ConfigMap".to_owned(),
        plural: "configmaps".to_owned(),
        namespaced: true,
    }
}
