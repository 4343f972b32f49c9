//! A proxy before the real API server that makes single calls go wrong.
//!
//! Many stories run through one proxy at the same time: each has a word of its own, such as the
//! name of its namespace, and the calls whose path or body holds that word are counted for it. So
//! "the third call of this sync is cut off" is said exactly, whatever else goes on beside it.

mod rules;
mod upstream;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use futures::StreamExt as _;
use http::{Method, Request, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, BodyStream, Full, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::watch;

use rules::Rules;
use upstream::Upstream;

pub use rules::{Fault, Story};

type Body = UnsyncBoxBody<Bytes, BoxError>;
type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// See the module. It answers plain HTTP on loopback, and ends when dropped.
pub struct FaultProxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    _runtime: Runtime,
}

struct Shared {
    upstream: Upstream,
    rules: Rules,
    /// Changes when every open watch is to break.
    cut: watch::Sender<u32>,
}

impl FaultProxy {
    /// Stands before the API server that `kubeconfig` names.
    ///
    /// # Errors
    /// When the kubeconfig cannot be used or there is no port.
    pub fn start(kubeconfig: &Path) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        let shared = Arc::new(Shared {
            upstream: Upstream::of(kubeconfig)?,
            rules: Rules::default(),
            cut: watch::Sender::new(0),
        });
        let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0)))?;
        let address = listener.local_addr()?;
        runtime.spawn(accept(listener, shared.clone()));
        Ok(Self {
            address,
            shared,
            _runtime: runtime,
        })
    }

    /// A copy of `kubeconfig`, in `directory`, for clients that are to come through here.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub fn kubeconfig(&self, kubeconfig: &Path, directory: &Path) -> Result<PathBuf> {
        let text = std::fs::read_to_string(kubeconfig)?;
        let mut config: serde_json::Value = serde_json::from_str(&text)?;
        config["clusters"][0]["cluster"] =
            serde_json::json!({ "server": format!("http://{}", self.address) });
        let path = directory.join("kubeconfig-faults");
        std::fs::write(&path, config.to_string()).with_context(|| format!("{}", path.display()))?;
        Ok(path)
    }

    /// From now on the calls that hold `word` are counted anew, and number `call` (the first is 1)
    /// goes wrong; 0 only counts.
    pub fn arm(&self, word: &str, call: usize, fault: Fault) {
        self.shared.rules.arm(word, call, fault);
    }

    /// What happened to the calls that hold `word` since it was armed.
    #[must_use]
    pub fn story(&self, word: &str) -> Story {
        self.shared.rules.story(word)
    }

    /// Every call below `path` is answered 503, as an extension's server that is away, until
    /// [`Self::allow`].
    pub fn refuse(&self, path: &str) {
        self.shared.rules.refuse(Some(path));
    }

    /// Ends [`Self::refuse`].
    pub fn allow(&self) {
        self.shared.rules.refuse(None);
    }

    /// Breaks every watch that is open, in the middle of its stream.
    pub fn cut_watches(&self) {
        self.shared.cut.send_modify(|count| *count += 1);
    }

    /// Answers the next `count` watches that are begun as too old (410), once each.
    pub fn expire_watches(&self, count: usize) {
        self.shared.rules.expire(count);
    }

    /// The path of every deletion that was passed on, in order.
    #[must_use]
    pub fn deletions(&self) -> Vec<String> {
        self.shared.rules.deletions()
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        let shared = shared.clone();
        let service = service_fn(move |request| serve(shared.clone(), request));
        tokio::spawn(async move {
            // A connection that ends in an error is what this proxy is for.
            drop(
                hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service)
                    .await,
            );
        });
    }
}

/// An error here breaks the connection without an answer.
async fn serve(
    shared: Arc<Shared>,
    request: Request<Incoming>,
) -> Result<Response<Body>, BoxError> {
    let (head, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    let target = head.uri.to_string();
    if target.contains("watch=true") || target.contains("watch=1") {
        return watched(&shared, Request::from_parts(head, body)).await;
    }
    let call = format!("{} {target}", head.method);
    let fault = shared.rules.judge(&call, &body);
    match fault {
        Some(Fault::CutBefore) => return Err("cut before it was passed on".into()),
        Some(Fault::Answer(status)) => return Ok(refusal(status)),
        Some(Fault::CutAfter) | None => {}
    }
    if head.method == Method::DELETE {
        shared.rules.note_deletion(head.uri.path());
    }
    let answer = shared
        .upstream
        .pass(Request::from_parts(head, body))
        .await?;
    let (head, body) = answer.into_parts();
    let body = body.collect().await?.to_bytes();
    if fault.is_some() {
        return Err("cut before the answer".into());
    }
    Ok(Response::from_parts(head, whole(body)))
}

/// A stream that breaks when it is told to.
async fn watched(shared: &Shared, request: Request<Bytes>) -> Result<Response<Body>, BoxError> {
    if shared.rules.is_refused(request.uri().path()) {
        return Ok(refusal(503));
    }
    if shared.rules.take_expired() {
        return Ok(expired());
    }
    let mut cut = shared.cut.subscribe();
    let answer = shared.upstream.pass(request).await?;
    let (head, body) = answer.into_parts();
    let told = async move { drop(cut.changed().await) };
    let frames = BodyStream::new(body).map(|frame| frame.map_err(BoxError::from));
    let broken: Result<Frame<Bytes>, BoxError> = Err("the watch is cut".into());
    let frames = frames
        .take_until(Box::pin(told))
        .chain(futures::stream::iter([broken]));
    Ok(Response::from_parts(
        head,
        StreamBody::new(frames).boxed_unsync(),
    ))
}

fn whole(bytes: Bytes) -> Body {
    Full::new(bytes)
        .map_err(|never| match never {})
        .boxed_unsync()
}

/// A refusal in the form that the API server gives it.
fn refusal(status: u16) -> Response<Body> {
    let reason = match status {
        409 => "Conflict",
        429 => "TooManyRequests",
        503 => "ServiceUnavailable",
        _ => "InternalError",
    };
    let body = serde_json::json!({
        "kind": "Status", "apiVersion": "v1", "status": "Failure", "code": status,
        "reason": reason, "message": format!("made up by a test: {reason}"),
    });
    let mut response = Response::new(whole(Bytes::from(body.to_string())));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    let headers = response.headers_mut();
    let json = http::HeaderValue::from_static("application/json");
    headers.insert(http::header::CONTENT_TYPE, json);
    if status == 429 {
        let second = http::HeaderValue::from_static("1");
        headers.insert(http::header::RETRY_AFTER, second);
    }
    response
}

/// A watch whose starting point the server no longer knows.
fn expired() -> Response<Body> {
    let event = serde_json::json!({"type": "ERROR", "object": {
        "kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 410,
        "reason": "Expired", "message": "too old resource version: made up by a test",
    }});
    let mut response = Response::new(whole(Bytes::from(format!("{event}\n"))));
    let json = http::HeaderValue::from_static("application/json");
    response
        .headers_mut()
        .insert(http::header::CONTENT_TYPE, json);
    response
}
