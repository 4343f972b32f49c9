//! A Service behind the API server, for those who can reach only the API server.

use http::{HeaderName, HeaderValue, Method};
use serde_json::Value;

use crate::{
    call::Call,
    cluster::Cluster,
    error::ApiError,
    kind::{Kind, segment},
};

impl Cluster {
    /// One HTTP request to a Service, through the API server's proxy. Returns the Service's status
    /// and body, whatever they are. Without a port the Service's only one is meant. The API server
    /// keeps the `Authorization` header for itself.
    ///
    /// # Errors
    /// If the API server answers in the Service's place (no such Service, no endpoint, no right), or
    /// nobody answers.
    #[expect(clippy::too_many_arguments, reason = "a request has that many parts")]
    pub async fn service_proxy(
        &self,
        method: &str,
        namespace: &str,
        service: &str,
        port: Option<&str>,
        path: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Result<(u16, Vec<u8>), ApiError> {
        let bad = |what: &str| {
            ApiError::invalid(format!("{what} cannot be sent through the service proxy"))
        };
        let method = Method::from_bytes(method.as_bytes()).map_err(|_| bad("this method"))?;
        let mut call = Call::new(method, target(namespace, service, port, path)?)
            .raw(body)
            .secret(true);
        for (name, value) in headers {
            let name = HeaderName::from_bytes(name.as_bytes())
                .map_err(|_| bad("a header of this name"))?;
            let mut value = HeaderValue::from_str(value).map_err(|_| bad("this header value"))?;
            value.set_sensitive(true);
            call = call.header(name, value);
        }
        let answer = self.answer(&call).await?;
        let code = answer.status.as_u16();
        if answers_itself(code, &answer.body) {
            return Err(ApiError::from_answer(code, &answer.body, false));
        }
        Ok((code, answer.body.to_vec()))
    }
}

fn target(
    namespace: &str,
    service: &str,
    port: Option<&str>,
    path: &str,
) -> Result<String, ApiError> {
    let services = Kind::of("v1", "Service", "services").collection(Some(namespace))?;
    let service = segment("service", service)?;
    let port = port
        .map(|p| segment("port", p))
        .transpose()?
        .unwrap_or_default();
    Ok(format!(
        "{services}/http:{service}:{port}/proxy/{}",
        path.trim_start_matches('/')
    ))
}

/// Whether this is the API server's own refusal. Our Services never answer with a `Status`.
fn answers_itself(code: u16, body: &[u8]) -> bool {
    let status = || serde_json::from_slice::<Value>(body).ok();
    code >= 400
        && status().is_some_and(|v| {
            v.get("kind").is_some_and(|k| k == "Status") && v.get("apiVersion").is_some()
        })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
    use super::*;

    #[test]
    fn the_path_lies_behind_the_service() {
        let path = target("kube-system", "signet", None, "/v1/cert.pem").unwrap();
        assert_eq!(
            path,
            "/api/v1/namespaces/kube-system/services/http:signet:/proxy/v1/cert.pem"
        );
        let path = target("a", "b", Some("http"), "v1/rotate?x=1").unwrap();
        assert_eq!(
            path,
            "/api/v1/namespaces/a/services/http:b:http/proxy/v1/rotate?x=1"
        );
        assert!(target("a", "../../secrets", None, "/").is_err());
    }

    #[test]
    fn a_refusal_of_the_server_is_told_from_the_services_answer() {
        let status = br#"{"kind":"Status","apiVersion":"v1","reason":"ServiceUnavailable","message":"no endpoints","code":503}"#;
        assert!(answers_itself(503, status));
        assert!(!answers_itself(200, status));
        assert!(!answers_itself(503, b"still starting"));
        assert!(!answers_itself(403, br#"{"error":"no"}"#));
    }
}
