//! The way out over http and https.
//!
//! A client of our own under the Git protocol, for three promises: credentials are sent to one
//! scheme, host and port only (T5), every read ends at the deadline and within the byte budget
//! (T41), and certificates are always checked (T7). It knows no proxy but the one it is given, and
//! no setting of the machine. Redirects are followed on the first request alone, as Git does: never from https to
//! http, never to another path of the protocol, and to another host only without credentials.

mod client;
mod exchange;
#[cfg(test)]
mod tests;

use std::any::Any;

use gix_transport::client::blocking_io::http::{
    GetResponse, Http as GitHttp, PostBodyDataKind, PostResponse, Transport,
};
use reqwest::StatusCode;
use reqwest::blocking::{Client, Response};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, LOCATION};
use url::{Origin, Url};

use self::client::{authorization, client};
use self::exchange::{Body, Exchange, Lines, Post};
use crate::address::HttpAddress;
use crate::error::FetchError;
use crate::reach::Reach;
use crate::request::Request;
use crate::wire::{Wire, chain};

/// Redirects followed before giving up.
const REDIRECTS: usize = 5;

/// The one request a redirect is followed on; what it must still ask for afterwards.
const FIRST_REQUEST: &str = "/info/refs?service=git-upload-pack";

/// The Git protocol over HTTP to `address`.
///
/// # Errors
///
/// [`FetchError::Tls`] if the authorities or the client certificate cannot be used, and
/// [`FetchError::Authentication`] for credentials that are not for http.
pub(crate) fn connect(
    address: &HttpAddress,
    request: &Request,
    wire: &Wire,
) -> Result<Transport<Http>, FetchError> {
    let Request {
        credentials,
        tls,
        proxy,
        reach,
        ..
    } = request;
    reach.check(&address.url)?;
    let http = Http {
        reach: reach.clone(),
        client: client(tls, proxy.as_ref()).map_err(|error| wire.tls(&chain(&error)))?,
        bound_to: address.origin(),
        authorization: authorization(credentials, wire)?,
        client_certificate: tls.client.is_some(),
        wire: wire.clone(),
        redirected: None,
    };
    let url = gix::url::parse(address.url.as_str()).map_err(|error| wire.other(&chain(&error)))?;
    Ok(Transport::new_http(
        http,
        url,
        gix_transport::Protocol::V2,
        false,
    ))
}

/// See the module. One per fetch.
pub(crate) struct Http {
    client: Client,
    reach: Reach,
    bound_to: Origin,
    authorization: Option<HeaderValue>,
    client_certificate: bool,
    wire: Wire,
    redirected: Option<String>,
}

impl Http {
    /// The credentials, if `url` is where they belong.
    fn authorization_for(&self, url: &Url) -> Option<HeaderValue> {
        (url.origin() == self.bound_to)
            .then(|| self.authorization.clone())
            .flatten()
    }

    fn headers_for(
        &self,
        url: &Url,
        lines: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> HeaderMap {
        let mut map = HeaderMap::new();
        for line in lines {
            let (name, value) = line.as_ref().split_once(':').unwrap_or_default();
            let pair = name
                .parse::<HeaderName>()
                .ok()
                .zip(HeaderValue::from_str(value.trim()).ok());
            if let Some((name, value)) = pair {
                map.append(name, value);
            }
        }
        if let Some(value) = self.authorization_for(url) {
            map.insert(AUTHORIZATION, value);
        }
        map
    }

    /// Where `answer` to `url` sends us, if it is somewhere we go.
    fn next(&self, url: &Url, answer: &Response) -> Result<Option<Url>, FetchError> {
        if !answer.status().is_redirection() {
            return Ok(None);
        }
        let location = answer
            .headers()
            .get(LOCATION)
            .and_then(|value| value.to_str().ok());
        let next = location.and_then(|location| url.join(location).ok());
        let Some(next) = next else {
            return Err(self.wire.other("a redirect without a usable address"));
        };
        self.may_follow(url, &next)?;
        Ok(Some(next))
    }

    fn may_follow(&self, from: &Url, to: &Url) -> Result<(), FetchError> {
        let refuse = |why: &str| Err(self.wire.other(&format!("redirect refused: {why}")));
        let secure = |url: &Url| url.scheme() == "https";
        if !matches!(to.scheme(), "http" | "https") {
            return refuse("it leads away from http and https");
        }
        if let Err(error) = self.reach.check(to) {
            return refuse(&error.to_string());
        }
        if secure(from) && !secure(to) {
            return refuse("it leads from https to http");
        }
        if !to.username().is_empty() || to.password().is_some() {
            return refuse("its address contains credentials");
        }
        if !to.as_str().ends_with(FIRST_REQUEST) {
            return refuse(
                "it does not lead to a Git repository; use the address it leads to in spec.url",
            );
        }
        if to.origin() != self.bound_to && self.client_certificate {
            return refuse("the client certificate is not shown to another host");
        }
        Ok(())
    }

    /// The first request, through redirects: what answers, and from where.
    fn first(&self, url: &str, lines: &[String]) -> Result<(Url, Response), FetchError> {
        let mut url = Url::parse(url).map_err(|error| self.wire.other(&error.to_string()))?;
        for _ in 0..=REDIRECTS {
            let request = self
                .client
                .get(url.clone())
                .headers(self.headers_for(&url, lines));
            let answer = exchange::send(request, &self.wire)?;
            match self.next(&url, &answer)? {
                Some(next) => url = next,
                None => return self.accepted(url, answer),
            }
        }
        Err(self.wire.other("too many redirects"))
    }

    fn accepted(&self, url: Url, answer: Response) -> Result<(Url, Response), FetchError> {
        let withheld = self.authorization.is_some() && url.origin() != self.bound_to;
        match answer.status() {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN if withheld => Err(self.wire.denied(
                "the server redirects to another host, which gets no credentials; put the address it leads to into spec.url",
            )),
            status => exchange::judged(status, &self.wire).map(|()| (url, answer)),
        }
    }
}

impl GitHttp for Http {
    type Headers = Lines;
    type ResponseBody = Body;
    type PostBody = Post;

    fn get(
        &mut self,
        url: &str,
        _base_url: &str,
        headers: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> gix::Result<GetResponse<Lines, Body>> {
        let lines: Vec<String> = headers
            .into_iter()
            .map(|line| line.as_ref().to_owned())
            .collect();
        let (from, answer) = self.first(url, &lines).map_err(|error| self.stop(error))?;
        if from.as_str() != url {
            self.redirected = from.as_str().strip_suffix(FIRST_REQUEST).map(str::to_owned);
        }
        let (headers, body) = Exchange::answered(answer, self.wire.clone()).ends();
        Ok(GetResponse { headers, body })
    }

    fn post(
        &mut self,
        url: &str,
        _base_url: &str,
        headers: impl IntoIterator<Item = impl AsRef<str>>,
        _body: PostBodyDataKind,
    ) -> gix::Result<PostResponse<Lines, Body, Post>> {
        let url =
            Url::parse(url).map_err(|error| self.stop(self.wire.other(&error.to_string())))?;
        let headers = self.headers_for(&url, headers);
        let exchange =
            Exchange::prepared(self.client.post(url).headers(headers), self.wire.clone());
        let post_body = exchange.post();
        let (headers, body) = exchange.ends();
        Ok(PostResponse {
            post_body,
            headers,
            body,
        })
    }

    fn configure(&mut self, _config: &dyn Any) -> gix::Result {
        Ok(())
    }

    fn redirected_base_url(&self) -> Option<String> {
        self.redirected.clone()
    }
}

impl Http {
    fn stop(&self, error: FetchError) -> gix::Error {
        gix::Error::from_error(self.wire.complain(error))
    }
}
