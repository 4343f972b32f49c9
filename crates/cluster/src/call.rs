//! One request, one answer. Everything but a watch goes through here.

use std::time::Duration;

use http::{
    Method, Request, StatusCode,
    header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER},
};
use http_body_util::BodyExt as _;
use kube::client::Body;
use serde_json::Value;
use zeroize::{Zeroize as _, Zeroizing};

use crate::{cluster::Cluster, error::ApiError, kind::escape};

/// Longest wait for an answer where nobody sets another. The server gives up on its own after 60
/// seconds.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(65);
/// How often "too many requests" is heeded before it is handed on.
const RETRIES: u32 = 5;
/// Longest pause that the server may ask for between two tries.
const PAUSE_LIMIT: u64 = 10;

/// A request being put together.
pub(crate) struct Call {
    method: Method,
    target: String,
    content_type: &'static str,
    accept: &'static str,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Zeroizing<Vec<u8>>,
    secret: bool,
}

/// An answer of any status.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Zeroizing<Vec<u8>>,
}

impl Call {
    pub(crate) fn new(method: Method, path: String) -> Self {
        Self {
            method,
            target: path,
            content_type: "application/json",
            accept: "application/json",
            headers: Vec::new(),
            body: Zeroizing::default(),
            secret: false,
        }
    }

    /// Adds a parameter to the query.
    pub(crate) fn query(mut self, name: &str, value: &str) -> Self {
        self.target
            .push(if self.target.contains('?') { '&' } else { '?' });
        self.target.push_str(name);
        self.target.push('=');
        self.target.push_str(&escape(value));
        self
    }

    /// Serialises the body, once for all tries.
    pub(crate) fn json(mut self, body: &Value, content_type: &'static str) -> Self {
        // Writing a `Value` to memory cannot fail: its keys are strings and memory does not refuse.
        self.body = Zeroizing::new(body.to_string().into_bytes());
        self.content_type = content_type;
        self
    }

    /// Asks for the answer in this form instead of plain JSON; it has to be a form of JSON.
    pub(crate) fn accept(mut self, form: &'static str) -> Self {
        self.accept = form;
        self
    }

    pub(crate) fn raw(mut self, body: Vec<u8>) -> Self {
        self.body = Zeroizing::new(body);
        self
    }

    pub(crate) fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Marks a request that carries values: the server's messages about it are withheld.
    pub(crate) fn secret(mut self, yes: bool) -> Self {
        self.secret |= yes;
        self
    }

    fn request(&self, identity: &HeaderMap) -> Result<Request<Body>, ApiError> {
        let mut request = Request::builder()
            .method(self.method.clone())
            .uri(&self.target)
            .body(Body::from(self.body.to_vec()))
            .map_err(|e| ApiError::invalid(format!("the request cannot be written: {e}")))?;
        let headers = request.headers_mut();
        headers.insert(ACCEPT, HeaderValue::from_static(self.accept));
        if !self.body.is_empty() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        }
        for (name, value) in &self.headers {
            headers.insert(name, value.clone());
        }
        // Last, and replacing: nothing above may change who we are.
        for (name, value) in identity {
            headers.insert(name, value.clone());
        }
        Ok(request)
    }
}

impl Cluster {
    /// Asks, and reads the answer whatever its status. "Too many requests" means the server did
    /// nothing, so that is tried again, as late as it says.
    pub(crate) async fn answer(&self, call: &Call) -> Result<Answer, ApiError> {
        let mut tries = 0;
        loop {
            self.pace().await;
            let (answer, pause) = self.attempt(call).await?;
            tries += 1;
            if answer.status != StatusCode::TOO_MANY_REQUESTS || tries > RETRIES {
                return Ok(answer);
            }
            tokio::time::sleep(pause).await;
        }
    }

    /// Asks for JSON; any status but success is an error.
    pub(crate) async fn ask(&self, call: Call) -> Result<(StatusCode, Value), ApiError> {
        let answer = self.answer(&call).await?;
        if !answer.status.is_success() {
            return Err(ApiError::from_answer(
                answer.status.as_u16(),
                &answer.body,
                call.secret,
            ));
        }
        // The parser's own words could quote what it read.
        let value =
            serde_json::from_slice(&answer.body).map_err(|_| ApiError::garbled("it is no JSON"))?;
        Ok((answer.status, value))
    }

    async fn attempt(&self, call: &Call) -> Result<(Answer, Duration), ApiError> {
        let exchange = async {
            let request = call.request(&self.identity_headers())?;
            let lost = |e| ApiError::from_kube(e, call.secret);
            let response = self.requests().send(request).await.map_err(lost)?;
            let (status, pause) = (response.status(), pause(response.headers()));
            let body = collect(response.into_body()).await.map_err(lost)?;
            Ok((Answer { status, body }, pause))
        };
        let limit = self.time_limit().unwrap_or(ANSWER_TIMEOUT);
        tokio::time::timeout(limit, exchange)
            .await
            .unwrap_or_else(|_| Err(ApiError::timeout(limit)))
    }
}

/// Reads a body into one buffer that is wiped when dropped, also if it outgrows itself on the way.
async fn collect(mut body: Body) -> Result<Zeroizing<Vec<u8>>, kube::Error> {
    let mut all = Zeroizing::new(Vec::with_capacity(4096));
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else {
            continue;
        };
        if all.len() + data.len() > all.capacity() {
            let mut larger = Vec::with_capacity((all.len() + data.len()) * 2);
            larger.extend_from_slice(&all);
            all.zeroize();
            *all = larger;
        }
        all.extend_from_slice(&data);
    }
    Ok(all)
}

fn pause(headers: &HeaderMap) -> Duration {
    let asked = headers
        .get(RETRY_AFTER)
        .and_then(|v| v.to_str().ok())
        .and_then(|v| v.parse().ok());
    Duration::from_secs(asked.unwrap_or(1).clamp(1, PAUSE_LIMIT))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
    use super::*;
    use crate::{identity::Identity, transport::IMPERSONATE};

    #[test]
    fn parameters_are_escaped() {
        let call = Call::new(Method::GET, "/api/v1/pods".to_owned())
            .query("labelSelector", "a in (b,c)")
            .query("limit", "5");
        assert_eq!(
            call.target,
            "/api/v1/pods?labelSelector=a%20in%20%28b%2Cc%29&limit=5"
        );
    }

    #[test]
    fn a_request_cannot_choose_its_own_identity() {
        let identity = Identity::service_account("a", "b").unwrap();
        let call = Call::new(Method::GET, "/api".to_owned())
            .header(IMPERSONATE, HeaderValue::from_static("system:admin"));
        let request = call
            .request(&HeaderMap::from_iter([(IMPERSONATE, identity.header())]))
            .unwrap();
        let users: Vec<_> = request.headers().get_all(IMPERSONATE).iter().collect();
        assert_eq!(users, ["system:serviceaccount:a:b"]);
    }

    #[test]
    fn the_server_cannot_stop_us_for_long() {
        let header = |text: &'static str| {
            [(RETRY_AFTER, HeaderValue::from_static(text))]
                .into_iter()
                .collect()
        };
        assert_eq!(pause(&header("3")), Duration::from_secs(3));
        assert_eq!(pause(&header("86400")), Duration::from_secs(PAUSE_LIMIT));
        assert_eq!(
            pause(&header("Wed, 21 Oct 2026 07:28:00 GMT")),
            Duration::from_secs(1)
        );
    }
}
