//! The client under the protocol, and the header that says who it is.

use std::sync::Arc;

use reqwest::blocking::Client;
use reqwest::header::HeaderValue;
use reqwest::{Certificate, Identity};
use zeroize::Zeroizing;

use crate::credentials::{Credentials, Proxy, Tls};
use crate::error::FetchError;
use crate::reach::Checked;
use crate::wire::Wire;

/// A client that follows no redirect by itself and reads no proxy from the environment.
pub(super) fn client(tls: &Tls, proxy: Option<&Proxy>) -> reqwest::Result<Client> {
    let mut builder = Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .dns_resolver(Arc::new(Checked))
        .no_proxy();
    if let Some(Proxy { address, login }) = proxy {
        let mut all = reqwest::Proxy::all(address.as_str())?;
        if let Some((username, password)) = login {
            all = all.basic_auth(username, password);
        }
        builder = builder.proxy(all);
    }
    if let Some(ca) = &tls.ca {
        builder = builder.tls_certs_only(Certificate::from_pem_bundle(ca)?);
    }
    if let Some((certificate, key)) = &tls.client {
        let pem = Zeroizing::new([certificate.as_slice(), b"\n", key.as_slice()].concat());
        builder = builder.identity(Identity::from_pem(&pem)?);
    }
    builder.build()
}

/// The `Authorization` header; marked sensitive, so that no layer below logs it.
pub(super) fn authorization(
    credentials: &Credentials,
    wire: &Wire,
) -> Result<Option<HeaderValue>, FetchError> {
    let text = match credentials {
        Credentials::None => return Ok(None),
        Credentials::Ssh { .. } => {
            return Err(wire.denied("an ssh key cannot be used for an http URL"));
        }
        Credentials::Bearer(token) => Zeroizing::new(format!("Bearer {}", token.as_str())),
        Credentials::Basic { username, password } => {
            let pair = Zeroizing::new(format!("{username}:{}", password.as_str()));
            Zeroizing::new(format!("Basic {}", base64(pair.as_bytes()).as_str()))
        }
    };
    let mut value = HeaderValue::from_str(&text)
        .map_err(|_| wire.denied("the credentials hold a character no header may have"))?;
    value.set_sensitive(true);
    Ok(Some(value))
}

fn base64(bytes: &[u8]) -> Zeroizing<String> {
    use ::base64::Engine as _;
    Zeroizing::new(::base64::engine::general_purpose::STANDARD.encode(bytes))
}
